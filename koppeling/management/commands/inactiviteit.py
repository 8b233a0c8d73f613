from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from koppeling.services.inactiviteit import unlink_inactive_koppelingen


class Command(BaseCommand):
    """The job of R18, started by hand; it shares its lock with the one that beat starts."""

    help = "Waarschuwt wie lang niet heeft ingelogd, en ontkoppelt wie dat 18 maanden niet heeft gedaan."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--proef", action="store_true", help="vertel alleen wat er zou gebeuren")

    def handle(self, *args: Any, proef: bool, **options: Any) -> None:
        run = unlink_inactive_koppelingen(now=timezone.now(), proef=proef)
        if run is None:
            self.stdout.write("Dit uur is al gedaan, of een ander proces is ermee bezig.")
            return
        self.stdout.write("Proef: er is niets veranderd. Dit zou er gebeuren:" if proef else "Dit is er gebeurd:")
        for telling, aantal in run.tellingen.items():
            self.stdout.write(f"  {telling}: {aantal}")

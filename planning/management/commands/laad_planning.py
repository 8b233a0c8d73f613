from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from planning.imports import CATALOGUS, PlanningFout, load_planning, read_planning
from planning.services.mails import load_sjablonen
from verantwoording.rules import Actor, ActorSoort


class Command(BaseCommand):
    """Load the planning of the overstap (docs/planning.md) and the texts of its mails. Safe to repeat."""

    help = "Brings the planning of the overstap into the database. Safe to run again; what DUO staff changed stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--map", type=Path, default=CATALOGUS, help="folder that holds the files")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor(ActorSoort.TAAK, naam="laad_planning")
        try:
            counts = load_planning(planning=read_planning(options["map"]), actor=actor, now=timezone.now())
        except PlanningFout as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Planning: {counts['geschreven']} geschreven, {counts['van DUO']} door DUO gewijzigd.")
        self.stdout.write(f"Teksten van e-mails over de overstap: {load_sjablonen()} nieuw.")

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from autorisatie.imports import CATALOGUS, CatalogusFout, load_catalogus, read_catalogus
from verantwoording.rules import Actor, ActorSoort


class Command(BaseCommand):
    """Load the catalogue (docs/catalogus.md); the same files a second time change nothing."""

    help = "Brings the catalogue of rollen, taken and portalen into the database. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--map", type=Path, default=CATALOGUS, help="folder that holds the files")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor(ActorSoort.TAAK, naam="laad_catalogus")
        try:
            catalogus = read_catalogus(options["map"])
            counts = load_catalogus(catalogus=catalogus, actor=actor, now=timezone.now())
        except CatalogusFout as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Geschreven: " + ", ".join(f"{aantal} {soort}" for soort, aantal in counts.items()))

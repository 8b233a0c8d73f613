from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from koppeling.models import TekstVersie
from koppeling.rules import AMSTERDAM
from koppeling.services.teksten import load_tekst

TEKSTEN = Path(__file__).resolve().parents[2] / "teksten"


class Command(BaseCommand):
    """Read the privacyverklaring and the gebruikersvoorwaarden into the database (R09).

    A file is one version: `soort-versie-jjjj-mm-dd.md`, the day being the first on which it holds.
    """

    help = "Laad de privacyverklaring en de gebruikersvoorwaarden. Mag vaker; een versie verandert nooit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--map", type=Path, default=TEKSTEN, help="waar de teksten staan")

    def handle(self, *args: Any, **options: Any) -> None:
        new = 0
        for path in sorted(options["map"].glob("*.md")):
            try:
                soort, versie, day = path.stem.split("-", 2)
                new += load_tekst(
                    soort=TekstVersie.Soort(soort),
                    versie=int(versie),
                    ingang=datetime.fromisoformat(day).replace(tzinfo=AMSTERDAM),
                    tekst=path.read_text("utf-8").strip(),
                )
            except ValueError as error:
                raise CommandError(f"{path.name}: {error}") from error
        self.stdout.write(f"Teksten: {new} nieuw.")

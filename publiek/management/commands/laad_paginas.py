import json
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from publiek.models import Nieuwsbrief, Pagina
from publiek.services.paginas import Woorden, load_pagina

NIEUWSBRIEVEN = Path(__file__).resolve().parents[2] / "catalogus" / "nieuwsbrieven.json"
PAGINAS = Path(__file__).resolve().parents[2] / "paginas"


class Command(BaseCommand):
    """Read the public pages and the topics of newsletters into the database (R31).

    A page that staff wrote a version of stays theirs.

    A file is `sleutel.md`: lines `naam: waarde` (titel, samenvatting, rubriek, volgorde), an empty line, and Markdown.
    """

    help = "Laad de openbare pagina's. Mag vaker; wat medewerkers schreven, blijft staan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--map", type=Path, default=PAGINAS, help="waar de pagina's staan")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        new = 0
        for path in sorted(options["map"].glob("*.md")):
            head, _, tekst = path.read_text("utf-8").partition("\n\n")
            try:
                velden = dict(line.split(": ", 1) for line in head.splitlines())
                new += load_pagina(
                    sleutel=path.stem,
                    rubriek=Pagina.Rubriek(velden.get("rubriek", "")),
                    volgorde=int(velden.get("volgorde", "0")),
                    woorden=Woorden(velden["titel"], velden.get("samenvatting", ""), tekst.strip()),
                    now=now,
                )
            except (ValueError, KeyError) as error:
                raise CommandError(f"{path.name}: de kop is niet te lezen ({error}).") from error
        for volgorde, brief in enumerate(json.loads(NIEUWSBRIEVEN.read_text("utf-8"))):
            Nieuwsbrief.objects.get_or_create(sleutel=brief.pop("sleutel"), defaults={**brief, "volgorde": volgorde})
        self.stdout.write(f"Openbare pagina's: {new} nieuw.")

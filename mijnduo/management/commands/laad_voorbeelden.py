import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from mijnduo.voorbeelden.laden import is_loaded, load_voorbeelden
from mijnduo.voorbeelden.overzicht import describe
from mijnduo.voorbeelden.staf import load_staf, write_sleutels


class Command(BaseCommand):
    """Load the sample organisaties once, all of them or nothing, and print who can log in as what."""

    help = "Laad de voorbeeldorganisaties en laat zien wie kan inloggen. Alleen in een demo of test; mag vaker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pseudoniemen", type=Path, required=True, help="wat 'python -m buitenwereld --pseudoniemen' liet zien"
        )
        parser.add_argument("--sleutels", type=Path, required=True, help="bestand van de authenticator")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.OMGEVING not in {"demo", "test"}:
            raise CommandError(f"In de omgeving {settings.OMGEVING} horen geen voorbeelden.")
        try:
            rows = json.loads(options["pseudoniemen"].read_text("utf-8"))
            pseudoniemen = {(row["persona"], row["kvk"]): row["pseudoniem"] for row in rows}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{options['pseudoniemen']} is niet te lezen: maak dat bestand opnieuw.") from error
        if not is_loaded():
            _load(pseudoniemen)
        write_sleutels(options["sleutels"])
        personas = {row["persona"]: f"'{row['naam']}' ({row['niveau']})" for row in rows}
        self.stdout.write(describe(personas=personas, now=timezone.now()))


def _load(pseudoniemen: dict[tuple[str, str], str]) -> None:
    """In one transaction, begun by hand: who stops the demo half way finds nothing of it.

    `atomic` will not do, for linking a middel refuses to be part of a larger transaction; here that is meant.
    """
    transaction.set_autocommit(False)
    try:
        now = timezone.now()
        load_voorbeelden(staf=load_staf(now=now)[0], pseudoniemen=pseudoniemen, now=now)
        transaction.commit()
    except BaseException:
        transaction.rollback()
        raise
    finally:
        transaction.set_autocommit(True)

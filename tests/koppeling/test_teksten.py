"""The texts of steps 3 and 4 come from files; a version that was loaded never changes (R09)."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from koppeling.management.commands.laad_teksten import TEKSTEN
from koppeling.models import TekstVersie
from koppeling.services.teksten import current_tekst

START = datetime(2021, 10, 31, 23, tzinfo=UTC)  # 1 November in Amsterdam


def load(folder: Path = TEKSTEN) -> str:
    out = StringIO()
    call_command("laad_teksten", map=folder, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_both_texts_are_loaded_once_and_hold_from_their_day() -> None:
    assert load() == "Teksten: 2 nieuw.\n"
    assert load() == "Teksten: 0 nieuw.\n"
    for soort in TekstVersie.Soort:
        tekst = current_tekst(soort, now=START)
        assert tekst.versie == 1
        assert 250 <= len(tekst.tekst.split()) <= 400
        with pytest.raises(TekstVersie.DoesNotExist):
            current_tekst(soort, now=START - timedelta(seconds=1))


@pytest.mark.django_db
def test_a_next_version_holds_from_its_own_day_and_the_first_stays(tmp_path: Path) -> None:
    load()
    (tmp_path / "privacy-2-2027-01-01.md").write_text("## Nieuw\n\nAlles is anders.\n")
    assert load(tmp_path) == "Teksten: 1 nieuw.\n"
    day = datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert current_tekst(TekstVersie.Soort.PRIVACY, now=day).tekst == "## Nieuw\n\nAlles is anders."
    assert current_tekst(TekstVersie.Soort.PRIVACY, now=day - timedelta(seconds=1)).versie == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["privacy-1-2021-11-01.md", "privacy-1-2021-11-02.md"])
def test_a_version_that_somebody_may_have_accepted_is_never_changed(name: str, tmp_path: Path) -> None:
    load()
    before = current_tekst(TekstVersie.Soort.PRIVACY, now=START).tekst
    (tmp_path / name).write_text(before if "02.md" in name else f"{before} En nog iets.")
    with pytest.raises(CommandError, match="geef de nieuwe tekst een nieuw nummer"):
        load(tmp_path)
    assert current_tekst(TekstVersie.Soort.PRIVACY, now=START).tekst == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["privacy.md", "onzin-1-2021-11-01.md", "privacy-x-2021-11-01.md", "privacy-1-ooit.md"]
)
def test_a_file_with_another_name_is_a_clear_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("tekst")
    with pytest.raises(CommandError, match=name):
        load(tmp_path)

"""Register thirty from a spreadsheet of which three rows are faulty: by keyboard only (R04, R05)."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.beheer.bestanden import make_xlsx
from tests.browser.conftest import NewVisitor
from tests.browser.seed import KENMERK_OPVANG, ROL
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]

FAULTY = [
    ["Bo", "", "", "bo@zandkasteel.example"],
    ["Cor", "", "Cornelissen", "cor bij zandkasteel"],
    ["Dirk", "", "Dijkstra", "dirk@zandkasteel.example", "", "", "", "Burgemeester"],
]
MENDED = [
    ["Bo", "", "Bakker", "bo@zandkasteel.example"],
    ["Cor", "", "Cornelissen", "cor@zandkasteel.example"],
    ["Dirk", "", "Dijkstra", "dirk@zandkasteel.example"],
]
GOOD = [
    ["Jan", "van der", f"Berg-{n}", f"jan{n}@zandkasteel.example", "", "", "", f"{ROL}: {KENMERK_OPVANG}"]
    for n in range(27)
]


def upload(karin: Visitor, file: Path, rows: Sequence[Sequence[str]]) -> None:
    file.write_bytes(make_xlsx(*rows))
    karin.enter("Gebruikers")
    karin.enter("Aanmelden met een bestand")
    karin.upload("Bestand (CSV of XLSX)", file)
    karin.enter("Bekijk de rijen")
    assert karin.heading == "Controleer de rijen"


def test_thirty_from_a_spreadsheet_with_three_faulty_rows(visitor: NewVisitor, tmp_path: Path) -> None:
    """Each page at 1280 and 390 px, and axe on each."""
    karin = visitor()
    karin.enter_as("Karin Visser", "Kinderopvang")
    upload(karin, tmp_path / "leraren.xlsx", [*GOOD[:20], *FAULTY, *GOOD[20:]])
    karin.reads(
        "27 rijen zijn goed.",
        "3 rijen hebben een fout.",
        "22 Bo Achternaam Vul de achternaam in.",
        "23 Cor Cornelissen E-mailadres Vul een e-mailadres in",
        "24 Dirk Dijkstra Rollen De rol ‘Burgemeester’ bestaat niet bij uw organisatie",
    )
    karin.toggle("Al deze personen", "Ik heb gecontroleerd")
    karin.enter("Meld 27 rijen aan")
    karin.reads("Verbeter het bestand en upload het opnieuw, of vink aan dat u rijen overslaat.")
    karin.toggle("Sla de rijen met een fout over")
    karin.enter("Meld 27 rijen aan")
    assert karin.heading == "De gebruikers zijn aangemeld"
    karin.reads("27 gebruikers zijn aangemeld.", "3 rijen met een fout zijn overgeslagen.")
    karin.enter("Ongedaan maken")
    karin.reads("U beëindigt 27 accounts", "Berg-0, Jan van der")
    karin.enter("Annuleren")

    upload(karin, tmp_path / "verbeterd.xlsx", [*GOOD[:20], *MENDED, *GOOD[20:]])
    karin.reads("30 rijen zijn goed.", "Daarvan zijn er 27 al aangemeld: daar verandert niets aan.")
    karin.toggle("Al deze personen", "Ik heb gecontroleerd")
    karin.enter("Meld 30 rijen aan")
    karin.reads("3 gebruikers zijn aangemeld.", "27 personen waren al aangemeld.")
    karin.enter("Ongedaan maken")
    karin.reads("U beëindigt 3 accounts", "Cornelissen, Cor")
    karin.enter("Ongedaan maken")
    assert karin.heading == "Het aanmelden is ongedaan gemaakt"
    karin.reads("Ongedaan gemaakt. Beëindigde accounts: 3.")

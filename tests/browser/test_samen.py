"""Two sides at work at once, each in a browser of its own (issue 5): a machtiging, and the yearly look at rollen."""

import json
import re
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from pypdf import PdfReader

from mijnduo.lokaal.omgeving import ENTITY_ID
from tests.browser.conftest import NewVisitor
from tests.browser.samen import BESTUUR, CODE_KANTOOR, GEZAG, KVK_KANTOOR, ROL, SCHOOL
from tests.browser.stack import Stack
from tests.browser.visitor import Visitor
from tests.processen import wait_for

pytestmark = pytest.mark.browser
LINK = re.compile(r"http\S+(/beheer/machtigingen/bevestigen/\S+)")


@pytest.fixture(scope="module")
def samen(stack: Stack) -> Stack:
    """The portal with both sides in it."""
    oin = ENTITY_ID.split(":")[3]
    rows = json.loads(
        stack.supervisor.run("pseudoniemen", [sys.executable, "-m", "buitenwereld", "--pseudoniemen", oin])
    )
    known = {row["persona"]: row["pseudoniem"] for row in reversed(rows)}  # of more organisaties the first
    who = [known[persona] for persona in ("fatima-el-amrani", "henk-van-den-zande", "tom-post")]
    stack.manage("shell", "--command", f"from tests.browser.samen import plant_samen; plant_samen(*{who!r})")
    return stack


def log_in(somebody: Visitor, persona: str) -> Visitor:
    somebody.log_in(persona)
    assert somebody.heading == "Overzicht"
    return somebody


def links(stack: Stack) -> list[str]:
    """The links in what the bevoegd gezag got, newest first."""
    return [found[1] for mail in stack.mails(GEZAG) if (found := LINK.search(mail["tekst"]))]


def test_a_machtiging_from_offer_to_withdrawal_while_the_other_side_is_at_work(
    visitor: NewVisitor, samen: Stack
) -> None:
    """R30, D4, D5: the next act of who works by it is refused, on a page that says why."""
    fatima, tom, gezag = log_in(visitor(), "Fatima El Amrani"), visitor(), visitor()
    fatima.follow("Machtigingen")
    fatima.follow("Machtiging klaarzetten")
    today = timezone.localdate()
    fatima.tick("Machtiging verwerking door derden")
    dagen = {"van": today.isoformat(), "tot_en_met": (today + timedelta(days=90)).isoformat()}
    fatima.fill(code=CODE_KANTOOR, kvk_nummer=KVK_KANTOOR, **dagen)
    fatima.tick(ROL, SCHOOL)
    fatima.press("Klaarzetten")
    fatima.reads("Het bevoegd gezag krijgt een e-mail")
    offer = fatima.path

    wait_for(lambda: bool(links(samen)))
    gezag.goto(links(samen)[0])
    gezag.press("Ja, bevestigen")
    gezag.reads("U hebt de machtiging bevestigd")

    log_in(tom, "Tom Post")
    tom.follow("Machtigingen")
    tom.follow(BESTUUR)
    tom.press("Machtiging aanvaarden")
    tom.reads("De machtiging is aanvaard.")
    tom.follow("Gebruikers")
    tom.follow("Post, Tom")
    tom.follow("Rollen en kenmerken wijzigen")
    of_bestuur = tom.page.locator("section[aria-labelledby='namens'] a", has_text=f"namens {BESTUUR}")
    tom.goto(of_bestuur.get_attribute("href") or "")
    tom.tick(SCHOOL, "Ik heb gecontroleerd")
    tom.press("Rol geven")
    tom.reads(f"heeft nu de rol {ROL} namens {BESTUUR}")
    tom.goto("/overzicht/organisatie/")
    tom.press(BESTUUR)
    tom.reads(f"U werkt namens {BESTUUR}")
    tom.follow("Leerling- en studentdossier")
    tom.reads(SCHOOL)

    fatima.goto(offer)
    fatima.reads("1 persoon werkt met deze machtiging, voor 1 kenmerk.")
    fatima.follow("Machtiging stoppen")
    fatima.press("Machtiging stoppen")
    fatima.reads("De machtiging is gestopt.")
    tom.goto("/overzicht/", 403)
    assert tom.heading == "De machtiging is voorbij"
    tom.reads("Wat u net wilde doen, is niet opgeslagen.")
    log_in(tom, "Tom Post")
    assert "Leerling- en studentdossier" not in tom.text


def test_a_round_of_looking_at_rollen_to_its_statement(visitor: NewVisitor, samen: Stack) -> None:
    """Issue 5: spread over two beheerders, nobody judges herself, and the statement says who kept what."""
    samen.manage("shell", "--command", "from tests.browser.samen import begin_ronde; begin_ronde()")
    fatima, henk = log_in(visitor(), "Fatima El Amrani"), log_in(visitor(), "Henk van den Zande")
    fatima.follow("Organisatie")
    fatima.reads("Er loopt een ronde.", "Nog te beoordelen: 4 van de 4 rollen.")
    for somebody in (fatima, henk):
        somebody.goto("/beheer/hercertificering/")
    fatima.reads("Blijft, Bea", "Blijft, Cor", "Zande, Henk van den")
    assert "Amrani, Fatima" not in fatima.text
    for wie, antwoord in (
        ("Bea Blijft", "Behouden"),
        ("Cor Blijft", "Ken ik niet"),
        ("Henk van den Zande", "Behouden"),
    ):
        fatima.page.get_by_label(f"Antwoord voor {wie}").select_option(label=antwoord)
    fatima.press("Antwoorden opslaan")
    fatima.reads("U bent klaar")

    henk.page.get_by_label("Antwoord voor Bea Blijft").select_option(label="Intrekken")  # she was first
    henk.press("Antwoorden opslaan")
    henk.reads("een collega was u voor")
    henk.page.get_by_label("Antwoord voor Fatima El Amrani").select_option(label="Behouden")
    henk.press("Antwoorden opslaan")
    henk.reads("Er loopt nu geen ronde", "Verklaringen")
    with henk.page.expect_download() as download:
        henk.page.get_by_role("button", name="Verklaring van").click()
    content = Path(download.value.path()).read_bytes()
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    for words in (BESTUUR, "Bea Blijft", "Cor Blijft", "persoon onbekend, ingetrokken"):
        assert words in " ".join(text.split())
    wait_for(lambda: any("zijn nagekeken" in mail["onderwerp"] for mail in samen.mails(GEZAG)))

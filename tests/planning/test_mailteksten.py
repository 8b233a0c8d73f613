"""R26, R27: a mail of an overstap is true of the tokens of its reader; who keeps them is not told that they ended."""

from datetime import date, timedelta

import pytest

from accounts.models import Organisatie, Soort
from planning.models import Mailsjabloon, Overstap, Planningsregel
from planning.rules.mails import Stap
from planning.rules.overstap import Zet
from planning.services.mails import load_sjablonen, send_herinneringen
from planning.services.mailteksten import preview, write_overstap_mail
from planning.services.overstappen import grant_uitzondering, move_overstap
from tests.factories import NOW, make_account, make_beheerder, make_organisatie, make_overstap, make_sector, make_token
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

STAF = Actor(ActorSoort.STAF, id=1, reden="Volgens de planning")
TODAY = date(2026, 3, 2)
EINDE = TODAY + timedelta(days=100)
LATER = EINDE + timedelta(days=30)


@pytest.fixture(autouse=True)
def _sjablonen(db: None) -> None:
    load_sjablonen()


def move(overstap: Overstap, *zetten: Zet) -> Overstap:
    for zet in zetten:
        overstap = move_overstap(overstap=overstap, zet=zet, actor=STAF, now=NOW)
    return overstap


def mails(stap: Stap) -> dict[str, str]:
    """Address and text of what would leave now for a step."""
    posts = [write_overstap_mail(bericht, NOW) for bericht in Bericht.objects.filter(gegevens__stap=stap.value)]
    return {post.aan: f"{post.onderwerp}\n{post.tekst}" for post in posts if post}


def make_school(naam: str, *, vo: bool = False) -> Organisatie:
    """A po-bestuur with a beheerder and somebody with a token; vo: it is a vo-bestuur too."""
    organisatie = make_organisatie(naam, bevoegd_gezag_email=f"gezag@{naam.lower()}.example")
    make_beheerder(organisatie, email=f"beheer@{naam.lower()}.example")
    make_token(make_account(organisatie))
    if vo:
        sector = make_sector()
        organisatie.soorten.add(Soort.objects.get_or_create(sleutel="vo-besturen", naam="Vo", sector=sector)[0])
    return organisatie


def excuse(organisatie: Organisatie, overstap: Overstap, tot: date) -> None:
    grant_uitzondering(organisatie=organisatie, portaal=overstap.portaal, tot=tot, actor=STAF, now=NOW)


def test_d3_whose_other_soort_keeps_its_tokens_is_not_told_that_they_ended() -> None:
    make_school("Po")
    make_school("Beide", vo=True)
    po, vo = make_overstap(einde_token=EINDE), make_overstap("vo-besturen", einde_token=LATER)
    vo = move(vo, Zet.AANKONDIGEN, Zet.OPENEN)
    po = move(po, Zet.AANKONDIGEN, Zet.OPENEN)
    send_herinneringen(now=NOW + timedelta(days=41))
    assert set(mails(Stap.HERINNERING_60)) == {"beheer@po.example"}
    move(po, Zet.AFRONDEN)
    assert set(mails(Stap.KLAAR)) == {"beheer@po.example", "gezag@po.example"}
    move(vo, Zet.AFRONDEN)
    assert set(mails(Stap.KLAAR)) == {
        f"{wie}@{naam}.example" for wie in ("beheer", "gezag") for naam in ("po", "beide")
    }


def test_nobody_is_told_to_hand_tokens_in_when_another_portaal_than_mijn_duo_is_done() -> None:
    make_school("Po")
    make_overstap(einde_token=LATER)
    move(make_overstap(portaal="xbrl", einde_token=EINDE), Zet.AANKONDIGEN, Zet.OPENEN, Zet.AFRONDEN)
    text = mails(Stap.KLAAR)["gezag@po.example"]
    portaal = Overstap.objects.get(portaal__sleutel="xbrl").portaal.naam
    assert f"Voor {portaal} werkt een token niet meer." in text
    assert "Neem de tokens in" not in text
    assert "Tokens werken niet meer" not in text


def test_r26_a_mail_names_the_day_of_its_reader_and_not_of_her_soort() -> None:
    overstap = make_overstap(einde_token=EINDE)
    excuse(make_school("Later"), overstap, LATER)
    make_school("Beide", vo=True)
    make_overstap("vo-besturen", einde_token=EINDE + timedelta(days=10))
    make_school("Gewoon")
    move(overstap, Zet.AANKONDIGEN, Zet.OPENEN)
    for stap in (Stap.AANKONDIGING, Stap.OPEN):
        texts = mails(stap)
        assert "werkt een token tot en met 9 juli 2026." in texts["beheer@later.example"]
        assert "werkt een token tot en met 19 juni 2026." in texts["beheer@beide.example"]
        assert "werkt een token tot en met 9 juni 2026." in texts["beheer@gewoon.example"]


def test_of_organisaties_with_different_days_each_is_named_with_its_own() -> None:
    overstap = make_overstap(einde_token=EINDE)
    for naam in ("Amandel", "Beuk", "Ceder"):
        organisatie = make_organisatie(naam, bevoegd_gezag_email="gezag@bomen.example")
        if naam == "Beuk":
            excuse(organisatie, overstap, LATER)
    move(overstap, Zet.AANKONDIGEN)
    text = mails(Stap.AANKONDIGING)["gezag@bomen.example"]
    assert "tot en met 9 juni 2026 (Amandel en Ceder) of 9 juli 2026 (Beuk)." in text
    assert "Vanaf 10 juni 2026 (Amandel en Ceder) of 10 juli 2026 (Beuk) is eHerkenning" in text


def test_r26_without_a_day_a_mail_names_none() -> None:
    """Row 23: of two soorten the one that ends by an act alone keeps the tokens."""
    organisatie = make_school("Beide", vo=True)
    overstap = make_overstap(einde_token=EINDE)
    row = Planningsregel.objects.create(
        nummer=23, soort=Soort.objects.get(sleutel="vo-besturen"), portaal="x", algemeen_einde=False, gewijzigd_op=NOW
    )
    row.portalen.add(overstap.portaal)
    move(overstap, Zet.AANKONDIGEN)
    assert "tot en met een dag die nog niet vaststaat." in mails(Stap.AANKONDIGING)["beheer@beide.example"]
    post = preview(sjabloon=Mailsjabloon.objects.get(stap="open"), organisatie=organisatie, now=NOW)
    assert "tot en met een dag die nog niet vaststaat." in post.tekst


def test_r27_an_exception_that_ends_before_the_overstap_spares_nobody_a_reminder() -> None:
    overstap = make_overstap(einde_token=EINDE)
    excuse(make_school("Kort"), overstap, EINDE - timedelta(days=5))
    excuse(make_school("Lang"), overstap, LATER)
    move(overstap, Zet.AANKONDIGEN, Zet.OPENEN)
    send_herinneringen(now=NOW + timedelta(days=41))
    assert set(mails(Stap.HERINNERING_60)) == {"beheer@kort.example"}


def test_an_example_shows_the_day_of_its_organisatie() -> None:
    overstap = make_overstap(einde_token=EINDE)
    excused = make_school("Later")
    excuse(excused, overstap, LATER)
    sjabloon = Mailsjabloon.objects.get(stap="open")
    assert "tot en met 9 juli 2026." in preview(sjabloon=sjabloon, organisatie=excused, now=NOW).tekst
    Overstap.objects.all().delete()
    assert "tot en met 30 april 2026." in preview(sjabloon=sjabloon, organisatie=make_school("Los"), now=NOW).tekst

"""Comparing the gebruikers with a list of who is employed, and ending who left (R20, D23)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from beheer.models import Aanmeldrij
from beheer.rules.uit_dienst import Persoon, compare
from tests.beheer.bestanden import make_csv, make_xlsx
from tests.factories import NOW, link, make_account, make_beheerder, make_middel, make_organisatie
from tests.formulier import Pagina, submit, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Bericht, Logregel, Taakrun

pytestmark = pytest.mark.django_db
UIT_DIENST = "/beheer/gebruikers/uit-dienst/"
KOP = ["Medewerker", "E-mail", "BSN"]
LIJST = [["Amrani, Fatima El", "", "123456782"], ["Ander Mens", "X@y.example", "999"]]


def upload(browser: Client, content: bytes) -> Pagina:
    return submit(browser, UIT_DIENST, "Vergelijk", bestand=SimpleUploadedFile("hr.csv", content))


@pytest.fixture
def weg(gebruiker: Account) -> Account:
    """Henk, who is not in the list, beside Fatima, who is by name, and Xandra, by her address."""
    make_account(gebruiker.organisatie)
    make_account(gebruiker.organisatie, voornaam="Xandra", achternaam="Ypma", email="x@Y.example")
    make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling")
    return gebruiker


@pytest.mark.parametrize("make", [make_csv, make_xlsx])
def test_it_shows_who_is_not_in_the_list(beheerder_client: Client, weg: Account, make: Any) -> None:
    page = upload(beheerder_client, make(*LIJST, kop=KOP))
    assert [persoon.naam for persoon, _ in page.context["ontbreekt"]] == ["Henk van den Zande"]
    text = text_of(page)
    assert "Gevonden op e-mailadres: 1. Gevonden op naam: 1." in text
    assert "Vreemdeling" not in text


def test_d23_nothing_of_the_list_is_kept(
    beheerder_client: Client, weg: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a table, not in the session, not in a log, also when the file is refused."""
    tables = (Logregel, Bericht, Taakrun, Aanmeldrij, Account)
    before = [model.objects.count() for model in tables]
    upload(beheerder_client, make_csv(*LIJST, kop=KOP))
    upload(beheerder_client, make_csv(["Geheim"], kop=["Geheime kolom"]))
    assert [model.objects.count() for model in tables] == before
    kept = str([session.get_decoded() for session in Session.objects.all()]) + caplog.text
    for word in ("Amrani", "Ander", "123456782", "Geheim", "y.example"):
        assert word not in kept


def test_who_was_ticked_is_ended_after_the_consequences_are_shown(beheerder_client: Client, weg: Account) -> None:
    """R20."""
    link(weg)
    page = upload(beheerder_client, make_csv(*LIJST, kop=KOP))
    confirm = submit(beheerder_client, page, "Verder met wie is aangevinkt", account=[weg.pk])
    assert "Henk van den Zande" in text_of(confirm)
    assert "Dan kunt u een account 24 uur lang herstellen" in text_of(confirm)
    weg.refresh_from_db()
    assert weg.beeindigd_op is None
    submit(beheerder_client, confirm, "Beëindig 1 account")
    weg.refresh_from_db()
    assert weg.beeindigd_op == NOW
    assert set(Logregel.objects.filter(account_id=weg.pk).values_list("gebeurtenis", flat=True)) >= {
        "account_beeindigd",
        "ontkoppeld",
    }
    assert Account.objects.filter(beeindigd_op=None).count() == 4
    submit(beheerder_client, f"/beheer/gebruikers/{weg.pk}/herstellen/", "Account herstellen")
    weg.refresh_from_db()
    assert weg.beeindigd_op is None  # as was promised


def test_strangers_herself_and_nonsense_cannot_be_ticked(beheerder_client: Client, beheerder: Account) -> None:
    stranger = make_account(make_organisatie("De Vlieger"))
    for ticked in ([stranger.pk], [beheerder.pk], ["x", "²", "9" * 30, "-1"], []):
        data = {"account": ticked, "bevestigd": "ja", "_account": beheerder.pk}
        response = beheerder_client.post(f"{UIT_DIENST}beeindigen/", data)
        assert response["Location"] == UIT_DIENST
    assert not Account.objects.exclude(beeindigd_op=None).exists()


def test_a_login_of_an_hour_ago_does_not_end_anybody(beheerder_client: Client, weg: Account, clock: Any) -> None:
    session = beheerder_client.session
    session["eherkenning"] = session["eherkenning"] | {"op": (NOW - timedelta(minutes=61)).isoformat()}
    session.save()
    data = {"account": [weg.pk], "bevestigd": "ja", "_account": session["_auth_user_id"]}
    assert "opnieuw" in beheerder_client.post(f"{UIT_DIENST}beeindigen/", data)["Location"]
    weg.refresh_from_db()
    assert weg.beeindigd_op is None


@pytest.mark.parametrize("bevestigd", [{}, {"bevestigd": "ja"}])
def test_who_logs_in_again_at_the_makelaar_finds_whom_she_ticked(
    makelaar: Makelaar, client: Client, weg: Account, clock: Any, bevestigd: dict[str, str]
) -> None:
    """D12: the page says that what was filled in is kept. Nobody is ended before she confirms."""
    beheerder = make_beheerder(weg.organisatie)
    link(beheerder, make_middel(pseudoniem=PSEUDONIEM))
    makelaar()
    session = client.session
    session["eherkenning"] = session["eherkenning"] | {"op": (NOW - timedelta(minutes=61)).isoformat()}
    session.save()
    client.post(f"{UIT_DIENST}beeindigen/", {"account": [weg.pk], "_account": beheerder.pk, **bevestigd})
    asked = text_of(client.get(reverse("inloggen_opnieuw")))
    assert "Wat u hebt ingevuld, is bewaard" in asked
    assert "niet terug te draaien" not in asked
    client.get(reverse("inloggen_opnieuw_starten"))
    *_, request_id = client.session["socialaccount_states"]

    back = makelaar.come_back(makelaar.post(makelaar.answer(request_id)))

    confirm = client.get(back["Location"])
    assert "Henk van den Zande" in text_of(confirm)
    weg.refresh_from_db()
    assert weg.beeindigd_op is None
    submit(client, confirm, "Beëindig 1 account")
    weg.refresh_from_db()
    assert weg.beeindigd_op == NOW


@pytest.mark.parametrize("content", [b"", b"Kleur\nrood", b"%PDF", b"PK\x03\x04", b'Naam\n"x'])
def test_a_list_that_cannot_be_read_is_refused_in_words(beheerder_client: Client, content: bytes) -> None:
    page = upload(beheerder_client, content)
    assert page.status_code == 200
    assert page.context["problemen"]


def test_fifty_megabytes_say_what_to_do(beheerder_client: Client, weg: Account) -> None:
    page = upload(beheerder_client, b"x" * 50_000_000)
    assert page.status_code == 413
    assert "Een bestand mag hoogstens 2 MB groot zijn." in text_of(page)


def near(gebruiker: Persoon, *medewerkers: Persoon) -> Persoon | None:
    ((_, found),) = compare([gebruiker], medewerkers).ontbreekt
    return found


def test_nearly_the_same_is_shown_and_decided_by_her() -> None:
    jan = Persoon(1, "Jan van der Berg", "jan@school.example")
    for nearly in (Persoon(2, "Jan van den Berg", ""), Persoon(2, "Iemand Anders", "Jan@oud.example")):
        assert near(jan, Persoon(3, "Piet Puk", "piet@school.example"), nearly) == nearly
    assert near(jan, Persoon(3, "Piet Puk", "piet@school.example")) is None


@pytest.mark.parametrize("naam", ["Çelik, Ömer", "omer  celik", "Ömer Çelik", "ÖMER ÇELİK"])
def test_order_accents_and_capitals_do_not_count(naam: str) -> None:
    assert compare([Persoon(1, "Ömer Çelik", "a@b.example")], [Persoon(2, naam, "")]).op_naam == 1

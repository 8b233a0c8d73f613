"""The gebruikersbestand (R28) and the log (R33) as files."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from beheer.services.standen import read_standen
from tests.factories import (
    NOW,
    allow_token,
    grant,
    link,
    make_account,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_token,
)
from tests.formulier import text_of
from verantwoording.models import Logregel
from verantwoording.rules import ActorSoort

pytestmark = pytest.mark.django_db
BESTAND, LOGBOEK = "/beheer/gebruikers/downloaden/", "/beheer/logboek/downloaden/"


def download(browser: Client, url: str, **values: Any) -> list[dict[str, str]]:
    response = browser.post(url, {"soort": "csv", "_account": browser.session["_auth_user_id"], **values})
    assert response.status_code == 200
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline=""), delimiter=";"))


def log(account: Account, gebeurtenis: str = "brief_gemaakt", **kwargs: object) -> Logregel:
    values = {"op": NOW, "organisatie_id": account.organisatie_id, "account_id": account.pk}
    actor = {"actor_soort": ActorSoort.ACCOUNT}
    return Logregel.objects.create(gebeurtenis=gebeurtenis, **values | actor | kwargs)


def test_r28_it_holds_autorisaties_login_means_and_last_login(beheerder_client: Client, gebruiker: Account) -> None:
    assert gebruiker.organisatie is not None
    grant(gebruiker, make_rol("ROD raadpleger"), make_kenmerk(gebruiker.organisatie))
    link(gebruiker, used=NOW - timedelta(days=3))
    Account.objects.filter(pk=gebruiker.pk).update(telefoon="+31612345678", functie='=HYPERLINK("x")')
    make_account(gebruiker.organisatie, achternaam="Weg", beeindigd_op=NOW)
    make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling")
    rows = download(beheerder_client, BESTAND)
    assert [row["Achternaam"] for row in rows] == ["Vries", "Zande"]
    assert rows[0]["Beheerder"] == "ja"
    henk = rows[1]
    assert (henk["Rollen"], henk["Inlogmiddel"]) == ("ROD raadpleger: 21AZ", "eHerkenning")
    assert (henk["Laatst ingelogd"], henk["Stand"]) == ("27-02-2026 10:00", "Gekoppeld")
    assert (henk["Telefoonnummer"], henk["Functie"]) == ("'+31612345678", '\'=HYPERLINK("x")')
    assert Logregel.objects.filter(gebeurtenis="gebruikersbestand_gedownload").count() == 1


@pytest.mark.usefixtures("clock")
def test_r28_it_holds_the_tokens_that_people_still_have(beheerder_client: Client, gebruiker: Account) -> None:
    old = make_account(gebruiker.organisatie, achternaam="Token")
    make_token(old, serienummer="00123")
    assert gebruiker.organisatie is not None
    allow_token(gebruiker.organisatie)
    rows = {row["Achternaam"]: row["Inlogmiddel"] for row in download(beheerder_client, BESTAND)}
    assert (rows["Token"], rows["Zande"]) == ("token 00123, in gebruik", "geen")


def test_r30_rollen_by_machtiging_are_no_rollen_to_upload_again(beheerder_client: Client, gebruiker: Account) -> None:
    assert gebruiker.organisatie is not None
    rol = make_rol("ROD raadpleger")
    machtiging = make_machtiging(make_organisatie("De Vlieger"), gebruiker.organisatie)
    grant(gebruiker, rol, make_kenmerk(gebruiker.organisatie))
    grant(gebruiker, rol, machtiging=machtiging)
    [henk] = [row for row in download(beheerder_client, BESTAND) if row["Achternaam"] == "Zande"]
    assert henk["Rollen"] == "ROD raadpleger: 21AZ"
    [stand] = read_standen([gebruiker], gebruiker.organisatie, NOW)
    assert stand.rollen == ["ROD raadpleger"]


def test_r05_it_holds_no_gebruikersnaam(beheerder_client: Client, gebruiker: Account) -> None:
    assert gebruiker.gebruikersnaam not in str(download(beheerder_client, BESTAND))


def test_it_comes_as_a_workbook_too(beheerder_client: Client, gebruiker: Account) -> None:
    response = beheerder_client.post(BESTAND, {"soort": "xlsx", "_account": beheerder_client.session["_auth_user_id"]})
    book = openpyxl.load_workbook(BytesIO(b"".join(response)))
    assert [row[2].value for row in book.worksheets[0].iter_rows()] == ["Achternaam", "Vries", "Zande"]


def test_the_number_of_queries_does_not_grow_with_the_gebruikers(beheerder_client: Client, beheerder: Account) -> None:
    counts = []
    make_account(beheerder.organisatie)
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            download(beheerder_client, BESTAND)
        counts.append(len(queries))
        for _ in range(30):
            make_account(beheerder.organisatie)
    assert counts[0] == counts[1]


def test_r33_the_log_comes_as_it_is_filtered(beheerder_client: Client, gebruiker: Account) -> None:
    log(gebruiker, "gekoppeld", op=NOW - timedelta(days=5), actor_id=gebruiker.pk)
    log(
        gebruiker, op=NOW - timedelta(days=2), actor_soort=ActorSoort.STAF, actor_id=None, reden="+1", adres="192.0.2.7"
    )
    log(make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling"))
    rows = download(beheerder_client, LOGBOEK)
    assert [(row["Over"], row["Door"]) for row in rows] == [
        ("Henk van den Zande", "Medewerker van DUO"),
        ("Henk van den Zande", "Henk van den Zande"),
    ]
    assert (rows[0]["Reden"], rows[0]["Internetadres"]) == ("'+1", "192.0.2.7")
    for filters, count in (
        ({"groep": "koppelen"}, 1),
        ({"door": "staf"}, 1),
        ({"persoon": gebruiker.pk}, 2),
        ({"van": "2026-02-26"}, 1),
        ({"tot": "2026-02-25"}, 1),
        ({"van": "2026-02-25", "tot": "2026-02-28"}, 2),
        ({"van": "2026-02-25", "tot": "2026-02-28", "door": "taak"}, 0),
    ):
        # each download is a line of the log itself, on nobody
        rows = [row for row in download(beheerder_client, LOGBOEK, **filters) if row["Over"]]
        assert len(rows) == count, filters
        shown = beheerder_client.get("/beheer/logboek/", filters).context["regels"]
        assert len([regel for regel in shown if regel.over]) == count, filters
    assert Logregel.objects.filter(gebeurtenis="logboek_gedownload").count() == 8


def test_odd_filters_are_no_error(beheerder_client: Client, gebruiker: Account) -> None:
    log(gebruiker)
    for filters in ({"van": "0001-01-01"}, {"tot": "9999-12-31"}, {"tot": "9996-02-29"}):
        assert download(beheerder_client, LOGBOEK, **filters)
    for filters in ({"van": "gisteren"}, {"door": "x"}, {"persoon": "9" * 30}):
        account = beheerder_client.session["_auth_user_id"]
        assert beheerder_client.post(LOGBOEK, {"_account": account, **filters}).status_code == 404
        assert beheerder_client.get("/beheer/logboek/", filters).status_code == 200


def test_the_page_offers_what_it_shows(beheerder_client: Client, gebruiker: Account) -> None:
    log(gebruiker, "gekoppeld")
    page = beheerder_client.get("/beheer/logboek/", {"groep": "koppelen", "van": "2026-03-01"})
    assert "Download deze regels (CSV)" in text_of(page)
    assert b'<input type="hidden" name="van" value="2026-03-01">' in page.content


def test_a_stranger_gets_nothing(gebruiker: Account, login: Callable[[Account], Client], clock: object) -> None:
    browser = login(gebruiker)
    for url in (BESTAND, LOGBOEK):
        assert browser.post(url, {"soort": "csv", "_account": gebruiker.pk}).status_code == 404

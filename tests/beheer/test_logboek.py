from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from beheer.rules import HOOGSTENS_IN_KEUZELIJST, LOGGROEPEN
from tests.factories import NOW, make_account, make_organisatie, make_staf
from tests.formulier import text_of
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import ActorSoort

pytestmark = pytest.mark.django_db
LOGBOEK = "/beheer/logboek/"


def log(account: Account, gebeurtenis: str = "brief_gemaakt", **kwargs: object) -> Logregel:
    return Logregel.objects.create(
        **{
            "op": NOW,
            "gebeurtenis": gebeurtenis,
            "organisatie_id": account.organisatie_id,
            "account_id": account.pk,
            "actor_soort": ActorSoort.ACCOUNT,
            "actor_id": account.pk,
        }
        | kwargs
    )


def test_it_says_in_words_who_did_what_on_whom_when_from_where_and_why(
    beheerder_client: Client, beheerder: Account, gebruiker: Account
) -> None:
    """R33."""
    log(gebruiker, actor_id=beheerder.pk, adres="192.0.2.7", reden="Verhuizing")
    text = text_of(beheerder_client.get(LOGBOEK))
    assert (
        "02-03-2026 10.00 De brief met de gebruikersnaam is gemaakt om af te drukken. Reden: Verhuizing "
        "Henk van den Zande Jolanda de Vries vanaf 192.0.2.7"
    ) in text


def test_the_newest_comes_first(beheerder_client: Client, gebruiker: Account) -> None:
    log(gebruiker, "gekoppeld")
    log(gebruiker, "uitgelogd", op=NOW + timedelta(minutes=1))
    text = text_of(beheerder_client.get(LOGBOEK))
    assert text.index("Heeft uitgelogd") < text.index("Heeft een eHerkenningsmiddel gekoppeld")


def test_lines_of_another_organisatie_never_show(beheerder_client: Client) -> None:
    """R33: beheerders see their organisatie's."""
    stranger = make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling")
    log(stranger)
    for query in ({}, {"persoon": stranger.pk}, {"groep": "gebruikers"}, {"voor": 10**9}):
        page = beheerder_client.get(LOGBOEK, query)
        assert not page.context["regels"]
        assert "Vreemdeling" not in text_of(page)


def test_who_is_not_of_the_organisatie_stays_nameless(beheerder_client: Client, gebruiker: Account) -> None:
    stranger = make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling")
    log(gebruiker, actor_id=stranger.pk)
    log(gebruiker, actor_id=make_staf().pk, actor_soort=ActorSoort.STAF)
    log(gebruiker, actor_id=None, actor_soort=ActorSoort.TAAK, actor_naam="inactiviteit")
    text = text_of(beheerder_client.get(LOGBOEK))
    assert "Vreemdeling" not in text
    assert "Iemand van een andere organisatie" in text
    assert "Medewerker van DUO" in text
    assert "Dana" not in text
    assert "Mijn DUO, automatisch" in text


def test_it_filters_on_group_and_person(beheerder_client: Client, beheerder: Account, gebruiker: Account) -> None:
    log(gebruiker, "gekoppeld")
    log(beheerder, "uitgelogd")

    def found(**query: str | int) -> list[str]:
        return [regel.over for regel in beheerder_client.get(LOGBOEK, query).context["regels"]]

    assert found(groep="koppelen") == ["Henk van den Zande"]
    assert found(persoon=beheerder.pk) == ["Jolanda de Vries"]
    assert found(groep="koppelen", persoon=beheerder.pk) == []


def test_a_person_is_found_as_the_one_who_did_it_too(
    beheerder_client: Client, beheerder: Account, gebruiker: Account
) -> None:
    log(gebruiker, actor_id=beheerder.pk)
    assert len(beheerder_client.get(LOGBOEK, {"persoon": beheerder.pk}).context["regels"]) == 1


def test_it_reads_back_page_by_page_without_missing_or_repeating_a_line(
    beheerder_client: Client, gebruiker: Account
) -> None:
    for _ in range(60):
        log(gebruiker)
    seen: list[int] = []
    voor: int | None = None
    while True:
        page = beheerder_client.get(LOGBOEK, {"voor": voor} if voor else {})
        seen += [regel.id for regel in page.context["regels"]]
        assert text_of(page).startswith("Overzicht Logboek ")  # the way back, without the number of a line in it
        voor = page.context["oudere"]
        if voor is None:
            break
    assert seen == sorted(Logregel.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.parametrize(
    "query",
    [{"voor": "x"}, {"voor": "-1"}, {"voor": "9" * 30}, {"persoon": "x"}, {"persoon": "9" * 30}, {"groep": "x"}],
)
def test_odd_filters_are_no_error(beheerder_client: Client, query: dict[str, str]) -> None:
    assert beheerder_client.get(LOGBOEK, query).status_code == 200


def test_with_hundreds_of_gebruikers_a_person_still_comes_from_his_page(
    beheerder_client: Client, beheerder: Account
) -> None:
    for _ in range(201):
        last = make_account(beheerder.organisatie)
    log(last)
    page = beheerder_client.get(LOGBOEK, {"persoon": last.pk})
    assert len(page.context["regels"]) == 1
    assert "te veel gebruikers voor deze keuzelijst" in text_of(page)
    assert beheerder_client.get(LOGBOEK, {"persoon": "9" * 30}).status_code == 200


def test_it_takes_at_most_eight_queries(beheerder_client: Client, gebruiker: Account) -> None:
    for _ in range(25):
        log(gebruiker)
    with CaptureQueriesContext(connection) as queries:
        beheerder_client.get(LOGBOEK)
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 8


def test_every_event_in_a_group_has_a_sentence() -> None:
    """A name that is misspelt here would hide lines from the filter."""
    grouped = [event for _, events in LOGGROEPEN.values() for event in events]
    assert set(grouped) <= set(logzinnen)
    assert len(grouped) == len(set(grouped))


def test_an_empty_log_says_so(beheerder_client: Client) -> None:
    assert "Nog niets gebeurd" in text_of(beheerder_client.get(LOGBOEK))


def test_a_filter_that_cannot_be_read_offers_no_download(beheerder_client: Client, gebruiker: Account) -> None:
    """The file would hold other lines than asked for."""
    log(gebruiker)
    knop = "Download deze regels (CSV)"
    wrong = text_of(beheerder_client.get(LOGBOEK, {"van": "31-02-2026"}))
    assert "Vul een datum in" in wrong
    assert knop not in wrong
    assert knop in text_of(beheerder_client.get(LOGBOEK, {"van": "2026-02-28"}))


def test_a_person_of_thousands_of_digits_is_nobody(beheerder_client: Client, beheerder: Account) -> None:
    """With too many people to choose from the number is looked up as it came."""
    for number in range(HOOGSTENS_IN_KEUZELIJST):
        make_account(beheerder.organisatie, achternaam=f"Naam {number}")
    digits = {"persoon": "9" * 5_000, "_account": beheerder_client.session["_auth_user_id"]}
    assert beheerder_client.get(LOGBOEK, digits).status_code == 200
    assert beheerder_client.post(f"{LOGBOEK}downloaden/", digits).status_code == 404

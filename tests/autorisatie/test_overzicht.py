"""The overzicht (R21, manual 1.6)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from autorisatie.models import Autorisatie, Mededeling, Taakgebruik
from autorisatie.services import record_taakgebruik
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_soort,
    make_staf,
    make_taak,
)

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def _stopped_clock(clock: Callable[[datetime], None]) -> None:
    """Every page is read at NOW."""


@pytest.fixture
def account() -> Account:
    """A gebruiker who may open one taak."""
    account = make_account()
    assert account.organisatie is not None
    grant(account, make_rol(), make_kenmerk(account.organisatie))
    make_taak("Leerlingdossier", make_rol())
    return account


def read(client: Client) -> str:
    response = client.get("/overzicht/")
    assert response.status_code == 200
    return response.content.decode()


def part(page: str, heading: str) -> str:
    """The text of the page from one heading to the next but one."""
    begin = page.index(f'id="{heading}"')
    return page[begin : page.find("<section", begin)]


def test_shows_only_the_onderwerpen_and_taken_one_is_authorised_for(account: Account, login: Login) -> None:
    """R21."""
    make_taak("Verzuim melden", make_rol("Verzuimloket melder"))
    page = read(login(account))
    onderwerpen = part(page, "onderwerpen")
    assert "Register Onderwijsdeelnemers" in onderwerpen
    assert 'href="/taken/leerlingdossier/"' in onderwerpen
    assert "Verzuim melden" not in page


def test_rights_are_read_anew_at_every_request(account: Account, login: Login) -> None:
    """R22: what was withdrawn is gone at the next click."""
    client = login(account)
    assert "Leerlingdossier" in read(client)
    Autorisatie.objects.update(tot=NOW)
    assert "Leerlingdossier" not in read(client)


def test_without_rollen_it_says_what_to_do(login: Login) -> None:
    page = read(login(make_account()))
    assert "Een beheerder van uw organisatie geeft ze" in part(page, "onderwerpen")
    assert "geen mededelingen" in page
    assert "die u het meest opent" in page


def test_being_beheerder_alone_opens_no_taak(login: Login) -> None:
    """R02."""
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    make_kenmerk(beheerder.organisatie)
    make_taak("Leerlingdossier", make_rol())
    assert "Leerlingdossier" not in read(login(beheerder))


def test_profiel_leads_to_mijn_gegevens_and_uitloggen(account: Account, login: Login) -> None:
    """R21."""
    profiel = part(read(login(account)), "profiel")
    assert 'href="/mijn-gegevens/"' in profiel
    assert '<button type="submit" form="uitloggen">' in profiel


def test_mededelingen_are_those_for_this_reader_newest_first(account: Account, login: Login) -> None:
    """R21."""
    hour = timedelta(hours=1)

    def make(titel: str, *soorten: str, van: datetime = NOW - hour, tot: datetime | None = None) -> None:
        mededeling = Mededeling.objects.create(titel=titel, tekst="Eerste.\n\nTweede.", van=van, tot=tot)
        mededeling.soorten.set([make_soort(soort) for soort in soorten])

    make("Voor iedereen", van=NOW - 2 * hour)
    make("Voor po-besturen", "po-besturen", "vo-besturen")
    make("Voor gemeenten", "gemeenten")
    make("Voorbij", tot=NOW)
    make("Nog niet", van=NOW + hour)
    page = part(read(login(account)), "mededelingen")
    assert page.index("Voor po-besturen") < page.index("Voor iedereen")
    assert page.count("Voor po-besturen") == 1
    assert not any(titel in page for titel in ("Voor gemeenten", "Voorbij", "Nog niet"))
    assert "<p>Tweede.</p>" in page


def test_what_a_mededeling_says_is_text_and_never_markup(account: Account, login: Login) -> None:
    Mededeling.objects.create(titel="<script>", tekst="<b>vet</b>", van=NOW)
    page = read(login(account))
    assert "<b>vet</b>" not in page
    assert "&lt;script&gt;" in page


def test_snel_naar_shows_the_six_taken_opened_most_in_90_days(account: Account, login: Login) -> None:
    """R21."""
    taken = [make_taak(f"Taak {number}", make_rol()) for number in range(8)]
    for number, taak in enumerate(taken):
        for _ in range(number + 1):
            record_taakgebruik(account=account, taak=taak, now=NOW - timedelta(days=89))
    page = part(read(login(account)), "snel-naar")
    assert page.count('class="tegel"') == 6
    places = [page.index(f"Taak {number}") for number in (7, 6, 5, 4, 3, 2)]
    assert places == sorted(places)


@pytest.mark.parametrize("days", [90, 400])
def test_snel_naar_forgets_what_was_opened_longer_ago(account: Account, login: Login, days: int) -> None:
    taak = make_taak("Leerlingdossier")
    record_taakgebruik(account=account, taak=taak, now=NOW - timedelta(days=days))
    assert 'class="tegel"' not in read(login(account))


def test_snel_naar_leaves_out_what_one_may_no_longer_open(account: Account, login: Login) -> None:
    """R21: still authorised."""
    record_taakgebruik(account=account, taak=make_taak("Leerlingdossier"), now=NOW)
    client = login(account)
    assert 'class="tegel"' in read(client)
    Autorisatie.objects.update(tot=NOW)
    assert 'class="tegel"' not in read(client)


def test_snel_naar_is_ones_own(account: Account, login: Login) -> None:
    record_taakgebruik(account=make_account(), taak=make_taak("Leerlingdossier"), now=NOW)
    assert 'class="tegel"' not in read(login(account))


def test_use_is_counted_per_amsterdam_day(account: Account) -> None:
    taak = make_taak("Leerlingdossier")
    for moment in (NOW, NOW + timedelta(hours=1), NOW.replace(hour=23)):  # 23.00 UTC is past midnight in Amsterdam
        record_taakgebruik(account=account, taak=taak, now=moment)
    assert list(Taakgebruik.objects.order_by("dag").values_list("dag__day", "aantal")) == [(2, 2), (3, 1)]


def test_a_login_limited_to_a_vestiging_shows_what_it_opens_and_says_so(account: Account, login: Login) -> None:
    """D24."""
    kenmerk = account.autorisaties.get().kenmerken.get().kenmerk
    kenmerk.kvk_vestigingsnummer = "000012345678"
    kenmerk.save()
    client = login(account)
    assert "Leerlingdossier" in read(client)
    for nummer, visible in (("000099999999", False), ("000012345678", True)):
        session = client.session
        session["eherkenning"] |= {"vestigingen": [nummer]}
        session.save()
        page = read(client)
        assert ("Leerlingdossier" in page) == visible
        assert f"vestiging {nummer}" in page


def test_a_session_without_eherkenning_opens_nothing(account: Account, client: Client) -> None:
    """R13: the level is checked, not assumed. Who has a rol is led to what else is missing."""
    client.force_login(account)
    page = read(client)
    assert "Leerlingdossier" not in page
    assert "Hebt u al een rol? Dan ontbreekt er nog iets anders." in part(page, "onderwerpen")
    assert reverse("mijn_waarom") in part(page, "onderwerpen")


def test_duo_staff_and_visitors_have_no_overzicht(client: Client) -> None:
    assert client.get("/overzicht/").status_code == 302
    client.force_login(make_staf())
    assert client.get("/overzicht/").status_code == 404


@pytest.mark.parametrize("reader", [make_account, make_beheerder])
def test_it_takes_six_queries_however_many_taken_there_are(login: Login, reader: Callable[..., Account]) -> None:
    """Issue 2: session, account, taken, mededelingen, menu, and the session that is kept alive."""
    organisatie = make_organisatie()
    account = reader(organisatie)
    kenmerk = make_kenmerk(organisatie)
    for number in range(3):
        Mededeling.objects.create(titel=f"Mededeling {number}", tekst="Tekst", van=NOW)
    client = login(account)
    read(client)  # the session learns when it began
    counts = []
    for number in range(60):
        rol = make_rol(f"Rol {number}")
        record_taakgebruik(account=account, taak=make_taak(f"Taak {number}", rol), now=NOW)
        grant(account, rol, kenmerk)
        if number in {0, 59}:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page = read(client)
            assert page.count('href="/taken/') == (2 if number == 0 else 66)
            # the test's own transaction turns BEGIN and COMMIT, which are no queries, into savepoints
            counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries))
    assert counts[0] == counts[1] <= 6

"""The public page of the planning, its text and its calendar (R26, R31)."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from lxml import html
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Soort
from accounts.permissions import seal_account
from autorisatie.models import Onderhoud
from autorisatie.services.mededelingen import forget_onderhoud
from planning.models import Planningsregel
from planning.services.tabel import VERS, forget_planning
from tests.factories import make_account
from tests.formulier import Pagina, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("planning")]


def rows(page: Pagina) -> list[list[str]]:
    found = html.fromstring(page.content).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def events(page: Pagina) -> dict[str, Any]:
    return {str(event["summary"]): event for event in Calendar.from_ical(page.content).walk("VEVENT")}


def test_R26_everybody_reads_the_whole_table_in_its_order(client: Client) -> None:
    table = rows(client.get(reverse("planning")))
    assert len(table) == 27
    assert table[0] == [
        "STAP-opleiders",
        "Mijn DUO",
        "juni wordt nog verwacht",
        "nu voor wie nog geen toegang tot Mijn DUO heeft Tot het bericht kunt u uw token blijven gebruiken.",
    ]
    assert table[22] == [
        "Meer ruimte voor nieuwe scholen",
        "Mijn DUO",
        "eind maart 2023 is ontvangen",
        "moment niet genoemd",
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("soort=gemeenten", 4),
        ("portaal=xbrl-onderwijsportaal", 6),
        ("soort=vo-besturen&portaal=lerarenportfolio", 1),
        ("soort=&portaal=", 27),
        ("soort=bestaat-niet&portaal=%00%F0%9F", 27),
    ],
)
def test_R26_it_is_filtered_by_soort_and_portaal(client: Client, query: str, numbers: int) -> None:
    assert len(rows(client.get(f"{reverse('planning')}?{query}"))) == numbers


def test_R26_a_combination_without_a_row_says_so(client: Client) -> None:
    page = client.get(reverse("planning"), {"soort": "po-scholen", "portaal": "facet"})
    assert "Niets gevonden" in text_of(page)
    assert (
        "Er is geen regel"
        in client.get(reverse("planning_tekst"), {"soort": "po-scholen", "portaal": "facet"}).content.decode()
    )


def test_R26_the_moments_of_the_letter_are_shown_to_whom_they_are_for(client: Client) -> None:
    of_po = text_of(client.get(reverse("planning"), {"soort": "po-scholen"}))
    of_ho = text_of(client.get(reverse("planning"), {"soort": "ho-besturen"}))
    assert "Internet Schooldossier van de Inspectie" in of_po
    assert "Internet Schooldossier van de Inspectie" not in of_ho
    assert "vóór 31 december 2022" in of_ho


def test_R26_what_is_printed_comes_as_plain_text_too(client: Client) -> None:
    page = client.get(reverse("planning_tekst"), {"soort": "gemeenten"})
    tekst = page.content.decode()
    assert page["Content-Type"] == "text/plain; charset=utf-8"
    assert "eHerkenning verplicht: 1 januari 2022, voor Mijn DUO." in tekst
    assert "Bericht over de overstap: moment niet genoemd (is ontvangen)." in tekst
    assert max(map(len, tekst.splitlines())) <= 78


def test_R26_only_days_and_months_are_events_in_the_calendar(client: Client) -> None:
    found = events(client.get(reverse("planning_agenda")))
    assert len(found) == 17
    day = found["eHerkenning verplicht: Gemeenten, Inburgering"]
    assert (day["dtstart"].dt, day["dtend"].dt) == (date(2022, 1, 1), date(2022, 1, 2))
    month = found["Bericht over de overstap: Vo-scholen, Mijn DUO"]
    assert (month["dtstart"].dt, month["dtend"].dt) == (date(2022, 6, 1), date(2022, 7, 1))
    assert not any("Facet" in titel or "Personenregister" in titel for titel in found)


def test_R26_an_odd_year_breaks_the_calendar_for_nobody(client: Client) -> None:
    """What staff wrote stands on the page as it is, and is no event."""
    Planningsregel.objects.filter(nummer=1).update(bericht="december 9999", verplicht="31 december 9999")
    assert len(events(client.get(reverse("planning_agenda")))) == 17
    assert "31 december 9999" in text_of(client.get(reverse("planning")))


def test_R26_the_page_says_why_the_rest_is_in_no_calendar(client: Client) -> None:
    assert "alleen momenten met een dag of een maand, en met een jaar" in text_of(client.get(reverse("planning")))


def test_R26_the_calendar_is_filtered_too_and_keeps_its_names(client: Client) -> None:
    first = client.get(reverse("planning_agenda"), {"soort": "ketenpartners-van-duo"})
    again = client.get(reverse("planning_agenda"), {"soort": "ketenpartners-van-duo"})
    assert first.content == again.content
    assert list(events(first)) == [
        "Bericht over de overstap: Ketenpartners van DUO, Mijn DUO",
        "Wie nieuw is bij Mijn DUO, heeft eHerkenning nodig.",
        next(titel for titel in events(first) if "30 december 2022" in titel),
    ]


def test_R26_30_december_2022_is_named_as_the_last_day(client: Client) -> None:
    assert "dan is 30 december 2022 de laatste dag" in text_of(client.get(reverse("planning")))


def test_R29_certificates_are_not_touched(client: Client) -> None:
    assert "blijft met certificaten werken" in text_of(client.get(reverse("planning")))


@pytest.mark.parametrize("name", ["planning", "planning_tekst", "planning_agenda"])
def test_it_costs_no_query_within_a_second_and_one_after_it_and_may_be_kept(
    client: Client, name: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(reverse(name))
    with django_assert_num_queries(0):
        client.get(reverse(name))
    time.sleep(VERS)
    with django_assert_num_queries(1):
        page = client.get(reverse(name))
    assert page["Cache-Control"] == "public, max-age=300"
    assert not client.cookies


def test_R17_nobody_keeps_the_page_of_somebody_who_is_logged_in(client: Client) -> None:
    account: Account = make_account()
    client.force_login(account)
    page = client.get(reverse("planning"))
    assert "no-store" in page["Cache-Control"]
    assert account.weergavenaam in page.content.decode()


def test_D12_what_somebody_must_be_told_is_on_the_page_once_and_nobody_keeps_it(client: Client) -> None:
    client.get(reverse("planning"))
    client.post(reverse("gebruiker_aanmelden"), {"voornaam": "Noor", "_zegel": seal_account(make_account())})
    page = client.get(reverse("planning"))
    assert "U was uitgelogd voordat u het formulier verstuurde" in text_of(page)
    assert "public" not in page.get("Cache-Control", "")
    assert "U was uitgelogd" not in text_of(client.get(reverse("planning")))


def test_R21_maintenance_stands_above_the_page_that_is_made_once(client: Client) -> None:
    client.get(reverse("planning"))
    now = timezone.now()
    Onderhoud.objects.create(tekst="Zaterdag is er onderhoud.", van=now, tot=now + timedelta(hours=1))
    forget_onderhoud()
    assert "Zaterdag is er onderhoud." in client.get(reverse("planning")).content.decode()


def test_a_change_is_seen_within_a_second(client: Client) -> None:
    client.get(reverse("planning"))
    Planningsregel.objects.filter(nummer=1).update(portaal="Een heel ander portaal")
    time.sleep(VERS)
    assert "Een heel ander portaal" in text_of(client.get(reverse("planning")))


def test_R26_what_staff_change_is_on_the_page_at_once(client: Client, staf_client: Client) -> None:
    client.get(reverse("planning"))
    regel = Planningsregel.objects.get(nummer=1)
    velden = ("portaal", "bericht_stand", "bericht", "verplicht", "verplicht_voor", "toelichting")
    form = {veld: getattr(regel, veld) for veld in velden} | {
        "soort": regel.soort_id,
        "portalen": [*regel.portalen.values_list("pk", flat=True)],
        "tonen": "on",
        "algemeen_einde": "on",
    }
    adres = reverse("admin:planning_planningsregel_change", args=[regel.pk])
    for naam in ("Eerste naam", "Tweede naam"):
        assert staf_client.post(adres, form | {"portaal": naam}).status_code == 302
        assert naam in text_of(client.get(reverse("planning")))


def test_R26_a_name_that_changed_is_on_the_page(client: Client) -> None:
    for naam in ("Eerste naam", "Tweede naam"):
        Soort.objects.filter(sleutel="gemeenten").update(naam=naam)
        forget_planning()
        assert naam in text_of(client.get(reverse("planning")))

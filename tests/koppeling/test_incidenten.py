"""A burst of unknown middelen of organisaties with linked gebruikers holds the koppelproces until DUO releases it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from koppeling.models import Incident, Middel
from koppeling.rules import is_burst
from koppeling.services.incidenten import watch_arrival
from tests.factories import NOW, link, make_account, make_organisatie
from tests.formulier import Pagina, text_of
from tests.makelaar import Makelaar
from tests.parallel import in_parallel
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel

pytestmark = pytest.mark.django_db
KVKS = ["90000001", "90000002", "90000003"]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def linked(clock: Callable[[datetime], None]) -> list[Account]:
    """Three organisaties with a linked gebruiker each."""
    accounts = [make_account(make_organisatie(kvk=kvk)) for kvk in KVKS]
    for account in accounts:
        link(account)
    return accounts


def arrive(number: int, kvk: str | None = None, browser: Client | None = None) -> Pagina:
    """Somebody with a middel that nobody knows."""
    return Makelaar(browser or Client())(pseudonym=f"{number:064x}@{'1' * 32}", kvk=kvk or KVKS[number % 3])


def burst() -> Pagina:
    """Five arrivals; the page of the last one."""
    return [arrive(number) for number in range(1, 6)][-1]


def test_the_fifth_in_an_hour_opens_an_incident_and_reads_of_a_malfunction() -> None:
    for number in range(1, 5):
        assert arrive(number)["Location"] == reverse("koppelen")
    assert not Incident.objects.exists()

    page = arrive(5)

    assert page.status_code == 503
    assert "Er is een storing bij eHerkenning" in text_of(page)
    assert "Uw koppeling is er nog" in text_of(page)
    incident = Incident.objects.get()
    assert (incident.middelen, incident.organisaties, incident.begin) == (5, 3, NOW - 60 * MINUTE)


def test_duo_is_told_once_by_mail_and_the_log_says_it(settings: object) -> None:
    burst()
    arrive(6)
    arrive(7)

    bericht = Bericht.objects.get(soort="incident")
    post = berichtsoorten["incident"].render(bericht, NOW)
    assert post is not None
    assert "5 middelen in die Mijn DUO niet kent, van 3 organisaties" in " ".join(post.tekst.split())
    assert reverse("admin:koppeling_incident_change", args=[Incident.objects.get().pk]) in post.tekst
    assert Logregel.objects.filter(gebeurtenis="incident_geopend").count() == 1


def test_who_was_already_in_the_koppelproces_is_held_too() -> None:
    early = Client()
    arrive(1, browser=early)
    assert early.get(reverse("koppelen")).status_code == 200

    burst()

    for name in ("koppelen", "koppelen_privacy", "koppelen_gegevens"):
        assert early.get(reverse(name)).status_code == 503
        assert early.post(reverse(name), {}).status_code == 503


def test_a_linked_middel_keeps_working(linked: list[Account]) -> None:
    burst()
    middel = linked[0].koppelingen.get().middel

    page = Makelaar(Client())(pseudonym=middel.pseudoniem, kvk=middel.kvk_nummer)

    assert page["Location"] == reverse("overzicht")


def test_a_middel_that_was_there_before_or_of_an_organisatie_without_gebruikers_is_not_held(
    clock: Callable[[datetime], None],
) -> None:
    arrive(90)
    clock(NOW + 61 * MINUTE)
    burst()

    assert arrive(90)["Location"] == reverse("koppelen")
    assert arrive(91, "90009999")["Location"] == reverse("koppelen")


def test_five_in_more_than_an_hour_of_two_organisaties_or_of_nobody_linked_are_no_alarm(
    clock: Callable[[datetime], None],
) -> None:
    for number in range(10, 20):
        assert arrive(number, KVKS[number % 2]).status_code == 302
        assert arrive(number + 10, f"9000999{number % 10}").status_code == 302
    clock(NOW + 61 * MINUTE)
    for number in range(30, 34):
        assert arrive(number).status_code == 302
    clock(NOW + 2 * 61 * MINUTE)
    assert arrive(34).status_code == 302
    assert not Incident.objects.exists()


def test_the_same_middel_again_counts_once() -> None:
    for _ in range(3):
        for number in range(1, 5):
            assert arrive(number).status_code == 302


def test_where_many_come_every_day_five_in_an_hour_are_usual() -> None:
    assert is_burst(middelen=5, organisaties=3, eerder=266)
    assert not is_burst(middelen=5, organisaties=3, eerder=267)
    assert not is_burst(middelen=4, organisaties=3, eerder=0)
    assert not is_burst(middelen=50, organisaties=2, eerder=0)
    Middel.objects.bulk_create(
        Middel(pseudoniem=f"oud {n}", kvk_nummer=KVKS[0], gezien_op=NOW, eerst_gezien_op=NOW - timedelta(days=7))
        for n in range(267)
    )
    assert burst().status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_any_number_at_once_exactly_one_opens_the_incident() -> None:
    middelen = [
        Middel.objects.create(pseudoniem=f"p{n}", kvk_nummer=KVKS[n % 3], gezien_op=NOW, eerst_gezien_op=NOW)
        for n in range(8)
    ]

    held = in_parallel(*[lambda m=m: watch_arrival(middel=m, now=NOW) for m in middelen])

    incident = Incident.objects.get()
    assert held == [incident] * 8
    assert Bericht.objects.filter(soort="incident").count() == 1


def test_staff_release_it_with_a_reason_and_what_arrived_before_starts_no_next_one(
    staf_client: Client, staf: Account
) -> None:
    burst()
    incident = Incident.objects.get()
    page = reverse("admin:koppeling_incident_vrijgeven", args=[incident.pk])

    assert "Vul in waarom" in staf_client.post(page, {"toelichting": " "}).content.decode()
    incident.refresh_from_db()
    assert incident.vrijgegeven_op is None

    assert staf_client.post(page, {"toelichting": "De makelaar meldt dat het is hersteld."}).status_code == 302
    incident.refresh_from_db()
    assert (incident.vrijgegeven_door_id, incident.reden) == (staf.pk, "De makelaar meldt dat het is hersteld.")
    line = Logregel.objects.get(gebeurtenis="incident_vrijgegeven")
    assert (line.actor_id, line.reden) == (staf.pk, incident.reden)
    assert berichtsoorten["incident"].render(Bericht.objects.get(soort="incident"), NOW) is None
    assert arrive(1)["Location"] == reverse("koppelen")
    assert arrive(60)["Location"] == reverse("koppelen")
    assert Incident.objects.count() == 1
    assert "Koppelen vrijgeven" not in staf_client.get(page.replace("vrijgeven", "change")).content.decode()

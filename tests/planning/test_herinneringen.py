"""R26, R27: who heard of a day hears of the day that came instead, and whose exception ended hears that it is done."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core import mail

from accounts.models import Organisatie
from planning.models import Overstap, Overstapmail, Uitzondering
from planning.rules.overstap import UITZONDERING_ACHTERAF, Dagen, Zet
from planning.services.mails import load_sjablonen, send_herinneringen
from planning.services.overstappen import (
    grant_uitzondering,
    move_due_overstappen,
    move_overstap,
    set_dagen,
    withdraw_uitzondering,
)
from tests.factories import (
    NOW,
    make_account,
    make_beheerder,
    make_contactpersoon,
    make_organisatie,
    make_overstap,
    make_token,
)
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

STAF = Actor(ActorSoort.STAF, id=1, reden="Volgens de planning")
TODAY = date(2026, 3, 2)
EINDE = TODAY + timedelta(days=100)
Told = Callable[[int], list[str]]


def make_school(naam: str) -> Organisatie:
    organisatie = make_organisatie(naam.title(), bevoegd_gezag_email=f"gezag@{naam}.example")
    make_token(make_account(organisatie))
    make_beheerder(organisatie, email=f"beheer@{naam}.example")
    make_contactpersoon(organisatie, email=f"contact@{naam}.example")
    return organisatie


@pytest.fixture
def overstap(db: None) -> Overstap:
    """Open, with what was said of that sent."""
    load_sjablonen()
    make_school("school")
    overstap = make_overstap(einde_token=EINDE)
    for zet in (Zet.AANKONDIGEN, Zet.OPENEN):
        overstap = move_overstap(overstap=overstap, zet=zet, actor=STAF, now=NOW)
    sweep_berichten(now=NOW)
    return overstap


@pytest.fixture
def told(clock: Callable[[datetime], None]) -> Told:
    """Subjects and addresses of what leaves so many days after NOW, after the jobs of that hour."""

    def send(days: int) -> list[str]:
        at = NOW + timedelta(days=days)
        clock(at)
        mail.outbox.clear()
        move_due_overstappen(now=at)
        send_herinneringen(now=at)
        sweep_berichten(now=at)
        return sorted(f"{message.to[0]}: {message.subject}" for message in mail.outbox)

    return send


def pause(overstap: Overstap, days: int, einde: date) -> Overstap:
    for zet in (Zet.PAUZEREN, Zet.HERVATTEN):
        overstap = move_overstap(
            overstap=overstap, zet=zet, actor=STAF, now=NOW + timedelta(days=days), einde_token=einde
        )
    return overstap


def test_r27_moved_to_a_later_day_the_reminders_begin_anew(overstap: Overstap, told: Told) -> None:
    assert [len(told(days)) for days in (39, 40, 41, 70, 93, 94)] == [0, 1, 0, 1, 2, 0]
    later = TODAY + timedelta(days=215)
    pause(overstap, 95, later)
    assert [len(told(days)) for days in (95, 100, 154, 155, 156, 185)] == [0, 0, 0, 1, 0, 1]
    assert told(208) == [
        f"{wie}@school.example: Laatste week: tokens werken voor Mijn DUO tot en met 2 oktober 2026"
        for wie in ("beheer", "gezag")
    ]


@pytest.mark.parametrize(
    ("ahead", "days", "first", "mails"),
    [
        (-20, (71, 72, 73, 74), "hoogstens een maand: tokens werken voor Mijn DUO tot en met 20 mei", 3),
        (20, (71, 72, 90, 91, 113, 114), "niet iedereen", 4),
    ],
)
def test_r27_whatever_day_staff_set_is_told(
    overstap: Overstap, told: Told, ahead: int, days: tuple[int, ...], first: str, mails: int
) -> None:
    assert len(told(70)) == 1
    einde = EINDE + timedelta(days=ahead)
    set_dagen(overstap=overstap, dagen=Dagen(einde_token=einde), actor=STAF, now=NOW + timedelta(days=71))
    subjects = [subject for day in days for subject in told(day)]
    assert first in subjects[0]
    assert len(subjects) == mails  # the last week goes to two
    assert all("Laatste week" in subject for subject in subjects[-2:])


def test_a_reminder_that_waits_when_the_day_changes_does_not_leave(overstap: Overstap, told: Told) -> None:
    send_herinneringen(now=NOW + timedelta(days=70))
    einde = EINDE + timedelta(days=20)
    set_dagen(overstap=overstap, dagen=Dagen(einde_token=einde), actor=STAF, now=NOW + timedelta(days=70))
    assert [subject.split(": ", 1)[1] for subject in told(71)] == ["Nog niet iedereen is overgestapt op eHerkenning"]
    assert set(Bericht.objects.filter(gegevens__stap="herinnering_30").values_list("status", flat=True)) == {
        "vervallen"
    }


def test_saving_the_same_day_again_reminds_nobody_twice(overstap: Overstap, told: Told) -> None:
    assert len(told(40)) == 1
    set_dagen(overstap=overstap, dagen=Dagen(einde_token=EINDE), actor=STAF, now=NOW + timedelta(days=41))
    assert told(42) == []


@pytest.fixture
def uitzondering(overstap: Overstap) -> Uitzondering:
    """Of one school, fifty days longer than the overstap."""
    return grant_uitzondering(
        organisatie=make_school("later"),
        portaal=overstap.portaal,
        tot=EINDE + timedelta(days=50),
        actor=STAF,
        now=NOW,
    )


KLAAR = [
    f"{wie}@later.example: De overstap op eHerkenning voor Mijn DUO is klaar" for wie in ("beheer", "contact", "gezag")
]


def test_r27_whose_exception_ends_hears_then_that_it_is_done_once(uitzondering: Uitzondering, told: Told) -> None:
    assert [subject for subject in told(100) if "later" in subject] == []
    assert [subject for subject in told(149) if "klaar" in subject] == []
    assert told(150) == KLAAR  # and nobody who heard of it on day 100
    assert [told(days) for days in (151, 155)] == [[], []]
    assert Overstapmail.objects.get(stap="klaar").aantal == 6
    make_beheerder(uitzondering.organisatie, email="nieuw@later.example")
    assert told(150 + UITZONDERING_ACHTERAF.days) == []


def test_r27_a_late_job_tells_it_all_the_same(uitzondering: Uitzondering, told: Told) -> None:
    told(100)
    assert told(150 + UITZONDERING_ACHTERAF.days - 1) == KLAAR


def test_r27_an_exception_that_is_withdrawn_ends_too(uitzondering: Uitzondering, told: Told) -> None:
    told(100)
    withdraw_uitzondering(uitzondering=uitzondering, actor=STAF, now=NOW + timedelta(days=120))
    assert told(120) == KLAAR


def test_r27_who_still_has_another_exception_is_not_told(uitzondering: Uitzondering, told: Told) -> None:
    told(100)
    grant_uitzondering(
        organisatie=uitzondering.organisatie,
        portaal=uitzondering.portaal,
        tot=EINDE + timedelta(days=80),
        actor=STAF,
        now=NOW + timedelta(days=120),
    )
    assert told(150) == []
    assert told(180) == KLAAR

"""R26, R27, D17: a pause and the end stop the mails of a golf that wait; resumed, each still comes once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core import mail

from accounts.models import Beheerderschap
from planning.models import Overstap
from planning.rules.golf import last_golf
from planning.rules.overstap import Dagen, Stand, Zet, ZetMagNiet
from planning.services.mails import load_sjablonen
from planning.services.overstappen import move_due_overstappen, move_overstap, set_dagen
from tests.factories import NOW, make_beheerder, make_organisatie, make_overstap
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

STAF = Actor(ActorSoort.STAF, id=1, reden="Volgens de planning")
TODAY = date(2026, 3, 2)
EINDE = TODAY + timedelta(days=100)


@pytest.fixture
def golf(db: None) -> Overstap:
    """One organisatie a day is told, of four."""
    load_sjablonen()
    for number in range(4):
        make_beheerder(make_organisatie(f"Bestuur {number}", bevoegd_gezag_email=""), email=f"beheer{number}@x.example")
    return make_overstap(einde_token=EINDE, per_dag=1)


@pytest.fixture
def sent(clock: Callable[[datetime], None]) -> Callable[[int], list[tuple[str, str]]]:
    """What leaves so many days after NOW: the number of the beheerder, and the first word that says which step."""

    def sweep(days: int) -> list[tuple[str, str]]:
        at = NOW + timedelta(days=days)
        clock(at)
        mail.outbox.clear()
        sweep_berichten(now=at)
        return sorted((message.to[0][6], message.subject.split(" ")[0]) for message in mail.outbox)

    return sweep


Sent = Callable[[int], list[tuple[str, str]]]


def move(overstap: Overstap, *zetten: Zet, days: int = 0, einde_token: date | None = None) -> Overstap:
    now = NOW + timedelta(days=days)
    for zet in zetten:
        overstap = move_overstap(overstap=overstap, zet=zet, actor=STAF, now=now, einde_token=einde_token)
    return overstap


def test_r26_in_a_pause_no_mail_leaves_and_resumed_each_comes_once(golf: Overstap, sent: Sent) -> None:
    golf = move(golf, Zet.AANKONDIGEN)
    golf = move(golf, Zet.OPENEN, days=1)
    assert sent(1) == [("0", "U"), ("0", "Uw"), ("1", "Uw")]
    golf = move(golf, Zet.PAUZEREN, days=1, einde_token=EINDE)
    assert [sent(days) for days in (2, 3, 9)] == [[], [], []]
    golf = move(golf, Zet.HERVATTEN, days=10)
    assert [sent(days) for days in (10, 11, 12, 13)] == [
        [("1", "U"), ("2", "Uw")],
        [("2", "U"), ("3", "Uw")],
        [("3", "U")],
        [],
    ]
    move(golf, Zet.PAUZEREN, Zet.HERVATTEN, days=14, einde_token=EINDE)
    assert sent(14) == []


def test_d17_what_was_being_sent_when_the_pause_began_is_held_up_too(golf: Overstap, sent: Sent) -> None:
    golf = move(golf, Zet.AANKONDIGEN)
    Bericht.objects.update(status=Bericht.Status.BEZIG, pogingen=1, begonnen_op=NOW, message_id="<een@x.example>")
    golf = move(golf, Zet.PAUZEREN, einde_token=EINDE)
    for days in (1, 2, 3):  # taken up as left behind, put off, and tried again
        assert sent(days) == []
    golf = move(golf, Zet.HERVATTEN, days=4)
    assert [len(sent(days)) for days in (4, 5, 6, 7, 8)] == [1, 1, 1, 1, 0]
    assert set(Bericht.objects.values_list("message_id", flat=True)) == {"<een@x.example>"}


def test_rolled_back_from_a_pause_what_waited_stays_behind(golf: Overstap, sent: Sent) -> None:
    golf = move(golf, Zet.AANKONDIGEN, Zet.PAUZEREN, einde_token=EINDE)
    golf = move(golf, Zet.TERUGDRAAIEN, einde_token=EINDE)
    move(golf, Zet.AANKONDIGEN, days=1)
    assert [sent(days) for days in (1, 2, 3, 4, 5)] == [[(str(number), "Uw")] for number in range(4)] + [[]]


@pytest.mark.parametrize("stand", ["klaar", "end"])
def test_r27_after_the_end_nobody_hears_that_it_is_announced_or_open(golf: Overstap, sent: Sent, stand: str) -> None:
    golf = move(golf, Zet.AANKONDIGEN, Zet.OPENEN)
    if stand == "klaar":
        move(golf, Zet.AFRONDEN)
        assert sent(5) == [(str(number), "De") for number in range(4)]
    else:
        assert sent(100) == []


def test_r27_who_is_no_beheerder_any_more_is_not_told(golf: Overstap, sent: Sent) -> None:
    move(golf, Zet.AANKONDIGEN)
    Beheerderschap.objects.filter(account__email="beheer2@x.example").update(tot=NOW + timedelta(days=1))
    assert sent(9) == [("0", "Uw"), ("1", "Uw"), ("3", "Uw")]


class TestTooLong:
    """R27: the last batch of a golf leaves before the end."""

    def test_the_last_batch_is_reckoned(self) -> None:
        later = [last_golf(TODAY, organisaties, 2) - TODAY for organisaties in (0, 1, 2, 3, 5)]
        assert [ahead.days for ahead in later] == [0, 0, 0, 1, 2]

    def set(self, golf: Overstap, dagen: Dagen, per_dag: int | None = 1) -> Overstap:
        return set_dagen(overstap=golf, dagen=dagen, per_dag=per_dag, actor=STAF, now=NOW)

    def test_days_that_staff_set_leave_room_for_it(self, golf: Overstap) -> None:
        one, four, five = (TODAY + timedelta(days=days) for days in (1, 4, 5))
        for dagen in (Dagen(one, None, four), Dagen(None, one, four)):
            with pytest.raises(ZetMagNiet, match="meer organisaties per dag"):
                self.set(golf, dagen)
        self.set(golf, Dagen(one, one, five))
        self.set(golf, Dagen(one, one, four), per_dag=2)

    @pytest.mark.parametrize("zet", [Zet.AANKONDIGEN, Zet.OPENEN, Zet.HERVATTEN])
    def test_staff_do_not_begin_one_that_lasts_too_long(self, golf: Overstap, zet: Zet) -> None:
        soon = TODAY + timedelta(days=3)
        if zet is Zet.HERVATTEN:
            golf = move(golf, Zet.AANKONDIGEN, Zet.PAUZEREN, einde_token=soon)
        else:
            stand = Stand.GEPLAND if zet is Zet.AANKONDIGEN else Stand.AANGEKONDIGD
            Overstap.objects.update(einde_token=soon, stand=stand)
        with pytest.raises(ZetMagNiet, match="meer organisaties per dag"):
            move(golf, zet)
        golf = self.set(golf, Dagen(einde_token=soon), per_dag=2)
        move(golf, zet)
        assert Bericht.objects.filter(status="wacht").count() == 4

    def test_the_end_does_not_come_before_mails_that_wait(self, golf: Overstap) -> None:
        golf = move(golf, Zet.AANKONDIGEN)
        with pytest.raises(ZetMagNiet, match="later einde"):
            self.set(golf, Dagen(einde_token=TODAY + timedelta(days=3)))
        self.set(golf, Dagen(einde_token=TODAY + timedelta(days=4)))

    def test_the_job_goes_on_as_staff_set_it(self, golf: Overstap) -> None:
        one, five = TODAY + timedelta(days=1), TODAY + timedelta(days=5)
        self.set(golf, Dagen(one, one, five))
        make_organisatie("Later gekomen", bevoegd_gezag_email="gezag@x.example")
        move_due_overstappen(now=NOW + timedelta(days=2))
        golf.refresh_from_db()
        assert golf.stand == Stand.OPEN

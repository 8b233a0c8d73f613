"""D22: an act of two persons is one voorstel. Tried by one, by the same person, too late, and by two at once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import NOW
from tests.parallel import in_parallel
from verantwoording.haken import logzinnen, register_logzinnen
from verantwoording.models import Logregel, Taakrun, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, ZelfdePersoon, clear_voorstellen, decide, propose, withdraw
from verantwoording.tasks import run_voorstellen

pytestmark = pytest.mark.django_db
Staat = Voorstel.Staat

JOLANDA = Actor(ActorSoort.ACCOUNT, id=1, namens=7, adres="192.0.2.1", reden="Zij vervangt mij.")
PIET = Actor(ActorSoort.ACCOUNT, id=2, namens=7, reden="Klopt.")
DUO = Actor(ActorSoort.STAF, id=3)
GEZAG = Actor(ActorSoort.GEZAG, id=7)
JOB = Actor(ActorSoort.TAAK, naam="nachtwerk")
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _zinnen() -> Iterator[None]:
    """The sentences of the tests' kind of act."""
    zinnen = {
        f"proef_{wat}": "{wie} " + wat for wat in ["voorgesteld", "akkoord", "afgewezen", "ingetrokken", "vervallen"]
    }
    register_logzinnen(zinnen)
    yield
    for naam in zinnen:
        del logzinnen[naam]


def make_voorstel(actor: Actor = JOLANDA, sleutel: str = "proef:1", now: datetime = NOW) -> Voorstel:
    return propose(
        soort="proef",
        sleutel=sleutel,
        actor=actor,
        now=now,
        verloopt_op=now + WEEK,
        organisatie_id=7,
        account_id=9,
        object_id=11,
        gegevens={"rol": "rod"},
        loggegevens={"wie": "Henk"},
    )


def test_what_is_proposed_is_kept_with_who_and_why() -> None:
    voorstel = make_voorstel()
    assert (voorstel.staat, voorstel.gegevens, voorstel.object_id) == (Staat.OPEN, {"rol": "rod"}, 11)
    assert voorstel.voorsteller == JOLANDA
    assert voorstel.besluiter is None
    line = Logregel.objects.get()
    assert (line.gebeurtenis, line.actor_id, line.reden) == ("proef_voorgesteld", 1, "Zij vervangt mij.")
    assert (line.organisatie_id, line.account_id, line.object_soort, line.object_id) == (7, 9, "voorstel", voorstel.pk)
    assert line.gegevens == {"wie": "Henk"}


@pytest.mark.parametrize(("akkoord", "staat"), [(True, Staat.AKKOORD), (False, Staat.AFGEWEZEN)])
@pytest.mark.parametrize("second", [PIET, DUO, GEZAG, Actor(ActorSoort.STAF, id=1)])
def test_a_second_person_decides_once(*, akkoord: bool, staat: str, second: Actor) -> None:
    voorstel = decide(voorstel=make_voorstel(), akkoord=akkoord, actor=second, now=NOW)
    assert (voorstel.staat, voorstel.besluiter, voorstel.besloten_op) == (staat, second, NOW)
    assert Logregel.objects.latest("id").gebeurtenis == f"proef_{staat}"
    with pytest.raises(AlBesloten):
        decide(voorstel=voorstel, akkoord=not akkoord, actor=DUO, now=NOW)
    assert Logregel.objects.count() == 2


@pytest.mark.parametrize("akkoord", [True, False])
@pytest.mark.parametrize("same", [JOLANDA, Actor(ActorSoort.ACCOUNT, id=1, namens=8), DUO, GEZAG])
def test_who_proposed_does_not_decide_and_nothing_is_written(*, akkoord: bool, same: Actor) -> None:
    voorstel = make_voorstel(same if same.soort is not ActorSoort.ACCOUNT else JOLANDA)
    with pytest.raises(ZelfdePersoon):
        decide(voorstel=voorstel, akkoord=akkoord, actor=same, now=NOW)
    assert Voorstel.objects.get().staat == Staat.OPEN
    assert Logregel.objects.count() == 1


@pytest.mark.parametrize("nobody", [JOB, Actor(ActorSoort.BEZOEKER), Actor(ActorSoort.ACCOUNT)])
def test_only_a_person_decides(nobody: Actor) -> None:
    with pytest.raises(TypeError):
        decide(voorstel=make_voorstel(), akkoord=True, actor=nobody, now=NOW)


def test_a_job_may_propose_and_any_person_decides() -> None:
    assert decide(voorstel=make_voorstel(JOB), akkoord=True, actor=DUO, now=NOW).staat == Staat.AKKOORD


@pytest.mark.parametrize(
    "values",
    [
        {"besluiter_soort": "account", "besluiter_id": 1},
        {"besluiter_soort": "account", "besluiter_id": None},
        {"besluiter_soort": "taak", "besluiter_id": 2},
        {"besluiter_soort": "", "besluiter_id": None},
    ],
)
def test_the_database_holds_that_two_persons_did_it(values: dict[str, object]) -> None:
    make_voorstel()
    with pytest.raises(IntegrityError), transaction.atomic():
        Voorstel.objects.update(staat=Staat.AKKOORD, besloten_op=NOW, **values)


def test_a_voorstel_that_ran_out_is_not_decided() -> None:
    voorstel = make_voorstel()
    for late in [NOW + WEEK, NOW + WEEK + timedelta(days=1)]:
        with pytest.raises(AlBesloten):
            decide(voorstel=voorstel, akkoord=True, actor=PIET, now=late)
    in_time = NOW + WEEK - timedelta(microseconds=1)
    assert decide(voorstel=voorstel, akkoord=True, actor=PIET, now=in_time).staat == Staat.AKKOORD


def test_what_was_withdrawn_in_between_is_not_decided() -> None:
    voorstel = make_voorstel()
    assert withdraw(voorstel=voorstel, actor=JOLANDA, now=NOW).besluiter == JOLANDA
    with pytest.raises(AlBesloten):
        decide(voorstel=voorstel, akkoord=True, actor=PIET, now=NOW)
    with pytest.raises(AlBesloten):
        withdraw(voorstel=voorstel, actor=JOLANDA, now=NOW)
    assert [line.gebeurtenis for line in Logregel.objects.order_by("id")] == ["proef_voorgesteld", "proef_ingetrokken"]


def test_the_same_act_is_proposed_once_and_again_after_it_closed() -> None:
    first = make_voorstel()
    assert make_voorstel(PIET) == first
    assert make_voorstel(PIET, "proef:2") != first
    decide(voorstel=first, akkoord=False, actor=PIET, now=NOW)
    assert make_voorstel() != first


def test_one_that_ran_out_makes_room_before_the_job_has_seen_it() -> None:
    first = make_voorstel()
    later = NOW + WEEK
    assert make_voorstel(now=later) != first
    first.refresh_from_db()
    assert first.staat == Staat.VERVALLEN


def test_the_job_lets_open_ones_lapse_and_forgets_old_ones(now: datetime) -> None:
    """R34: two years after the decision nothing is left but the log."""
    old = decide(voorstel=make_voorstel(), akkoord=True, actor=PIET, now=now)
    lapsed, waiting = make_voorstel(sleutel="proef:2"), make_voorstel(sleutel="proef:3", now=now + WEEK)
    run = clear_voorstellen(now=now + WEEK)
    assert run is not None
    assert run.tellingen == {"vervallen": 1, "verwijderd": 0}
    lapsed.refresh_from_db()
    assert (lapsed.staat, lapsed.besloten_op) == (Staat.VERVALLEN, now + WEEK)
    assert Voorstel.objects.open(now + WEEK).get() == waiting
    assert clear_voorstellen(now=now + WEEK) is None

    clear_voorstellen(now=now + timedelta(days=730))
    assert Voorstel.objects.filter(pk=old.pk).exists()
    clear_voorstellen(now=now + timedelta(days=731))
    assert not Voorstel.objects.filter(pk=old.pk).exists()
    assert Logregel.objects.filter(object_id=old.pk).count() == 2


def test_beat_runs_the_job(clock: Callable[[datetime], None]) -> None:
    make_voorstel()
    clock(NOW + WEEK)
    run_voorstellen()
    assert Voorstel.objects.get().staat == Staat.VERVALLEN
    assert Taakrun.objects.get().tellingen["vervallen"] == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_decide_at_once_one_does() -> None:
    voorstel = make_voorstel()
    works = [
        lambda number=number: decide(
            voorstel=voorstel, akkoord=number % 2 == 0, actor=Actor(ActorSoort.STAF, id=number), now=NOW
        )
        for number in range(10, 20)
    ]
    results = in_parallel(*works)
    assert sum(isinstance(result, Voorstel) for result in results) == 1
    assert sum(isinstance(result, AlBesloten) for result in results) == 9
    assert Logregel.objects.exclude(gebeurtenis="proef_voorgesteld").count() == 1


@pytest.mark.django_db(transaction=True)
def test_withdrawing_and_deciding_at_once_is_one_of_the_two() -> None:
    voorstel = make_voorstel()
    results = in_parallel(
        lambda: withdraw(voorstel=voorstel, actor=JOLANDA, now=NOW),
        lambda: decide(voorstel=voorstel, akkoord=True, actor=PIET, now=NOW),
    )
    assert sum(isinstance(result, AlBesloten) for result in results) == 1
    assert Logregel.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_proposing_the_same_at_once_gives_one_voorstel() -> None:
    results = in_parallel(
        *[lambda number=number: make_voorstel(Actor(ActorSoort.STAF, id=number)) for number in range(8)]
    )
    assert len({voorstel.pk for voorstel in results}) == 1
    assert Logregel.objects.count() == 1

"""R28: the preparation list of an organisatie, kept by its beheerders; and what R34 says of how long."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from planning.models import Token, Voorbereiding
from planning.rules.voorbereiding import PUNTEN
from planning.services.opruimen import TWEE_JAAR, forget_tokens
from planning.services.voorbereiding import Verouderd, change_voorbereiding
from planning.tasks import run_opruimen
from tests.factories import NOW, make_account, make_beheerder, make_organisatie, make_token
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Logregel, Taakrun
from verantwoording.rules import Actor, ActorSoort

ACTOR = Actor(ActorSoort.TAAK, naam="test")
LEEG = dict.fromkeys(PUNTEN, "")
URL = "overstap_voorbereiding"


@pytest.fixture
def beheerder(db: None) -> Account:
    return make_beheerder()


@pytest.fixture
def beheerder_client(clock: object, login: Callable[[Account], Client], beheerder: Account) -> Client:
    return login(beheerder)


def test_R28_what_is_filled_in_stands_on_the_page_and_its_points_in_the_log(
    beheerder_client: Client, beheerder: Account
) -> None:
    assert "0 van 7 punten klaar" in text_of(beheerder_client.get(reverse("overstap")))
    submit(beheerder_client, reverse(URL), "Opslaan", coordinator="Ans Vos", eherkenning="ja", niveau="nee")

    text = text_of(beheerder_client.get(reverse("overstap")))
    assert "2 van 7 punten klaar" in text
    assert "Wie coördineert de overstap? Ans Vos" in text
    assert "Hebben de middelen niveau EH3 en de machtiging voor Mijn DUO? nee" in text
    line = Logregel.objects.get(gebeurtenis="voorbereiding_gewijzigd")
    assert line.organisatie_id == beheerder.organisatie_id
    assert "Ans Vos" not in str(line.gegevens)


def test_saving_the_same_again_writes_nothing(beheerder_client: Client) -> None:
    for _ in range(2):
        submit(beheerder_client, reverse(URL), "Opslaan", levertijd="twee weken")
    assert Logregel.objects.filter(gebeurtenis="voorbereiding_gewijzigd").count() == 1


def test_D23_who_saves_second_sees_the_difference_and_may_save_after_that(
    beheerder_client: Client, beheerder: Account
) -> None:
    shown = beheerder_client.get(reverse(URL))
    assert beheerder.organisatie is not None
    change_voorbereiding(
        organisatie=beheerder.organisatie,
        versie=1,
        antwoorden=LEEG | {"coordinator": "Eerst"},
        actor=ACTOR,
        now=NOW,
    )
    second = submit(beheerder_client, shown, "Opslaan", coordinator="Daarna")
    assert "Nu opgeslagen: Eerst U vulde in: Daarna" in text_of(second)
    assert Voorbereiding.objects.get().coordinator == "Eerst"
    submit(beheerder_client, second, "Opslaan", coordinator="Daarna")
    assert Voorbereiding.objects.get().coordinator == "Daarna"


@pytest.mark.parametrize(
    "typed", [{"eherkenning": "misschien"}, {"coordinator": "x" * 121}, {"toegang": "x" * 1001}, {"versie": "x"}]
)
def test_odd_input_is_refused(beheerder_client: Client, beheerder: Account, typed: dict[str, str]) -> None:
    values = {"versie": "1", "_account": str(beheerder.pk)} | typed
    assert beheerder_client.post(reverse(URL), values).status_code == 200
    assert not Voorbereiding.objects.exists()


def test_each_organisatie_has_a_list_of_its_own(beheerder_client: Client) -> None:
    other = make_organisatie("Gemeente Zonderdam", "90004321")
    change_voorbereiding(
        organisatie=other, versie=1, antwoorden=LEEG | {"coordinator": "Van een ander"}, actor=ACTOR, now=NOW
    )
    assert "Van een ander" not in text_of(beheerder_client.get(reverse("overstap")))
    assert "Van een ander" not in beheerder_client.get(reverse(URL)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_a_first_list_at_once_one_is_too_late() -> None:
    organisatie = make_organisatie()

    def save(number: int) -> bool:
        outcome = change_voorbereiding(
            organisatie=organisatie,
            versie=1,
            antwoorden=LEEG | {"coordinator": f"Nummer {number}"},
            actor=ACTOR,
            now=NOW,
        )
        return isinstance(outcome, Verouderd)

    assert sorted(in_parallel(lambda: save(1), lambda: save(2))) == [False, True]
    assert Voorbereiding.objects.get().versie == 2


@pytest.mark.django_db
def test_R34_tokens_and_preparations_are_forgotten_after_two_years() -> None:
    since = NOW - TWEE_JAAR
    for moment in (since, since + timedelta(seconds=1)):
        organisatie = make_organisatie(f"School {moment}")
        make_token(make_account(organisatie), ingetrokken_op=moment, ingeleverd_op=moment)
        Voorbereiding.objects.create(organisatie=organisatie, gewijzigd_op=moment)
    make_token(make_account(), ingetrokken_op=since - TWEE_JAAR)

    run = forget_tokens(now=NOW)

    assert run is not None
    assert run.tellingen == {"tokens": 1, "voorbereidingen": 1}
    assert Token.objects.count() == 2
    assert Voorbereiding.objects.count() == 1
    assert forget_tokens(now=NOW) is None


@pytest.mark.django_db
def test_R34_beat_starts_the_same() -> None:
    run_opruimen()
    assert Taakrun.objects.filter(naam="planning_opruimen").count() == 1

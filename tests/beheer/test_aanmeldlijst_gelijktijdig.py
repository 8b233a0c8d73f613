"""The job of a large file, killed in the middle and at work twice (D16)."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from autorisatie.models import Autorisatie
from beheer.imports import read_tabel
from beheer.models import Aanmeldlijst
from beheer.rules.aanmeldlijst import BEWAARD
from beheer.services.aanmeldlijsten import (
    CHUNK,
    confirm_aanmeldlijst,
    forget_aanmeldlijsten,
    register_aanmeldlijst,
    store_aanmeldlijst,
)
from tests.beheer.bestanden import make_csv
from tests.factories import make_rol
from tests.formulier import text_of
from tests.parallel import in_parallel
from tests.processen import kill, start_process, terminate_waiting_backends, wait_for, waiting_backends
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db(transaction=True)]
MANY = CHUNK + 200
JOB = (
    "import django; django.setup(); from django.utils import timezone;"
    "from beheer.services.aanmeldlijsten import register_aanmeldlijst;"
    "register_aanmeldlijst(lijst_id={}, now=timezone.now())"
)
# Waits in the middle of the second chunk until the test lets go of a lock.
WAIT = """
CREATE FUNCTION wacht() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock(18); RETURN NEW; END $$;
CREATE TRIGGER wacht BEFORE UPDATE ON beheer_aanmeldrij FOR EACH ROW WHEN (OLD.nummer = %s) EXECUTE FUNCTION wacht()
"""


@pytest.fixture
def lijst(beheerder: Account) -> Aanmeldlijst:
    """A list that was confirmed, and of which no row was carried out."""
    return confirm(store(beheerder), beheerder)


def store(beheerder: Account) -> Aanmeldlijst:
    make_rol("ROD raadpleger")
    rows = [["V", "", f"A{n}", f"a{n}@b.example", "", "", "", "ROD raadpleger: 21AZ"] for n in range(MANY)]
    return store_aanmeldlijst(beheerder=beheerder, tabel=read_tabel(make_csv(*rows)), now=timezone.now())


def confirm(lijst: Aanmeldlijst, beheerder: Account) -> Aanmeldlijst:
    actor = Actor(ActorSoort.ACCOUNT, id=beheerder.pk, namens=beheerder.organisatie_id)
    return confirm_aanmeldlijst(lijst=lijst, alleen_goede=False, actor=actor, beheerder=beheerder, now=timezone.now())


@pytest.fixture
def locked(lijst: Aanmeldlijst) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [CHUNK + 100])
        cursor.execute("SELECT pg_advisory_lock(18)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
        cursor.execute("DROP FUNCTION IF EXISTS wacht CASCADE")


def assert_each_was_registered_once(lijst: Aanmeldlijst) -> None:
    lijst.refresh_from_db()
    assert lijst.status == Aanmeldlijst.Status.KLAAR
    ids = set(lijst.rijen.values_list("account_id", flat=True))
    made = set(Account.objects.filter(email__endswith="@b.example").values_list("pk", flat=True))
    assert len(made) == MANY
    assert made == ids
    assert Autorisatie.objects.filter(account__in=made, tot=None).count() == MANY
    assert Bericht.objects.filter(soort="aanmelding").count() == MANY
    assert Logregel.objects.filter(gebeurtenis="account_aangemeld").count() == MANY


def test_killed_in_the_middle_nothing_is_half_done_and_the_next_run_finishes(
    lijst: Aanmeldlijst, locked: None, beheerder: Account, login: Callable[[Account], Client]
) -> None:
    """How far it is can be read while it is at work, also by who left the page and comes back to it."""
    job = start_process("-c", JOB.format(lijst.pk))
    wait_for(waiting_backends, 120)
    page = login(beheerder).get(f"/beheer/gebruikers/bestand/{lijst.pk}/")
    assert f"{CHUNK} van de {MANY} rijen zijn verwerkt" in text_of(page)
    assert "(wordt verwerkt)" in text_of(login(beheerder).get("/beheer/gebruikers/bestand/"))
    kill(job)
    terminate_waiting_backends()
    assert lijst.rijen.exclude(uitkomst="").count() == CHUNK
    assert Account.objects.filter(email__endswith="@b.example").count() == CHUNK
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    register_aanmeldlijst(lijst_id=lijst.pk, now=timezone.now())
    assert_each_was_registered_once(lijst)


def test_at_work_twice_at_once_each_person_is_registered_once(lijst: Aanmeldlijst) -> None:
    in_parallel(*[lambda: register_aanmeldlijst(lijst_id=lijst.pk, now=timezone.now())] * 2)
    register_aanmeldlijst(lijst_id=lijst.pk, now=timezone.now())
    assert_each_was_registered_once(lijst)


def test_the_clean_up_leaves_a_list_that_is_being_confirmed_at_that_moment(beheerder: Account) -> None:
    """D23: nor does it wait for it."""
    lijst = store(beheerder)
    confirmed, cleaned = threading.Event(), threading.Event()

    def confirm_slowly() -> None:
        with transaction.atomic():
            confirm(lijst, beheerder)
            confirmed.set()
            assert cleaned.wait(timeout=5)

    def clean_up() -> None:
        confirmed.wait(timeout=5)
        forget_aanmeldlijsten(now=timezone.now() + BEWAARD)
        cleaned.set()

    in_parallel(confirm_slowly, clean_up)
    lijst.refresh_from_db()
    assert lijst.status == Aanmeldlijst.Status.BEZIG
    assert lijst.rijen.count() == MANY

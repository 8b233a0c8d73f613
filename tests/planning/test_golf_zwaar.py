"""R27, D16, D17: a wave from announcement to deadline, 5,000 organisaties; the job is killed, late and repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Account, Beheerderschap, Contactpersoon, Organisatie, Soort
from planning.models import Overstap, Token, Uitzondering
from planning.rules import midnight
from planning.rules.golf import Aannames
from planning.rules.overstap import Dagen
from planning.rules.token import token_portalen
from planning.services.golf import simulate_golf
from planning.services.mails import load_sjablonen, send_herinneringen
from planning.services.overgangen import read_overgangen
from planning.services.overstappen import move_due_overstappen, set_dagen
from tests.factories import NOW, make_beheerder, make_contactpersoon, make_organisatie, make_overstap, make_token
from tests.processen import kill, start_process, terminate_waiting_backends, wait_for, waiting_backends
from verantwoording.models import Bericht, Taakrun
from verantwoording.rules import Actor, ActorSoort

ORGANISATIES = 5_000
EXCUSED = 250  # with an exception that lasts longer
STILL = ORGANISATIES - EXCUSED
TODAY = date(2026, 3, 2)
DAGEN = Dagen(TODAY + timedelta(days=1), TODAY + timedelta(days=10), TODAY + timedelta(days=100))
STAF = Actor(ActorSoort.STAF, id=1, reden="Golf")
STAPPEN = {
    "aankondiging": 3 * ORGANISATIES,
    "open": ORGANISATIES,
    "herinnering_60": STILL,
    "herinnering_30": STILL,
    "laatste_week": 2 * STILL,
    "klaar": 3 * STILL,
}


def multiply(beheerder: Account) -> None:
    """Copy an organisatie with its beheerder, who still has a token, until there are ORGANISATIES of them."""
    organisatie = beheerder.organisatie
    assert organisatie is not None
    copies: list[tuple[object, dict[str, str]]] = [
        (organisatie, {"code": "'C' || n", "bevoegd_gezag_email": "'gezag' || n || '@x.example'"}),
        (
            beheerder,
            {
                "organisatie_id": f"{organisatie.pk} + n",
                "gebruikersnaam": "'MDZ' || translate(lpad(to_hex(n), 7, '0'), '0123456789abcdef', 'ABCDEFGHJKMNPQRS')",
                "email": "'beheerder' || n || '@x.example'",
            },
        ),
        (Beheerderschap.objects.get(account=beheerder), {"account_id": f"{beheerder.pk} + n"}),
        (Token.objects.get(account=beheerder), {"account_id": f"{beheerder.pk} + n", "serienummer": "'Z' || n"}),
        (
            Contactpersoon.objects.get(organisatie=organisatie),
            {"organisatie_id": f"{organisatie.pk} + n", "email": "'contact' || n || '@x.example'"},
        ),
    ]
    with connection.cursor() as cursor:
        for row, changed in copies:
            meta = row._meta  # type: ignore[attr-defined]  # rows of models
            changed["id"] = f"{row.pk} + n"  # type: ignore[attr-defined]
            columns = [field.column for field in meta.concrete_fields]
            values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
            names = ", ".join(f'"{column}"' for column in columns)
            cursor.execute(
                f"INSERT INTO {meta.db_table} ({names}) SELECT {values}"  # noqa: S608  # names of our own models
                f" FROM {meta.db_table}, generate_series(1, {ORGANISATIES - 1}) n WHERE id = {row.pk}"  # type: ignore[attr-defined]
            )
        cursor.execute(
            "INSERT INTO accounts_organisatie_soorten (organisatie_id, soort_id) SELECT o.id, s.id"
            " FROM accounts_organisatie o, accounts_soort s ON CONFLICT DO NOTHING"
        )
        cursor.execute("ANALYZE")


@pytest.fixture
def overstap(transactional_db: None) -> Overstap:
    load_sjablonen()
    organisatie = make_organisatie(bevoegd_gezag_email="gezag0@x.example")
    beheerder = make_beheerder(organisatie)
    make_token(beheerder)
    make_contactpersoon(organisatie, email="contact0@x.example")
    multiply(beheerder)
    assert Organisatie.objects.filter(soorten=Soort.objects.get()).count() == ORGANISATIES
    row = make_overstap()
    tot = TODAY + timedelta(days=160)
    Uitzondering.objects.bulk_create(
        Uitzondering(organisatie=one, portaal=row.portaal, tot=tot, reden="Fusie", gemaakt_op=NOW)
        for one in Organisatie.objects.order_by("pk")[:EXCUSED]
    )
    return set_dagen(overstap=row, dagen=DAGEN, actor=STAF, now=NOW)


JOB = """
import django; django.setup()
from datetime import datetime
from planning.services.{module} import {job}
{job}(now=datetime.fromisoformat("{now}"))
"""


@contextmanager
def mail_table_held() -> Iterator[None]:
    """Nobody else can write a mail, so that a job stands still in the middle of its work."""
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE verantwoording_bericht IN SHARE ROW EXCLUSIVE MODE")
        yield


def _somebody_waits() -> list[int]:
    """Looked at anew: within a transaction PostgreSQL would show what it showed before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
    return waiting_backends()


def kill_in_the_middle(module: str, job: str, now: datetime) -> None:
    """Start the job in a process of its own, and kill it while it writes mails."""
    with mail_table_held():
        process = start_process("-c", JOB.format(module=module, job=job, now=now.isoformat()))
        wait_for(_somebody_waits, seconds=90)
        kill(process)
        terminate_waiting_backends()


def with_a_token(now: datetime) -> set[int]:
    """The organisaties whose people their tokens let in, by the rule that logging in asks."""
    every = list(Organisatie.objects.values_list("pk", flat=True))
    return {pk for pk, facts in read_overgangen(organisaties=every, now=now).items() if token_portalen(facts, now)}


@pytest.mark.zwaar
def test_r27_every_person_is_told_once_a_step_though_the_job_is_killed_late_and_repeated(overstap: Overstap) -> None:
    einde = DAGEN.einde_token
    assert einde is not None
    said = simulate_golf(overstap=overstap, datum=einde, per_dag=250, aannames=Aannames(), now=NOW)
    announced = NOW + timedelta(days=1)
    kill_in_the_middle("overstappen", "move_due_overstappen", announced)
    assert not Bericht.objects.exists()
    overstap.refresh_from_db()
    assert overstap.stand == "gepland"  # neither moved nor half mailed
    for minutes in (20, 21, 80):  # three runs: the first takes the dead one over
        move_due_overstappen(now=announced + timedelta(minutes=minutes))
    late = NOW + timedelta(days=12)  # two days after the day that was set
    assert move_due_overstappen(now=late) is not None
    for before in (60, 30):
        for hours in (0, 1, 2):
            send_herinneringen(now=NOW + timedelta(days=100 - before, hours=hours))
    week = NOW + timedelta(days=93)
    kill_in_the_middle("mails", "send_herinneringen", week)
    for minutes in (20, 90):
        send_herinneringen(now=week + timedelta(minutes=minutes))
    had_one = with_a_token(midnight(einde) - timedelta(minutes=1))
    for hours in (0, 1, 2):
        move_due_overstappen(now=NOW + timedelta(days=100, hours=hours))

    locked_out = had_one - with_a_token(NOW + timedelta(days=100))
    assert locked_out == {one.id for one in said.organisaties if one.buitengesloten}
    assert said.buitengesloten == len(locked_out) == STILL  # one person at each
    overstap.refresh_from_db()
    assert overstap.stand == "klaar"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gegevens->>'stap', count(*), count(DISTINCT coalesce("
            "    'a' || account_id, 'c' || (gegevens->>'contact'), 'o' || organisatie_id))"
            " FROM verantwoording_bericht GROUP BY 1"
        )
        counted = {stap: (mails, people) for stap, mails, people in cursor.fetchall()}
    assert counted == {stap: (number, number) for stap, number in STAPPEN.items()}
    assert not Taakrun.objects.exclude(status__in=["klaar", "mislukt"]).exists()

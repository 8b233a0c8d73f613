"""Who has not logged in for eighteen months is warned twice and then loses the koppeling (R18, D15)."""

import logging
import socket
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Account
from autorisatie.models import Autorisatie
from koppeling.models import Koppeling
from koppeling.rules import Reden
from koppeling.services.inactiviteit import unlink_inactive_koppelingen
from koppeling.services.inloggen import record_login
from tests.factories import NOW, grant, link, make_account, make_organisatie, make_rol
from tests.koppeling.veel import multiply
from tests.verantwoording.conftest import use_smtp
from verantwoording.haken import logzinnen
from verantwoording.models import Bericht, Logregel, Taakrun
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
WEEK = timedelta(days=7)


def silent(lapses: date = TODAY, *, warned: datetime | None = NOW - WEEK, account: Account | None = None) -> Koppeling:
    """A koppeling that lapses on a day, and when its last warning left."""
    return link(account or make_account(), used=NOW - timedelta(days=540), vervalt_op=lapses, gewaarschuwd_7_op=warned)


def run(now: datetime = NOW, *, proef: bool = False) -> dict[str, int]:
    """The counts of a run that is known to have work."""
    taakrun = unlink_inactive_koppelingen(now=now, proef=proef)
    assert taakrun is not None
    assert taakrun.status == Taakrun.Status.KLAAR
    counts: dict[str, int] = taakrun.tellingen
    return {name: count for name, count in counts.items() if count}


def is_live(koppeling: Koppeling) -> bool:
    return Koppeling.objects.live().filter(pk=koppeling.pk).exists()


def test_on_the_day_the_koppeling_ends_with_a_line_in_the_log_and_a_mail() -> None:
    koppeling = silent()

    assert run() == {"ontkoppeld": 1}

    koppeling.refresh_from_db()
    assert (koppeling.beeindigd_op, koppeling.reden) == (NOW, Reden.INACTIEF)
    line = Logregel.objects.get()
    assert (line.op, line.gebeurtenis, line.gegevens) == (NOW, "ontkoppeld", {"reden": "inactief"})
    assert (line.actor_soort, line.actor_naam) == (ActorSoort.TAAK, "inactiviteit")
    assert (line.account_id, line.organisatie_id) == (koppeling.account_id, koppeling.organisatie_id)
    assert (line.object_soort, line.object_id) == ("koppeling", koppeling.pk)
    assert "inactief" in logzinnen[line.gebeurtenis](line.gegevens)
    mail = Bericht.objects.get()
    assert (mail.soort, mail.sleutel) == ("ontkoppeld", f"ontkoppeld:{koppeling.pk}")
    assert (mail.account_id, mail.object_id, mail.status) == (koppeling.account_id, koppeling.pk, "wacht")


def test_only_the_koppeling_ends() -> None:
    account = make_account()
    grant(account, make_rol())
    before = Account.objects.filter(pk=account.pk).values().get(), list(Autorisatie.objects.values())
    silent(account=account)

    run()

    assert (Account.objects.filter(pk=account.pk).values().get(), list(Autorisatie.objects.values())) == before


def test_the_day_before_it_stays() -> None:
    koppeling = silent(TODAY + timedelta(days=1))
    assert run() == {}
    assert is_live(koppeling)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [(datetime(2026, 3, 1, 22, 59, tzinfo=UTC), False), (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), True)],
)
def test_the_day_begins_at_midnight_in_amsterdam(moment: datetime, *, ends: bool) -> None:
    koppeling = silent(TODAY, warned=moment - WEEK)
    run(moment)
    assert is_live(koppeling) is not ends


def test_nobody_lapses_before_the_warning_is_seven_days_old() -> None:
    koppeling = silent(TODAY, warned=NOW - WEEK + timedelta(seconds=1))
    assert run() == {}
    assert is_live(koppeling)
    assert run(NOW + timedelta(hours=1)) == {"ontkoppeld": 1}


@pytest.mark.parametrize(
    ("days", "counts"),
    [
        (31, {}),
        (30, {"gewaarschuwd_30": 1}),
        (8, {"gewaarschuwd_30": 1}),
        (7, {"gewaarschuwd_7": 1}),
        (0, {"gewaarschuwd_7": 1}),
        (-90, {"gewaarschuwd_7": 1}),
    ],
)
def test_warnings_go_out_thirty_and_seven_days_before_and_once(days: int, counts: dict[str, int]) -> None:
    koppeling = silent(TODAY + timedelta(days=days), warned=None)

    assert run() == counts
    assert run(NOW + timedelta(hours=1)) == {}

    koppeling.refresh_from_db()
    assert is_live(koppeling)
    number = "30" if "gewaarschuwd_30" in counts else "7"
    expected = [(f"verval_{number}", f"verval-{number}:{koppeling.pk}:{koppeling.vervalt_op}")] if counts else []
    assert list(Bericht.objects.values_list("soort", "sleutel")) == expected
    assert koppeling.gewaarschuwd_30_op == (NOW if number == "30" else None)
    assert koppeling.gewaarschuwd_7_op == (NOW if number == "7" and counts else None)


def by_day(days: int) -> dict[int, dict[str, int]]:
    """What happens on which day, when the job runs and the mail goes twice a day."""
    done: dict[int, dict[str, int]] = {}
    for day in range(days):
        for hour in range(2):
            moment = NOW + timedelta(days=day, hours=hour)
            if counts := run(moment):
                done[day] = counts
            sweep_berichten(now=moment)
    return done


def test_from_the_first_warning_to_the_end_day_by_day(mailoutbox: list[EmailMessage]) -> None:
    """Both warnings, and the end on the day that they named."""
    silent(TODAY + timedelta(days=30), warned=None)

    assert by_day(33) == {0: {"gewaarschuwd_30": 1}, 23: {"gewaarschuwd_7": 1}, 30: {"ontkoppeld": 1}}
    assert ["1 april 2026" in mail.subject for mail in mailoutbox] == [True, True, False]


def test_after_an_outage_the_lapse_shifts(mailoutbox: list[EmailMessage]) -> None:
    """The job stood still for forty days: the warning comes late, and so does the end (D15)."""
    silent(TODAY - timedelta(days=40), warned=None)

    assert by_day(10) == {0: {"gewaarschuwd_7": 1}, 7: {"ontkoppeld": 1}}
    assert "9 maart 2026" in mailoutbox[0].subject


def test_a_warning_that_never_left_has_warned_nobody() -> None:
    """The mail stood still: its row still waits after seven days, so the koppeling stays."""
    koppeling = silent(TODAY, warned=None)
    run()
    assert run(NOW + 2 * WEEK) == {}
    assert is_live(koppeling)

    Bericht.objects.update(status=Bericht.Status.GEWEIGERD)
    assert run(NOW + 2 * WEEK + timedelta(hours=1)) == {"ontkoppeld": 1}


def test_a_login_keeps_the_koppeling_until_the_job_ran() -> None:
    koppeling = silent()
    assert record_login(koppeling=koppeling, inlog={}, actor=Actor(ActorSoort.BEZOEKER), now=NOW)

    assert run() == {}

    koppeling.refresh_from_db()
    assert is_live(koppeling)
    assert (koppeling.vervalt_op, koppeling.gewaarschuwd_7_op) == (date(2027, 9, 2), None)


def test_an_account_that_was_linked_again_yesterday_is_not_unlinked() -> None:
    account = make_account()
    ended = silent(account=account)
    Koppeling.objects.filter(pk=ended.pk).update(beeindigd_op=NOW - timedelta(days=1), reden=Reden.INACTIEF)
    again = link(account, used=NOW - timedelta(days=1))

    assert run() == {}
    assert is_live(again)


def test_an_account_that_was_ended_is_left_alone() -> None:
    silent(account=make_account(beeindigd_op=NOW))
    silent(warned=None, account=make_account(beeindigd_op=NOW))
    assert run() == {}
    assert Bericht.objects.count() == 0


def test_one_row_that_cannot_be_written_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    organisatie = make_organisatie()
    koppelingen = [silent(account=make_account(organisatie)) for _ in range(25)]
    bad = koppelingen[13]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION weiger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'ABCDE-FGHJK'; END $$;"
            " CREATE TRIGGER weiger BEFORE UPDATE ON koppeling_koppeling FOR EACH ROW WHEN (OLD.id = %s)"
            " EXECUTE FUNCTION weiger()",
            [bad.pk],
        )

    assert run() == {"ontkoppeld": 24, "mislukt": 1}

    assert list(Koppeling.objects.live()) == [bad]
    assert Logregel.objects.count() == Bericht.objects.count() == 24
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"koppeling {bad.pk} failed" in record.getMessage()
    assert "ABCDE" not in record.getMessage()


def test_the_number_of_statements_does_not_grow_with_the_number_of_rows(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    multiply(silent(), 2_499)
    with django_assert_max_num_queries(35):
        assert run() == {"ontkoppeld": 2_500}
    assert Logregel.objects.count() == Bericht.objects.values("sleutel").distinct().count() == 2_500


class TestADryRun:
    """D16: it writes nothing but its own row, opens no SMTP connection, and tells what a real run would do."""

    @pytest.fixture(autouse=True)
    def everything(self) -> None:
        """Rows on both sides of every boundary, and those that are to be left alone."""
        organisatie = make_organisatie()
        for days in range(-3, 34):
            for warned in (None, NOW - WEEK, NOW - WEEK + timedelta(seconds=1)):
                silent(TODAY + timedelta(days=days), warned=warned, account=make_account(organisatie))
        silent(account=make_account(organisatie, beeindigd_op=NOW))
        waiting = silent(account=make_account(organisatie))
        Bericht.objects.create(
            soort="verval_7", sleutel="wacht", object_id=waiting.pk, gemaakt_op=NOW - WEEK, niet_voor=NOW - WEEK
        )

    def test_tells_the_same_counts_as_a_real_run(self) -> None:
        dry = run(proef=True)
        assert dry == run() == {"gewaarschuwd_30": 69, "gewaarschuwd_7": 11, "ontkoppeld": 4}

    def test_writes_nothing_but_its_own_row(self) -> None:
        Taakrun.objects.create(naam="inactiviteit", venster="vroeger", begonnen_op=NOW - WEEK, hartslag_op=NOW - WEEK)
        before = contents()
        run(proef=True)
        after = contents()

        assert {table for table in after if after[table] != before[table]} == {
            "verantwoording_taakrun",
            "verantwoording_taakrun_id_seq",
        }
        assert list(Taakrun.objects.order_by("id").values_list("proef", "status")) == [
            (False, "bezig"),
            (True, "klaar"),
        ]

    def test_opens_no_smtp_connection(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            use_smtp(settings, server.getsockname()[1])
            run(proef=True)
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()

    def test_by_hand_prints_what_it_would_do(self) -> None:
        printed = StringIO()
        call_command("inactiviteit", "--proef", stdout=printed)
        dry = Taakrun.objects.get(proef=True)
        assert printed.getvalue().splitlines() == [
            "Proef: er is niets veranderd. Dit zou er gebeuren:",
            *[f"  {name}: {dry.tellingen[name]}" for name in ("gewaarschuwd_30", "gewaarschuwd_7", "ontkoppeld")],
        ]
        assert Koppeling.objects.filter(beeindigd_op__isnull=False).count() == 0


def contents() -> dict[str, str]:
    """A fingerprint of every table and sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relkind FROM pg_class"
            " WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace"
        )
        prints = {}
        for name, kind in cursor.fetchall():
            row = "t::text" if kind == "r" else "last_value::text"
            cursor.execute(f'SELECT md5(string_agg({row}, chr(10) ORDER BY {row})) FROM "{name}" t')  # noqa: S608  # names of the catalogue
            prints[name] = str(cursor.fetchone()[0])
    return prints


def test_a_second_run_in_the_same_hour_has_nothing_to_do() -> None:
    run()
    silent()
    assert unlink_inactive_koppelingen(now=NOW + timedelta(minutes=30)) is None
    printed = StringIO()
    call_command("inactiviteit", stdout=printed)
    assert "Dit is er gebeurd:" in printed.getvalue()
    call_command("inactiviteit", stdout=printed)
    assert "Dit uur is al gedaan" in printed.getvalue()

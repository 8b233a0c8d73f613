"""R26: the golfsimulator says who is ready, who would be locked out and what it asks a day, and changes nothing."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Organisatie, Soort
from accounts.services.blokkades import block_account
from koppeling.models import Teller
from koppeling.rules import MAX_POGINGEN
from planning.models import Overstap, Planningsregel
from planning.rules import midnight
from planning.rules.golf import UITLEG, Aannames, Organisatiefeit, expect
from planning.rules.overstap import Zet
from planning.services.golf import Simulatie, simulate_golf
from planning.services.mails import load_sjablonen
from planning.services.overstappen import grant_uitzondering, move_due_overstappen, move_overstap
from planning.services.tokens import hand_in_token
from tests.factories import (
    NOW,
    WACHTWOORD,
    link,
    make_account,
    make_beheerder,
    make_organisatie,
    make_overstap,
    make_sector,
    make_token,
)
from tests.planning.inlog import code_of, is_in, log_in
from verantwoording.rules import Actor, ActorSoort

STAF = Actor(ActorSoort.STAF, id=1, reden="Golf")
EINDE = date(2026, 3, 2) + timedelta(days=40)


def fact(number: int, nog_over: int, **kwargs: Any) -> Organisatiefeit:
    return Organisatiefeit(
        number,
        f"School {number}",
        f"{number:05}",
        **{"beheerders": 1, "beheerder_met_middel": True} | kwargs,
        nog_over=nog_over,
    )


class TestRules:
    AANNAMES = Aannames(100, 40, 30, 10, 50)

    def test_every_code_is_asked_once_and_who_is_locked_out_calls(self) -> None:
        days = expect([fact(1, 10), fact(2, 20), fact(3, 0)], per_dag=2, duur=40, aannames=self.AANNAMES)
        assert sum(day.codes for day in days) == pytest.approx(30)
        assert [(day.organisaties, day.mensen, day.codes) for day in days[:2]] == [(2, 30, 12.0), (1, 0, 1.5)]
        assert days[0].vragen == pytest.approx(1.2)
        assert days[-1].vragen == pytest.approx(15)
        assert sum(day.organisaties for day in days) == 3

    def test_what_does_not_fit_before_the_end_is_asked_on_the_last_day(self) -> None:
        days = expect([fact(1, 10)], per_dag=1, duur=3, aannames=self.AANNAMES)
        assert [day.codes for day in days] == pytest.approx([4, 0.5, 5.5, 0])

    def test_no_organisaties_ask_nothing(self) -> None:
        assert all(day.codes == day.vragen == 0 for day in expect([], per_dag=1, duur=5, aannames=Aannames()))

    def test_go_and_no_go_with_reasons(self) -> None:
        assert fact(1, 0).go
        assert fact(1, 3).redenen == ("Nog niet overgestapt: 3.",)
        assert fact(1, 3, blijft=True).go
        assert fact(1, 3, blijft=True).buitengesloten == 0
        assert (fact(1, 3, werkt=False).go, fact(1, 3, werkt=False).buitengesloten) == (True, 0)
        assert fact(1, 3, geblokkeerd=2).redenen == ("Nog niet overgestapt: 1.",)
        assert (fact(1, 3, geblokkeerd=3).go, fact(1, 3, geblokkeerd=3).klaar) == (True, False)
        assert "geen beheerder die" in fact(1, 3, beheerders=0).redenen[0]
        assert "Geen beheerder kan" in fact(1, 3, beheerder_met_middel=False).redenen[0]


def hold_token(organisatie: Organisatie, count: int = 1) -> None:
    for _ in range(count):
        make_token(make_account(organisatie))


@pytest.fixture
def overstap(db: None) -> Overstap:
    """Open; one organisatie ready, one behind, one excused, one of two soorten, one whose beheerder has no middel."""
    load_sjablonen()
    overstap = make_overstap(einde_token=EINDE)
    for zet in (Zet.AANKONDIGEN, Zet.OPENEN):
        overstap = move_overstap(overstap=overstap, zet=zet, actor=STAF, now=NOW)
    ready, behind, excused, blocked = (make_organisatie(naam) for naam in ("Klaar", "Achter", "Later", "Zonder"))
    link(make_beheerder(ready))
    link(make_beheerder(behind))
    hold_token(behind, 3)
    make_beheerder(blocked)
    hold_token(blocked, 2)
    hold_token(excused, 4)
    grant_uitzondering(
        organisatie=excused, portaal=overstap.portaal, tot=EINDE + timedelta(days=9), actor=STAF, now=NOW
    )
    return overstap


def simulate(overstap: Overstap, **kwargs: Any) -> Simulatie:
    values: dict[str, Any] = {"datum": EINDE, "per_dag": 2, "aannames": Aannames(), "now": NOW} | kwargs
    return simulate_golf(overstap=overstap, **values)


def test_it_says_who_is_ready_and_who_would_be_locked_out(
    overstap: Overstap, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(7):
        simulatie = simulate(overstap)
    assert (simulatie.klaar, simulatie.buitengesloten) == (1, 5)
    assert [(one.naam, one.nog_over) for one in simulatie.no_go] == [("Achter", 3), ("Zonder", 2)]
    assert simulate(overstap, datum=EINDE + timedelta(days=9)).buitengesloten == 9


def let_in(accounts: list[Account], moment: datetime, clock: Callable[[datetime], None]) -> set[int]:
    """Whom the login of tokens lets in at this moment: each tries it in a browser of his own, with the right words."""
    clock(moment)
    code = code_of(moment)
    return {one.pk for one in accounts if is_in(log_in(Client(), one.gebruikersnaam, code=code))}


def test_what_is_simulated_comes_true(
    overstap: Overstap, clock: Callable[[datetime], None], settings: Settings
) -> None:
    """Everybody of the wave really logs in: who may before the end and may not from it on is who was named."""
    ready = Organisatie.objects.get(naam="Klaar")
    moved, handed_in, ended = (make_token(make_account(ready)) for _ in range(3))
    link(moved.account)
    hand_in_token(token=handed_in, actor=STAF, now=NOW)
    kept_out, mistaken = Account.objects.filter(organisatie__naam="Achter").exclude(token=None)[:2]
    block_account(account=kept_out, actor=STAF, now=NOW)  # by the beheerder: the day takes nothing from him
    for _ in range(MAX_POGINGEN):  # after a quarter of an hour he gets in again, and the day takes that from him
        log_in(Client(), mistaken.gebruikersnaam, "fout")
    Account.objects.filter(pk=ended.account_id).update(beeindigd_op=NOW)
    short = make_organisatie("Even later")
    hold_token(short)
    grant_uitzondering(organisatie=short, portaal=overstap.portaal, tot=EINDE - timedelta(days=2), actor=STAF, now=NOW)
    end, later = (midnight(day) for day in (EINDE, EINDE + timedelta(days=9)))  # the second: of an exception
    said = {day: simulate(overstap, datum=timezone.localdate(day)) for day in (end, later)}
    Teller.objects.update(geblokkeerd_tot=NOW - timedelta(days=1))  # that quarter is long over by then
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # so many logins
    Account.objects.exclude(token=None).exclude(token=handed_in).update(password=make_password(WACHTWOORD))
    holders = list(Account.objects.filter(token__isnull=False).select_related("organisatie"))

    def locked_out(before: set[int], after: set[int]) -> Counter[int | None]:
        return Counter(one.organisatie_id for one in holders if one.pk in before - after)

    day_before = let_in(holders, end - timedelta(minutes=1), clock)
    move_due_overstappen(now=end)
    on_the_day = let_in(holders, end, clock)
    assert locked_out(day_before, on_the_day) == {one.id: one.buitengesloten for one in said[end].no_go}
    assert sum(locked_out(day_before, on_the_day).values()) == said[end].buitengesloten == 5
    assert {one.organisatie_id for one in holders if one.pk in on_the_day} == {
        one.id for one in said[end].organisaties if one.nog_over and one.blijft
    }
    left = [one for one in holders if one.pk in on_the_day]
    assert let_in(left, later - timedelta(minutes=1), clock) == on_the_day
    assert let_in(left, later, clock) == set()
    assert locked_out(day_before, set()) == {one.id: one.buitengesloten for one in said[later].no_go}


def test_R26_a_row_without_general_end_keeps_the_tokens_of_its_organisaties(overstap: Overstap) -> None:
    """Row 23: of two soorten the one that ends by an act alone keeps the tokens (D3), also after the general end."""
    behind = Organisatie.objects.get(naam="Achter")
    other = Soort.objects.create(sleutel="gastouderbureaus", naam="Gastouderbureaus", sector=make_sector())
    behind.soorten.add(other)
    row = Planningsregel.objects.create(nummer=23, soort=other, portaal="x", algemeen_einde=False, gewijzigd_op=NOW)
    row.portalen.add(overstap.portaal)
    assert [one.naam for one in simulate(overstap).no_go] == ["Zonder"]
    row.algemeen_einde = True
    row.save()
    assert [one.naam for one in simulate(overstap).no_go] == ["Achter", "Zonder"]


def test_who_cannot_log_in_now_loses_nothing_on_the_day(overstap: Overstap) -> None:
    """The overstap is done: only the exception still lets people in until a day that comes."""
    move_overstap(overstap=overstap, zet=Zet.AFRONDEN, actor=STAF, now=NOW)
    assert simulate(overstap).no_go == []
    later = simulate(overstap, datum=EINDE + timedelta(days=9))
    assert [(one.naam, one.buitengesloten) for one in later.no_go] == [("Later", 4)]
    without_day = make_overstap("vo-besturen")
    school = make_organisatie("Zonder dag")
    school.soorten.set([without_day.soort])
    hold_token(school)
    assert simulate(without_day).buitengesloten == 0


def counts() -> dict[str, int]:
    """Rows of every table, sessions and their like left out."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if not name.startswith("django_")]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t")  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
class TestAdmin:
    @pytest.fixture(autouse=True)
    def _stopped(self, clock: Callable[[datetime], None]) -> None:
        """The clock stands still."""

    def ask(self, client: Client, overstap: Overstap, **changed: str) -> Any:
        asked = {"datum": f"{EINDE:%Y-%m-%d}", "per_dag": "2"}
        asked |= {"codes_per_honderd": "100", "eerste_dag": "40", "eerste_week": "30"}
        asked |= {"vragen_per_honderd_codes": "10", "vragen_per_honderd_buitengesloten": "50"} | changed
        return client.get(reverse("admin:planning_overstap_golf", args=[overstap.pk]), asked)

    def test_nothing_is_changed_by_simulating(self, staf_client: Client, overstap: Overstap) -> None:
        before = counts()
        page = self.ask(staf_client, overstap).content.decode()
        self.ask(staf_client, overstap, csv="1").getvalue()
        assert counts() == before
        for sentence in ("<strong>5</strong>", "Achter", "Geen beheerder kan nog inloggen", *UITLEG.values()):
            assert sentence in page

    def test_the_list_is_a_csv_without_formulas(self, staf_client: Client, overstap: Overstap) -> None:
        Organisatie.objects.filter(naam="Achter").update(naam='=HYPERLINK("http://kwaad.example")')
        text = self.ask(staf_client, overstap, csv="1").getvalue().decode("utf-8-sig")
        rows = list(csv.reader(StringIO(text), delimiter=";"))
        assert len(rows) == 5
        assert not [cell for row in rows for cell in row if cell.startswith("=")]
        assert ["no-go" in row for row in rows[1:]].count(True) == 2

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"datum": "2026-03-02"}, "Kies een dag die nog komt"),
            ({"datum": "9999-12-31"}, "hoogstens twee jaar"),
            ({"datum": "onzin"}, "geldige datum"),
            ({"datum": "2026-03-12"}, "Kies een dag na 12 maart 2026: dan opent de overstap."),
            ({"per_dag": "0"}, "minstens 1 is"),
            ({"eerste_dag": "80"}, "meer dan 100%"),
            ({"codes_per_honderd": ""}, "verplicht"),
        ],
    )
    def test_what_cannot_be_reckoned_is_said(
        self, staf_client: Client, overstap: Overstap, changed: dict[str, str], sentence: str
    ) -> None:
        Overstap.objects.update(openen_op=date(2026, 3, 12))
        response = self.ask(staf_client, overstap, **changed)
        assert response.status_code == 200
        assert sentence in response.content.decode()

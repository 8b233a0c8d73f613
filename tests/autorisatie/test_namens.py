"""Acting for another organisatie by machtiging (R30, D4, D5): nothing outside it, nothing after it, all explained."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Kenmerk, Machtiging, OrganisatieKenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol, Taak
from autorisatie.rules import Inlog
from autorisatie.services import Weigering, beslis, kenmerken_of_taak, list_taken, set_autorisatie, withdraw_autorisatie
from autorisatie.services.namens import verleners_of
from autorisatie.services.waarom import explain_account
from tests.autorisatie.wereld import EH3, Wereld
from tests.factories import (
    NOW,
    grant,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_taak,
)
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
ACTOR = Actor(ActorSoort.ACCOUNT, id=7)


class TestDeciding:
    def test_a_grant_under_a_machtiging_opens_the_taak_for_the_verlener_and_says_why(self, wereld: Wereld) -> None:
        """R30: who, for whom, by which machtiging and until when."""
        wereld.give()
        besluit = beslis(wereld.account, wereld.taak, wereld.school, NOW, EH3, wereld.bestuur)
        assert besluit.mag
        assert (
            "Fatima El Amrani mag namens Stichting De Regenboog door de machtiging aan Kantoor De Teller, tot en met "
            "27 december 2026."
        ) in besluit.keten
        assert wereld.shown()
        assert kenmerken_of_taak(wereld.account, wereld.taak, NOW, EH3, wereld.bestuur) == [wereld.school]

    def test_it_opens_nothing_for_the_own_organisatie(self, wereld: Wereld) -> None:
        """D5: whom one acts for is chosen; the two never mix."""
        wereld.give()
        make_taak("Zonder kenmerk", wereld.rol, kenmerksoorten=())
        assert not beslis(wereld.account, wereld.taak, wereld.school, NOW, EH3).mag
        assert list_taken(account=wereld.account, inlog=EH3, now=NOW).onderwerpen == []

    def test_an_own_grant_opens_nothing_for_the_verlener(self, wereld: Wereld) -> None:
        grant(wereld.account, wereld.rol, wereld.school)
        assert wereld.keten()[1].startswith("Fatima El Amrani heeft geen van deze rollen namens Stichting De Regenboog")
        assert not wereld.shown()

    def test_a_taak_without_kenmerk_is_nobody_elses_to_open(self, wereld: Wereld) -> None:
        wereld.give()
        los = make_taak("Zonder kenmerk", wereld.rol, kenmerksoorten=())
        assert not beslis(wereld.account, los, None, NOW, EH3, wereld.bestuur).mag
        (onderwerp,) = list_taken(account=wereld.account, inlog=EH3, now=NOW, namens=wereld.bestuur).onderwerpen
        assert [taak.naam for taak in onderwerp[1]] == ["Leerlingdossier"]

    @pytest.mark.parametrize("which", ["rol", "kenmerk"])
    def test_a_row_outside_the_scope_that_no_service_would_write_is_not_believed(
        self, wereld: Wereld, which: str
    ) -> None:
        rol = wereld.andere_rol if which == "rol" else wereld.rol
        kenmerk = wereld.andere_school if which == "kenmerk" else wereld.school
        grant(wereld.account, rol, kenmerk, machtiging=wereld.machtiging)
        assert wereld.keten(kenmerk=kenmerk) == (
            False,
            f"De machtiging geldt niet voor deze rol met kenmerk {kenmerk.waarde}.",
        )
        assert not wereld.shown()

    def test_it_ends_to_the_second_with_the_machtiging_and_still_held_before(self, wereld: Wereld) -> None:
        """Nothing outlives its end; the past stays explained (D20)."""
        wereld.give()
        Machtiging.objects.update(tot=NOW)
        assert wereld.keten() == (
            False,
            "Stichting De Regenboog heeft Kantoor De Teller niet gemachtigd, of de machtiging is voorbij.",
        )
        assert not wereld.shown()
        assert wereld.keten(NOW - timedelta(microseconds=1))[0]
        assert wereld.shown(NOW - timedelta(microseconds=1))

    def test_a_kenmerk_that_the_verlener_lost_is_lost_here_too(self, wereld: Wereld) -> None:
        wereld.give()
        OrganisatieKenmerk.objects.update(tot=NOW)
        assert wereld.keten() == (False, "Kenmerk 21AZ hoort niet bij Stichting De Regenboog.")
        assert not wereld.shown()

    def test_waarom_explains_what_opens_by_machtiging(self, wereld: Wereld) -> None:
        """R30: "mag namens X door de machtiging van X, tot en met …"."""
        wereld.give()
        uitleg = explain_account(account=wereld.account, op=NOW, inlog=EH3, namens=wereld.bestuur)
        (geopend,) = uitleg.open
        assert any("door de machtiging aan Kantoor De Teller" in zin for zin in geopend.keten)
        assert explain_account(account=wereld.account, op=NOW, inlog=EH3).open == []

    def test_an_ended_verlener_lets_nobody_act(self, wereld: Wereld) -> None:
        wereld.give()
        wereld.bestuur.beeindigd_op = NOW
        wereld.bestuur.save()
        assert not wereld.keten()[0]
        assert not wereld.shown()

    def test_who_acts_by_machtiging_cannot_pass_it_on(self, wereld: Wereld) -> None:
        """A chain of one: a login that rests on a machtiging or ketenmachtiging opens nothing for a third."""
        wereld.give()
        passed_on = Inlog(EH3.loa, doorgegeven=True)
        assert wereld.keten(inlog=passed_on)[1].startswith("De login rust zelf op een machtiging.")
        assert not wereld.shown(inlog=passed_on)


class TestGiving:
    def grant(self, wereld: Wereld, **changes: Any) -> Autorisatie:
        values: dict[str, Any] = {
            "account": wereld.account,
            "rol": wereld.rol,
            "kenmerken": [wereld.school],
            "actor": ACTOR,
            "beheerder": wereld.beheerder,
            "now": NOW,
            "machtiging": wereld.machtiging,
        }
        return set_autorisatie(**values | changes)

    def test_the_own_beheerder_gives_it_and_the_log_says_for_whom(self, wereld: Wereld) -> None:
        self.grant(wereld)
        assert wereld.keten()[0]
        assert Logregel.objects.get().gegevens["rol"] == "ROD raadpleger (namens Stichting De Regenboog)"
        assert list(verleners_of(account=wereld.account, now=NOW)) == [wereld.bestuur]

    def test_it_stands_beside_the_same_rol_for_the_own_organisatie(self, wereld: Wereld) -> None:
        own = make_kenmerk(wereld.kantoor, "30XX")
        self.grant(wereld)
        self.grant(wereld, machtiging=None, kenmerken=[own])
        withdraw_autorisatie(
            account=wereld.account,
            rol=wereld.rol,
            actor=ACTOR,
            beheerder=wereld.beheerder,
            now=NOW,
            machtiging=wereld.machtiging,
        )
        assert not wereld.keten()[0]
        assert beslis(wereld.account, wereld.taak, own, NOW).mag

    def test_outside_the_scope_it_is_refused(self, wereld: Wereld) -> None:
        with pytest.raises(Weigering, match="geldt niet voor de rol ROD beheerder"):
            self.grant(wereld, rol=wereld.andere_rol)
        with pytest.raises(Weigering, match="kan niet voor deze kenmerken: 22BB"):
            self.grant(wereld, kenmerken=[wereld.andere_school])

    def test_after_its_end_and_under_somebody_elses_it_is_refused(self, wereld: Wereld) -> None:
        foreign = make_machtiging(wereld.bestuur, make_organisatie("Een ander"), [wereld.rol], [wereld.school])
        with pytest.raises(Weigering, match="geldt niet, of niet meer"):
            self.grant(wereld, machtiging=foreign)
        Machtiging.objects.update(tot=NOW)
        with pytest.raises(Weigering, match="geldt niet, of niet meer"):
            self.grant(wereld)

    def test_a_beheerder_limited_to_a_domain_gives_only_rollen_of_that(self, wereld: Wereld) -> None:
        """R02."""
        limited = make_beheerder(wereld.kantoor, make_rol("RIO lezer"))
        with pytest.raises(Weigering, match="hoort niet bij uw beheerdersrol"):
            self.grant(wereld, beheerder=limited)


OFFSETS = st.integers(-3, 3)
PERIODS = st.tuples(OFFSETS, st.one_of(st.none(), OFFSETS)).filter(lambda p: p[1] is None or p[1] >= p[0])
DAY = timedelta(days=1)


def moment(offset: int | None) -> datetime | None:
    return None if offset is None else NOW + offset * DAY


@pytest.fixture
def feiten(wereld: Wereld) -> Wereld:
    make_taak("Zonder kenmerk", wereld.rol, kenmerksoorten=())
    return wereld


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    machtigingen=st.lists(
        st.tuples(PERIODS.filter(lambda p: p[1] is not None), st.booleans(), st.booleans()), max_size=2
    ),
    grants=st.lists(st.tuples(PERIODS, PERIODS, st.integers(0, 2), st.booleans(), st.booleans()), max_size=4),
    owned=PERIODS,
    op=OFFSETS,
    doorgegeven=st.booleans(),
)
def test_no_sequence_gives_access_that_is_not_explained_or_outlives_its_end(
    feiten: Wereld,
    machtigingen: list[tuple[Any, bool, bool]],
    grants: list[tuple[Any, Any, int, bool, bool]],
    owned: Any,
    op: int,
    doorgegeven: bool,
) -> None:
    """Issue 5: whatever there is at whatever moment, overzicht and `beslis` agree.

    And every yes has a machtiging, a grant, a scope and an owner that all hold at that moment, and says so.
    """
    with transaction.atomic():
        _play(feiten, machtigingen, grants, owned)
        at = NOW + op * DAY
        inlog = Inlog(EH3.loa, doorgegeven=doorgegeven)
        for namens in (None, feiten.bestuur):
            shown = {
                taak.naam
                for _, taken in list_taken(account=feiten.account, inlog=inlog, now=at, namens=namens).onderwerpen
                for taak in taken
            }
            for taak in Taak.objects.all():
                choices = [*Kenmerk.objects.all(), None]
                decisions = [beslis(feiten.account, taak, kenmerk, at, inlog, namens) for kenmerk in choices]
                assert (taak.naam in shown) == any(besluit.mag for besluit in decisions)
                for kenmerk, besluit in zip(choices, decisions, strict=True):
                    if besluit.mag and namens is not None:
                        assert kenmerk is not None
                        assert not doorgegeven
                        assert _holds(feiten, taak, kenmerk, at)
                        assert any("door de machtiging aan Kantoor De Teller" in zin for zin in besluit.keten)
        transaction.set_rollback(True)


def _play(wereld: Wereld, machtigingen: list[Any], grants: list[Any], owned: Any) -> None:
    Machtiging.objects.update(van=NOW - 9 * DAY, tot=NOW - 8 * DAY)
    OrganisatieKenmerk.objects.filter(organisatie=wereld.bestuur).update(van=moment(owned[0]), tot=moment(owned[1]))
    grounds: list[Machtiging | None] = [None]
    for (van, tot), both_rollen, both_scholen in machtigingen:
        rollen = [wereld.rol, wereld.andere_rol] if both_rollen else [wereld.rol]
        scholen = [wereld.school, wereld.andere_school] if both_scholen else [wereld.school]
        grounds.append(
            make_machtiging(
                wereld.bestuur, wereld.kantoor, rollen, scholen, van=NOW + van * DAY, tot=NOW + (tot + 1) * DAY
            )
        )
    taken: set[tuple[Rol, Machtiging | None]] = set()
    for (van, tot), (kvan, ktot), ground, other_rol, other_school in grants:
        rol = wereld.andere_rol if other_rol else wereld.rol
        machtiging = grounds[ground % len(grounds)]
        if (rol, machtiging) in taken:
            continue
        taken.add((rol, machtiging))
        row = grant(wereld.account, rol, machtiging=machtiging, van=NOW + van * DAY)
        Autorisatie.objects.filter(pk=row.pk).update(tot=moment(tot))
        AutorisatieKenmerk.objects.create(
            autorisatie=row,
            kenmerk=wereld.andere_school if other_school else wereld.school,
            van=NOW + kvan * DAY,
            tot=moment(ktot),
        )


def _holds(wereld: Wereld, taak: Taak, kenmerk: Kenmerk, at: datetime) -> bool:
    """The same said once more, in the plainest way there is."""

    def runs(row: Any) -> bool:
        return row.van <= at and (row.tot is None or row.tot > at)

    return any(
        runs(row)
        and runs(row.autorisatie)
        and row.autorisatie.machtiging is not None
        and runs(row.autorisatie.machtiging)
        and row.autorisatie.rol in row.autorisatie.machtiging.aanbod.rollen.all()
        and kenmerk in row.autorisatie.machtiging.aanbod.kenmerken.all()
        and any(runs(own) for own in OrganisatieKenmerk.objects.filter(organisatie=wereld.bestuur, kenmerk=kenmerk))
        for row in AutorisatieKenmerk.objects.filter(autorisatie__account=wereld.account, kenmerk=kenmerk)
    )

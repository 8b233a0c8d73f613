"""Taking rollen, and rollen that end by themselves (R02, R20, D20)."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Account, Kenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.rules import end_of_day
from autorisatie.services import (
    Weigering,
    beslis,
    end_autorisaties,
    set_autorisatie,
    withdraw_autorisatie,
)
from koppeling.rules import AMSTERDAM
from tests.autorisatie.geven import LATER, STAF, act, log
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_rol,
    make_taak,
)
from verantwoording.models import Logregel


class TestTake:
    pytestmark = pytest.mark.django_db

    def test_withdrawing_ends_rol_and_kenmerken_and_keeps_them_as_history(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account = make_account(beheerder.organisatie)
        autorisatie = grant(account, make_rol(), make_kenmerk(beheerder.organisatie))

        def withdraw() -> bool:
            return withdraw_autorisatie(
                account=account, rol=make_rol(), actor=act(beheerder), beheerder=beheerder, now=NOW
            )

        assert withdraw()
        autorisatie.refresh_from_db()
        assert autorisatie.tot == autorisatie.kenmerken.get().tot == NOW
        assert log() == ["De rol ROD raadpleger is ingetrokken."]
        assert not withdraw()
        assert Logregel.objects.count() == 1

    def test_a_rol_outside_her_beheerdersrol_is_not_hers_to_withdraw(self) -> None:
        beheerder = make_beheerder(None, make_rol("RIO beheren"))
        account = make_account(beheerder.organisatie)
        grant(account, make_rol())
        with pytest.raises(Weigering, match="hoort niet bij uw beheerdersrol"):
            withdraw_autorisatie(account=account, rol=make_rol(), actor=act(beheerder), beheerder=beheerder, now=NOW)

    def test_a_rol_that_no_longer_exists_for_the_soort_can_still_be_withdrawn(self) -> None:
        beheerder = make_beheerder()
        account, rol = make_account(beheerder.organisatie), make_rol()
        grant(account, rol)
        rol.soorten.clear()
        assert withdraw_autorisatie(account=account, rol=rol, actor=act(beheerder), beheerder=beheerder, now=NOW)

    def test_who_leaves_loses_everything_at_once(self) -> None:
        """R20."""
        account = make_account()
        assert account.organisatie is not None
        grant(account, make_rol(), make_kenmerk(account.organisatie))
        grant(account, make_rol("RIO beheren"), make_kenmerk(account.organisatie, "22BB"))
        assert end_autorisaties(account=account, actor=STAF, now=NOW) == 2
        assert not Autorisatie.objects.live(NOW).exists()
        assert not AutorisatieKenmerk.objects.filter(tot=None).exists()
        assert log() == ["Alle rollen zijn ingetrokken: 2."]
        assert end_autorisaties(account=account, actor=STAF, now=LATER) == 0

    def test_a_request_that_waited_for_a_lock_never_ends_a_period_before_it_began(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account = make_account(beheerder.organisatie)
        autorisatie = grant(account, make_rol(), make_kenmerk(beheerder.organisatie), van=LATER)
        withdraw_autorisatie(account=account, rol=make_rol(), actor=act(beheerder), beheerder=beheerder, now=NOW)
        autorisatie.refresh_from_db()
        assert autorisatie.tot == LATER


class TestEnd:
    """D20: a rol can get an end; it opens nothing after that, and no job is needed for it."""

    pytestmark = pytest.mark.django_db

    def give(self, beheerder: Account, account: Account, tot: datetime | None, now: datetime = NOW) -> Autorisatie:
        assert beheerder.organisatie is not None
        return set_autorisatie(
            account=account,
            rol=make_rol(),
            kenmerken=[make_kenmerk(beheerder.organisatie)],
            actor=act(beheerder),
            beheerder=beheerder,
            now=now,
            tot=tot,
        )

    def test_it_opens_up_to_its_last_day_and_nothing_after(self) -> None:
        beheerder = make_beheerder()
        account, taak = make_account(beheerder.organisatie), make_taak("Leerlingdossier", make_rol())
        autorisatie = self.give(beheerder, account, end_of_day(date(2026, 7, 31)))
        assert autorisatie.laatste_dag == date(2026, 7, 31)
        assert log() == ["De rol ROD raadpleger is gegeven, tot en met 31 juli 2026. Kenmerken: 21AZ."]
        kenmerk = Kenmerk.objects.get()
        midnight = datetime(2026, 8, 1, tzinfo=AMSTERDAM)
        assert beslis(account, taak, kenmerk, midnight - timedelta(microseconds=1)).mag
        assert beslis(account, taak, kenmerk, midnight).keten[-1].endswith("ROD raadpleger eindigde op 31 juli 2026.")

    def test_the_end_can_be_moved_and_taken_away_and_stays_one_grant(self) -> None:
        beheerder = make_beheerder()
        account = make_account(beheerder.organisatie)
        for tot in (LATER, LATER + timedelta(days=1), None, LATER, LATER):
            self.give(beheerder, account, tot)
        assert Autorisatie.objects.get().tot == LATER
        assert log()[1:] == [
            "De rol ROD raadpleger geldt nu tot en met 4 maart 2026.",
            "De rol ROD raadpleger geldt nu zonder einddatum.",
            "De rol ROD raadpleger geldt nu tot en met 3 maart 2026.",
        ]

    def test_after_the_end_it_can_be_given_again(self) -> None:
        beheerder = make_beheerder()
        account = make_account(beheerder.organisatie)
        first = self.give(beheerder, account, LATER)
        second = self.give(beheerder, account, None, now=LATER)
        assert first != second
        assert list(Autorisatie.objects.live(LATER)) == [second]

    def test_an_end_that_has_passed_is_refused(self) -> None:
        beheerder = make_beheerder()
        with pytest.raises(Weigering, match="die nog moet komen"):
            self.give(beheerder, make_account(beheerder.organisatie), NOW)
        assert not Autorisatie.objects.exists()

    def test_a_rol_that_will_end_can_be_withdrawn_before(self) -> None:
        beheerder = make_beheerder()
        account = make_account(beheerder.organisatie)
        autorisatie = self.give(beheerder, account, LATER)
        assert withdraw_autorisatie(account=account, rol=make_rol(), actor=act(beheerder), beheerder=beheerder, now=NOW)
        autorisatie.refresh_from_db()
        assert autorisatie.tot == autorisatie.kenmerken.get().tot == NOW

    def test_who_leaves_keeps_no_rol_that_would_end_later(self) -> None:
        """R20."""
        beheerder = make_beheerder()
        account = make_account(beheerder.organisatie)
        self.give(beheerder, account, LATER)
        assert end_autorisaties(account=account, actor=STAF, now=NOW) == 1
        assert not Autorisatie.objects.live(NOW).exists()

    def test_a_later_end_for_herself_takes_a_second_beheerder_and_an_earlier_one_does_not(self) -> None:
        """R02."""
        beheerder = make_beheerder()
        self.give(beheerder, beheerder, LATER)
        make_beheerder(beheerder.organisatie)
        with pytest.raises(Weigering, match="uzelf geen rol"):
            self.give(beheerder, beheerder, None)
        self.give(beheerder, beheerder, LATER - timedelta(hours=1))

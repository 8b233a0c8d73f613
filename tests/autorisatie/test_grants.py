"""Giving and taking rollen (R02, R04, R20, D20)."""

from datetime import datetime
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Account, Beheerderschap, Kenmerk, OrganisatieKenmerk
from autorisatie.emails.eigen_rol import write_eigen_rol_mail_duo, write_eigen_rol_mail_gezag
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.services import (
    Weigering,
    set_autorisatie,
    withdraw_autorisatie,
)
from tests.autorisatie.geven import LATER, STAF, act, give, live_kenmerken, log
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_soort,
)
from verantwoording.models import Bericht, Logregel


class TestGive:
    pytestmark = pytest.mark.django_db

    def test_a_beheerder_gives_a_rol_for_kenmerken_of_her_organisatie(self) -> None:
        """R04, R33."""
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account = make_account(beheerder.organisatie)
        autorisatie = give(beheerder, account, make_rol(), make_kenmerk(beheerder.organisatie))
        assert (autorisatie.van, autorisatie.tot, live_kenmerken(autorisatie)) == (NOW, None, {"21AZ"})
        assert log() == ["De rol ROD raadpleger is gegeven. Kenmerken: 21AZ."]
        line = Logregel.objects.get()
        assert (line.actor_id, line.account_id) == (beheerder.pk, account.pk)

    def test_the_kenmerken_become_exactly_those_sent_and_the_old_ones_stay_as_history(self) -> None:
        """D20."""
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        old, kept, new = (make_kenmerk(beheerder.organisatie, code) for code in ("21AZ", "22BB", "23CC"))
        account, rol = make_account(beheerder.organisatie), make_rol()
        autorisatie = grant(account, rol, old, kept)
        assert give(beheerder, account, rol, kept, new) == autorisatie
        assert live_kenmerken(autorisatie) == {"22BB", "23CC"}
        assert autorisatie.kenmerken.get(kenmerk=old).tot == NOW
        assert log() == ["De kenmerken bij de rol ROD raadpleger zijn gewijzigd. Erbij: 23CC. Eraf: 21AZ."]

    def test_sending_what_is_there_writes_nothing(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account, rol, kenmerk = make_account(beheerder.organisatie), make_rol(), make_kenmerk(beheerder.organisatie)
        grant(account, rol, kenmerk)
        give(beheerder, account, rol, kenmerk)
        assert not Logregel.objects.exists()
        assert AutorisatieKenmerk.objects.count() == 1

    def test_a_rol_that_was_withdrawn_can_be_given_again(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account, rol, kenmerk = make_account(beheerder.organisatie), make_rol(), make_kenmerk(beheerder.organisatie)
        give(beheerder, account, rol, kenmerk)
        assert withdraw_autorisatie(account=account, rol=rol, actor=act(beheerder), beheerder=beheerder, now=LATER)
        set_autorisatie(
            account=account, rol=rol, kenmerken=[kenmerk], actor=act(beheerder), beheerder=beheerder, now=LATER
        )
        assert Autorisatie.objects.filter(account=account, rol=rol).count() == 2


class TestRefusals:
    """Nothing is written, and the sentence says why."""

    pytestmark = pytest.mark.django_db

    def refused(
        self, sentence: str, beheerder: Account | None, account: Account, rol: Rol, *kenmerken: Kenmerk
    ) -> None:
        actor = STAF if beheerder is None else act(beheerder)
        with pytest.raises(Weigering, match=sentence):
            set_autorisatie(account=account, rol=rol, kenmerken=kenmerken, actor=actor, beheerder=beheerder, now=NOW)
        assert not Autorisatie.objects.exists()
        assert not Logregel.objects.exists()

    def test_a_rol_outside_her_beheerdersrol(self) -> None:
        """R02: a beheerder can be limited to a domain."""
        beheerder = make_beheerder(None, make_rol("RIO beheren"))
        assert beheerder.organisatie is not None
        account, kenmerk = make_account(beheerder.organisatie), make_kenmerk(beheerder.organisatie)
        self.refused("hoort niet bij uw beheerdersrol", beheerder, account, make_rol("ROD"), kenmerk)

    def test_by_who_is_no_beheerder(self) -> None:
        gebruiker = make_account()
        assert gebruiker.organisatie is not None
        account, kenmerk = make_account(gebruiker.organisatie), make_kenmerk(gebruiker.organisatie)
        self.refused("hoort niet bij uw beheerdersrol", gebruiker, account, make_rol(), kenmerk)

    def test_by_an_account_that_names_no_beheerder(self) -> None:
        """A forgotten argument must not become the power of DUO staff."""
        account = make_account()
        with pytest.raises(Weigering, match="Alleen een beheerder of DUO"):
            set_autorisatie(account=account, rol=make_rol(), kenmerken=[], actor=act(account), beheerder=None, now=NOW)

    def test_to_an_account_of_another_organisatie(self) -> None:
        beheerder, account = make_beheerder(), make_account()
        assert account.organisatie is not None
        self.refused("niet bij uw organisatie", beheerder, account, make_rol(), make_kenmerk(account.organisatie))

    def test_to_an_account_that_has_ended(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account = make_account(beheerder.organisatie, beeindigd_op=NOW)
        self.refused("beëindigd", beheerder, account, make_rol(), make_kenmerk(beheerder.organisatie))

    @pytest.mark.parametrize("as_staff", [True, False])
    def test_a_rol_that_is_not_made_for_this_soort(self, as_staff: bool) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account, rol = make_account(beheerder.organisatie), make_rol()
        rol.soorten.set([make_soort("gemeenten")])
        kenmerk = make_kenmerk(beheerder.organisatie)
        self.refused("bestaat niet voor deze soort", None if as_staff else beheerder, account, rol, kenmerk)

    def test_a_kenmerk_of_another_organisatie(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        foreign = make_kenmerk(make_organisatie("Een ander bestuur"), "30XX")
        account = make_account(beheerder.organisatie)
        self.refused("niet voor deze kenmerken: 30XX", beheerder, account, make_rol(), foreign)

    def test_a_kenmerk_that_was_hers(self) -> None:
        """D3: a BRIN that went to another bestuur."""
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account, kenmerk = make_account(beheerder.organisatie), make_kenmerk(beheerder.organisatie)
        OrganisatieKenmerk.objects.update(tot=NOW)
        self.refused("niet voor deze kenmerken: 21AZ", beheerder, account, make_rol(), kenmerk)

    def test_a_kenmerk_of_the_wrong_kind(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        kenmerk = make_kenmerk(beheerder.organisatie, "0014", "gemeentecode")
        account = make_account(beheerder.organisatie)
        self.refused("niet voor deze kenmerken: 0014", beheerder, account, make_rol(), kenmerk)

    def test_a_rol_without_the_kenmerk_it_needs(self) -> None:
        """R22: such a grant would open nothing."""
        beheerder = make_beheerder()
        self.refused("minstens één kenmerk", beheerder, make_account(beheerder.organisatie), make_rol())

    def test_a_rol_that_excludes_one_she_has(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        account, kenmerk = make_account(beheerder.organisatie), make_kenmerk(beheerder.organisatie)
        aanvragen, goedkeuren = make_rol("Aanvragen"), make_rol("Goedkeuren")
        goedkeuren.sluit_uit.add(aanvragen)
        give(beheerder, account, aanvragen, kenmerk)
        with pytest.raises(Weigering, match="Goedkeuren gaat niet samen met de rol Aanvragen"):
            give(beheerder, account, goedkeuren, kenmerk)
        assert Autorisatie.objects.get().rol == aanvragen


class TestToHerself:
    """R02: granting to herself takes a second beheerder."""

    pytestmark = pytest.mark.django_db

    def test_is_refused_while_there_is_another_beheerder(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        make_beheerder(beheerder.organisatie)
        with pytest.raises(Weigering, match="Vraag het uw collega-beheerder"):
            give(beheerder, beheerder, make_rol(), make_kenmerk(beheerder.organisatie))
        assert not Autorisatie.objects.exists()

    def test_a_sole_beheerder_may_and_bevoegd_gezag_and_duo_hear_it(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        former = make_beheerder(beheerder.organisatie)
        Beheerderschap.objects.filter(account=former).update(tot=NOW)
        ended = make_beheerder(beheerder.organisatie)
        Account.objects.filter(pk=ended.pk).update(beeindigd_op=NOW)
        give(beheerder, beheerder, make_rol(), make_kenmerk(beheerder.organisatie))
        gezag, duo = (Bericht.objects.get(soort=soort) for soort in ("eigen_rol_gezag", "eigen_rol_duo"))
        to_gezag, to_duo = write_eigen_rol_mail_gezag(gezag, NOW), write_eigen_rol_mail_duo(duo, NOW)
        assert to_gezag is not None
        assert to_duo is not None
        assert (to_gezag.aan, to_duo.aan) == ("bestuur@regenboog.example", settings.MAIL_DUO)
        for post in (to_gezag, to_duo):
            assert "Jolanda de Vries zichzelf een rol gegeven" in post.tekst
            assert "Rol: ROD raadpleger\nKenmerken: 21AZ" in post.tekst
            assert beheerder.gebruikersnaam not in post.tekst

    def test_each_later_kenmerk_is_told_too(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        first, second = make_kenmerk(beheerder.organisatie), make_kenmerk(beheerder.organisatie, "22BB")
        give(beheerder, beheerder, make_rol(), first)
        set_autorisatie(
            account=beheerder,
            rol=make_rol(),
            kenmerken=[first, second],
            actor=act(beheerder),
            beheerder=beheerder,
            now=LATER,
        )
        kenmerken = Bericht.objects.filter(soort="eigen_rol_gezag").order_by("id").values_list("gegevens", flat=True)
        assert [gegevens["kenmerken"] for gegevens in kenmerken] == ["21AZ", "22BB"]

    def test_giving_less_to_herself_needs_nobody_and_is_told_nobody(self) -> None:
        beheerder = make_beheerder()
        assert beheerder.organisatie is not None
        make_beheerder(beheerder.organisatie)
        first, second = make_kenmerk(beheerder.organisatie), make_kenmerk(beheerder.organisatie, "22BB")
        autorisatie = grant(beheerder, make_rol(), first, second)
        give(beheerder, beheerder, make_rol(), first)
        assert live_kenmerken(autorisatie) == {"21AZ"}
        assert withdraw_autorisatie(
            account=beheerder, rol=make_rol(), actor=act(beheerder), beheerder=beheerder, now=LATER
        )
        assert not Bericht.objects.exists()


@pytest.mark.parametrize("tot", [None, LATER])
@pytest.mark.django_db(transaction=True)
def test_two_beheerders_who_give_the_same_rol_at_once_give_it_once(tot: datetime | None) -> None:
    """D20: the account's row is locked before anything is looked up. Also when it has an end: no constraint there."""
    first = make_beheerder()
    assert first.organisatie is not None
    second, account = make_beheerder(first.organisatie), make_account(first.organisatie)
    rol, kenmerk = make_rol(), make_kenmerk(first.organisatie)
    barrier, failures = Barrier(8), []

    def run(beheerder: Account) -> None:
        try:
            barrier.wait()
            set_autorisatie(
                account=account,
                rol=rol,
                kenmerken=[kenmerk],
                actor=act(beheerder),
                beheerder=beheerder,
                now=NOW,
                tot=tot,
            )
        except Exception as error:  # noqa: BLE001  # whatever a thread raises is the failure of this test
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[beheerder]) for beheerder in [first, second] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Autorisatie.objects.count() == AutorisatieKenmerk.objects.count() == Logregel.objects.count() == 1

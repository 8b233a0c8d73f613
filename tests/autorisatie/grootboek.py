"""The ledger beside a sequence of acts: what the services said yes to, and until when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from django.db import transaction
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from accounts.models import Account, Kenmerk, Machtiging, Organisatie
from autorisatie.models import Taak
from autorisatie.services import beslis
from autorisatie.services.waarom import Uitleg, explain_account
from beheer.models import Beoordeling
from tests.factories import NOW, make_account, make_beheerder, make_kenmerk, make_organisatie, make_rol, make_taak
from verantwoording.rules import Actor, ActorSoort

DAY = timedelta(days=1)
JOB = Actor(ActorSoort.TAAK, naam="reeks")
Paar = tuple[int, int | None]
"""A taak, and the kenmerk for which it opens; None for a taak that asks for none."""


class Sleutel(NamedTuple):
    """Which grant: of which rol to whom, and under which machtiging."""

    account: int
    rol: int
    machtiging: int | None


class Houdt(NamedTuple):
    """einden: kenmerken with an end of their own."""

    kenmerken: frozenset[int]
    tot: datetime | None
    einden: frozenset[tuple[int, datetime]] = frozenset()

    def lopend(self, now: datetime) -> frozenset[int]:
        """The kenmerken whose own end has not come."""
        return self.kenmerken - {kenmerk for kenmerk, tot in self.einden if tot <= now}

    def zonder(self, kenmerk: int) -> "Houdt":
        """The same without this kenmerk."""
        einden = frozenset(einde for einde in self.einden if einde[0] != kenmerk)
        return Houdt(self.kenmerken - {kenmerk}, self.tot, einden)


class Wereld:
    """A board and an office, both with their own kenmerk and people; rollen of which two exclude each other."""

    def __init__(self) -> None:
        self.bestuur, self.kantoor = make_organisatie(), make_organisatie("Kantoor De Teller", "90005555")
        self.scholen = [make_kenmerk(self.bestuur, "21AZ"), make_kenmerk(self.bestuur, "22BB")]
        self.eigen = make_kenmerk(self.kantoor, "30XX")
        self.rollen = [make_rol("ROD raadpleger"), make_rol("ROD beheerder"), make_rol("Controleur")]
        self.rollen[1].sluit_uit.add(self.rollen[2])
        make_taak("Leerlingdossier", *self.rollen[:2])
        make_taak("Controle", self.rollen[2])
        make_taak("Zonder kenmerk", self.rollen[0], kenmerksoorten=())
        self.beheerders = {one.pk: (make_beheerder(one), make_beheerder(one)) for one in (self.bestuur, self.kantoor)}
        self.mensen = [make_account(one) for one in (self.bestuur, self.bestuur, self.kantoor, self.kantoor)]
        self.opent = {
            taak.pk: {row.rol_id for row in taak.taakrollen.all()}
            for taak in Taak.objects.prefetch_related("taakrollen")
        }
        self.kenmerkloos = set(Taak.objects.filter(kenmerksoorten=[]).values_list("pk", flat=True))


def explained(uitleg: Uitleg) -> dict[Paar, set[str]]:
    """What Waarom says can be opened, with all its sentences."""
    found: dict[Paar, set[str]] = {}
    for row in uitleg.open:
        if not row.kenmerken:
            found[row.taak.pk, None] = set(row.keten)
        for kenmerk, keten in row.kenmerken:
            found[row.taak.pk, kenmerk.pk] = {*row.keten, *keten}
    return found


class Grootboek(RuleBasedStateMachine):
    """The ledger of one sequence, and that the portal agrees with it after every act. Who inherits draws the acts."""

    wereld: ClassVar[Wereld]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now = NOW
        self.houdt: dict[Sleutel, Houdt] = {}
        self.van_wie = {school.pk: self.wereld.bestuur.pk for school in self.wereld.scholen}
        self.van_wie[self.wereld.eigen.pk] = self.wereld.kantoor.pk
        self.geblokkeerd: set[int] = set()
        self.weg: dict[int, dict[Sleutel, Houdt]] = {}
        self.te_zien = set(self.wereld.mensen)
        self.gezien: list[tuple[datetime, Account, Organisatie | None, set[Paar]]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # --- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def zie_alles(self) -> None:
        """The ledger, `beslis` and Waarom agree about everybody whom the last act could touch."""
        touched = {account.pk for account in self.te_zien}
        self.te_zien = set()
        for namens, account in self.wie():
            if account.pk in touched:
                assert self.open(account, namens, self.now) == self.toegestaan(account, namens)

    def zie_beslis(self, namens: Organisatie | None, account: Account) -> None:
        """What may be opened, `beslis` allows with the very sentences of Waarom."""
        uitleg = explain_account(account=self.vers(account), op=self.now, namens=namens)
        told = explained(uitleg)
        for (taak, kenmerk), zinnen in told.items():
            besluit = beslis(
                self.vers(account),
                Taak.objects.get(pk=taak),
                Kenmerk.objects.filter(pk=kenmerk or 0).first(),
                self.now,
                namens=namens,
            )
            assert besluit.mag
            assert set(besluit.keten) == zinnen

    def open(self, account: Account, namens: Organisatie | None, op: datetime) -> set[Paar]:
        """What Waarom says can be opened, each with a chain."""
        uitleg = explain_account(account=self.vers(account), op=op, namens=namens)
        assert all(row.keten for row in uitleg.open)
        return set(explained(uitleg))

    def toegestaan(self, account: Account, namens: Organisatie | None) -> set[Paar]:
        """What the ledger allows now."""
        if account.pk in self.weg or account.pk in self.geblokkeerd:
            return set()
        eigenaar = namens.pk if namens else account.organisatie_id
        found: set[Paar] = set()
        for key, row in self.houdt.items():
            if key.account != account.pk or not self.loopt(row):
                continue
            kenmerken = {one for one in row.lopend(self.now) if self.van_wie[one] == eigenaar}
            if (key.machtiging is None) != (namens is None):
                continue
            if key.machtiging is not None:
                machtiging = Machtiging.objects.get(pk=key.machtiging)
                if not (machtiging.verlener == namens and machtiging.van <= self.now < machtiging.tot):
                    continue
                kenmerken &= {one.pk for one in machtiging.aanbod.kenmerken.all()}
            for taak, rollen in self.wereld.opent.items():
                if key.rol in rollen and taak in self.wereld.kenmerkloos and namens is None:
                    found.add((taak, None))
                elif key.rol in rollen and taak not in self.wereld.kenmerkloos:
                    found |= {(taak, kenmerk) for kenmerk in kenmerken}
        return found

    # --- what is needed for it ------------------------------------------------------------------------------------

    def wie(self) -> list[tuple[Organisatie | None, Account]]:
        people: list[tuple[Organisatie | None, Account]] = [(None, account) for account in self.wereld.mensen]
        return people + [(self.wereld.bestuur, account) for account in self.wereld.mensen[2:]]

    def vers(self, account: Account) -> Account:
        return Account.objects.select_related("organisatie").get(pk=account.pk)

    def beheerder(self, account: Account) -> Account:
        return self.wereld.beheerders[account.organisatie_id or 0][0]

    def door(self, account: Account) -> Actor:
        return Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id, reden="Nodig.")

    def loopt(self, row: Houdt) -> bool:
        return row.tot is None or row.tot > self.now

    def key_of(self, row: Beoordeling) -> Sleutel:
        grant = row.autorisatie
        return Sleutel(grant.account_id, grant.rol_id, grant.machtiging_id)

    def lukt(self, act: Callable[[], Any]) -> bool:
        """Whether the services said yes. What they refuse changes nothing, or the ledger would show it."""
        try:
            act()
        except ValueError:
            return False
        return True

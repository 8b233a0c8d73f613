"""Issue 5: whatever the services are asked, in whatever order: no access that is not explained or outlives its end.

Beside the portal runs a ledger: what the services said yes to, and until when. After every act both must be equal.
"""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Account, Machtiging
from accounts.services.blokkades import block_account, unblock_account
from autorisatie.emails.machtiging import make_token
from autorisatie.models import Machtigingsaanbod, Rol
from autorisatie.rules import Einde, Vraag
from autorisatie.services import set_autorisatie, withdraw_autorisatie
from autorisatie.services.machtigingen import (
    Inhoud,
    accept_machtiging,
    answer_machtiging,
    prepare_machtiging,
    stop_machtiging,
    withdraw_aanbod,
)
from autorisatie.services.overgang import move_kenmerken
from autorisatie.services.verlopen import end_machtigingen
from autorisatie.services.wijzigen import change_autorisaties, plan_autorisaties
from beheer.models import Beoordeling
from beheer.rules.hercertificering import WAARSCHUWING_MINSTENS
from beheer.services.gebruikers import end_gebruiker
from beheer.services.hercertificering import (
    answer_beoordelingen,
    open_hercertificering,
    start_hercertificering,
    to_judge,
)
from beheer.services.hercertificering_taak import run_hercertificering
from beheer.services.leven import restore_gebruiker
from tests.autorisatie.grootboek import DAY, Grootboek, Houdt, Sleutel, Wereld
from verantwoording.rules import Actor, ActorSoort

JOB = Actor(ActorSoort.TAAK, naam="reeks")


class Reeks(Grootboek):
    """Draws what happens next, does it by the services, and keeps the ledger."""

    @initialize(scholen=st.sets(st.integers(0, 1), min_size=1), dagen=st.sampled_from([None, 1, 40]))
    def begin(self, scholen: set[int], dagen: int | None) -> None:
        """A machtiging that is used, and grants with and without an end: else most sequences never come that far."""
        self.bied_aan(0, {0, 1}, scholen, 0, 200)
        (aanbod,) = Machtigingsaanbod.objects.all()
        self.antwoord_gezag(aanbod.pk, akkoord=True)
        self.aanvaard(aanbod.pk)
        self.geef(self.wereld.mensen[2], 0, scholen, None, namens=True, ander=False)
        self.geef(self.wereld.mensen[2], 0, scholen, dagen, namens=False, ander=False)
        self.geef(self.wereld.mensen[0], 1, scholen, dagen, namens=False, ander=False)

    @rule(uren=st.integers(1, 25), dagen=st.sampled_from([0, 1, 9, 15, 31, 200]), terug=st.integers(0, 50))
    def wacht(self, uren: int, dagen: int, terug: int) -> None:
        self.zie_alles()
        for namens, account in self.wie():
            self.gezien.append((self.now, account, namens, self.toegestaan(account, namens)))
        self.zie_beslis(*self.wie()[terug % 6])
        self.now += timedelta(hours=uren, days=dagen)
        self.te_zien = set(self.wereld.mensen)
        op, account, eerder, toen = self.gezien[terug % len(self.gezien)]
        assert self.open(account, eerder, op) == toen, "the past was rewritten"

    MENSEN = st.integers(0, 3)
    ROLLEN = st.integers(0, 2)
    SCHOLEN = st.sets(st.integers(0, 1), min_size=1)
    DAGEN = st.sampled_from([None, None, 1, 20, 40, -1])

    @rule(wie=MENSEN, rol=ROLLEN, scholen=SCHOLEN, dagen=DAGEN, namens=st.booleans(), ander=st.booleans())
    def geef_of_wijzig(
        self, wie: int, rol: int, scholen: set[int], dagen: int | None, *, namens: bool, ander: bool
    ) -> None:
        """Another end or other kenmerken for who has the rol already."""
        self.geef(self.wereld.mensen[wie], rol, scholen, dagen, namens=namens, ander=ander)

    def geef(
        self, account: Account, rol: int, scholen: set[int], dagen: int | None, *, namens: bool, ander: bool
    ) -> None:
        machtigingen = Machtiging.objects.filter(gemachtigde=account.organisatie).order_by("-pk")
        machtiging = machtigingen[int(ander) : int(ander) + 1].first() if namens else None
        of_own = account.organisatie == self.wereld.kantoor and not namens
        kenmerken = [self.wereld.eigen] if of_own and not ander else [self.wereld.scholen[one] for one in scholen]
        tot = None if dagen is None else self.now + dagen * DAY
        key = Sleutel(account.pk, self.wereld.rollen[rol].pk, machtiging.pk if machtiging else None)
        if self.lukt(
            lambda: set_autorisatie(
                account=account,
                rol=self.wereld.rollen[rol],
                kenmerken=kenmerken,
                actor=self.door(self.beheerder(account)),
                beheerder=self.beheerder(account),
                now=self.now,
                tot=tot,
                machtiging=machtiging,
            )
        ):
            self.houdt[key] = Houdt(frozenset(one.pk for one in kenmerken), tot)
        self.te_zien.add(account)

    @rule(wie=MENSEN, data=st.data())
    def in_bulk(self, wie: int, data: st.DataObject) -> None:
        """Of the matrix: several rollen of one person, as a plan that is shown and then done."""
        account = self.wereld.mensen[wie]
        assert account.organisatie is not None
        pks = [kenmerk.pk for kenmerk in [*self.wereld.scholen, self.wereld.eigen]]
        vragen = [
            Vraag(
                account=account.pk,
                rol=rol.pk,
                erbij=frozenset(erbij := data.draw(st.sets(st.sampled_from(pks)))),
                eraf=frozenset(data.draw(st.sets(st.sampled_from(pks)))) - erbij,
                intrekken=data.draw(st.sampled_from([False, False, True])),
                tot=data.draw(st.sampled_from([None, self.now + DAY, self.now + 50 * DAY])),
                einde=data.draw(st.sampled_from(list(Einde))),
            )
            for rol in self.wereld.rollen[: data.draw(st.integers(1, 3))]
        ]
        asked: dict[str, Any] = {
            "organisatie": account.organisatie,
            "vragen": vragen,
            "beheerder": self.beheerder(account),
        }
        plan = plan_autorisaties(**asked, now=self.now)
        actor = self.door(self.beheerder(account))
        done, _ = change_autorisaties(**asked, stand=plan.stand, actor=actor, now=self.now)
        assert done
        for regel in plan.wijzigingen:
            key = Sleutel(account.pk, regel.rol.pk, None)
            self.houdt.pop(key, None)
            if regel.na is not None:
                self.houdt[key] = Houdt(regel.na.kenmerken, regel.na.tot, regel.na.einden)
        self.te_zien.add(account)

    @precondition(lambda self: self.houdt)
    @rule(welke=st.integers(0, 50))
    def trek_in(self, welke: int) -> None:
        key = sorted(self.houdt, key=str)[welke % len(self.houdt)]
        account = Account.objects.get(pk=key.account)
        if self.lukt(
            lambda: withdraw_autorisatie(
                account=account,
                rol=Rol.objects.get(pk=key.rol),
                actor=self.door(self.beheerder(account)),
                beheerder=self.beheerder(account),
                now=self.now,
                machtiging=Machtiging.objects.filter(pk=key.machtiging or 0).first(),
            )
        ):
            del self.houdt[key]
        self.te_zien.add(account)

    @rule(wie=MENSEN)
    def blokkeer_of_geef_vrij(self, wie: int) -> None:
        account = self.wereld.mensen[wie]
        actor = self.door(self.beheerder(account))
        if account.pk in self.geblokkeerd:
            assert unblock_account(account=account, actor=actor, now=self.now)
            self.geblokkeerd.discard(account.pk)
        elif self.lukt(lambda: block_account(account=account, actor=actor, now=self.now)):
            self.geblokkeerd.add(account.pk)
        self.te_zien.add(account)

    @rule(wie=MENSEN, uren=st.sampled_from([1, 23, 25]))
    def vertrekt_bij_vergissing(self, wie: int, uren: int) -> None:
        """Ended, and taken back some hours later when that is still possible: as it was, and no longer (R20)."""
        self.now += timedelta(seconds=1)  # what was withdrawn a moment before does not come back
        account = Account.objects.get(pk=self.wereld.mensen[wie].pk)
        beheerder = self.beheerder(account)
        actor = self.door(beheerder)
        if account.pk not in self.weg:
            assert end_gebruiker(account=account, actor=actor, now=self.now)
            hers = {key: row for key, row in self.houdt.items() if key.account == account.pk}
            self.weg[account.pk] = {key: row for key, row in hers.items() if self.loopt(row)}
            self.houdt = {key: row for key, row in self.houdt.items() if key not in hers}
        self.te_zien.add(self.wereld.mensen[wie])
        self.wacht(uren, 0, 0)
        back: list[str] = []
        if self.lukt(
            lambda: back.extend(restore_gebruiker(account=account, beheerder=beheerder, actor=actor, now=self.now))
        ):
            running = account.autorisaties.not_ended(self.now)
            held = {Sleutel(row.account_id, row.rol_id, row.machtiging_id) for row in running}
            hers = self.weg.pop(account.pk)
            lost = {rol.pk for rol in self.wereld.rollen if rol.naam in back}
            assert {key.rol for key in hers.keys() - held} <= lost
            self.houdt |= {key: row for key, row in hers.items() if key in held}

    @rule(
        van=st.integers(0, 20), rollen=st.sets(ROLLEN, min_size=1), scholen=SCHOLEN, duur=st.sampled_from([1, 30, 90])
    )
    def biedt_aan(self, van: int, rollen: set[int], scholen: set[int], duur: int) -> None:
        self.bied_aan(van, rollen, scholen, 0, duur)

    def bied_aan(self, van: int, rollen: set[int], scholen: set[int], beheerder: int, duur: int) -> None:
        today: date = timezone.localdate(self.now)
        inhoud = Inhoud(
            verlener=self.wereld.bestuur,
            gemachtigde=self.wereld.kantoor,
            soort=Machtiging.Soort.VERWERKING,
            rollen=[self.wereld.rollen[one] for one in rollen],
            kenmerken=[self.wereld.scholen[one] for one in scholen],
            van=today + van * DAY,
            tot_en_met=today + (van + duur) * DAY,
        )
        who = self.wereld.beheerders[self.wereld.bestuur.pk][beheerder]
        self.lukt(lambda: prepare_machtiging(inhoud=inhoud, beheerder=who, actor=self.door(who), now=self.now))

    @rule(welke=st.integers(0, 5), akkoord=st.sampled_from([True, True, False]))
    def gezag_antwoordt(self, welke: int, *, akkoord: bool) -> None:
        rows = list(Machtigingsaanbod.objects.filter(stand="voorbereid").order_by("pk"))
        if rows:
            self.antwoord_gezag(rows[welke % len(rows)].pk, akkoord=akkoord)

    def antwoord_gezag(self, pk: int, *, akkoord: bool) -> None:
        token = make_token(Machtigingsaanbod.objects.get(pk=pk))
        answer_machtiging(token=token, akkoord=akkoord, adres=None, now=self.now)

    @rule(welke=st.integers(0, 5), wat=st.sampled_from(["aanvaard", "aanvaard", "weiger", "terug"]))
    def aanbod_afhandelen(self, welke: int, wat: str) -> None:
        rows = list(Machtigingsaanbod.objects.filter(stand__in=["voorbereid", "bevestigd"]).order_by("-pk"))
        if rows and wat == "terug":
            who = self.wereld.beheerders[self.wereld.bestuur.pk][0]
            aanbod = rows[welke % len(rows)]
            self.lukt(lambda: withdraw_aanbod(aanbod=aanbod, beheerder=who, actor=self.door(who), now=self.now))
        elif rows:
            self.aanvaard(rows[welke % len(rows)].pk, akkoord=wat == "aanvaard")

    def aanvaard(self, pk: int, *, akkoord: bool = True) -> None:
        who = self.wereld.beheerders[self.wereld.kantoor.pk][0]
        aanbod = Machtigingsaanbod.objects.get(pk=pk)
        self.lukt(
            lambda: accept_machtiging(aanbod=aanbod, akkoord=akkoord, beheerder=who, actor=self.door(who), now=self.now)
        )

    @rule(welke=st.integers(0, 5), kant=st.booleans())
    def stopt(self, welke: int, *, kant: bool) -> None:
        rows = list(Machtiging.objects.filter(tot__gt=self.now).order_by("-pk"))
        if rows:
            machtiging = rows[welke % len(rows)]
            who = self.wereld.beheerders[(self.wereld.bestuur if kant else self.wereld.kantoor).pk][1]
            assert stop_machtiging(machtiging=machtiging, beheerder=who, actor=self.door(who), now=self.now)
            self.houdt = {key: row for key, row in self.houdt.items() if key.machtiging != machtiging.pk}
        self.te_zien = set(self.wereld.mensen)

    @rule(school=st.integers(0, 1))
    def school_verhuist(self, school: int) -> None:
        """To the other organisatie, and perhaps back."""
        kenmerk = self.wereld.scholen[school]
        van, naar = self.wereld.bestuur, self.wereld.kantoor
        if self.van_wie[kenmerk.pk] == naar.pk:
            van, naar = naar, van
        overgang = move_kenmerken(van=van, naar=naar, kenmerken=[kenmerk], per=self.now, actor=JOB, now=self.now)
        self.van_wie[kenmerk.pk] = naar.pk
        given: list[tuple[Sleutel, datetime, datetime]] = []
        for gevolg in overgang.gevolgen:
            grant = gevolg.rij.autorisatie
            key = Sleutel(grant.account_id, grant.rol_id, grant.machtiging_id)
            old = self.houdt.pop(key)
            if old.zonder(kenmerk.pk).lopend(self.now):
                self.houdt[key] = old.zonder(kenmerk.pk)
            if gevolg.opvolger is not None:
                assert grant.machtiging is not None
                tot = min(old.tot or grant.machtiging.tot, grant.machtiging.tot)
                eigen = min(dict(old.einden).get(kenmerk.pk, tot), tot)
                given.append((Sleutel(gevolg.opvolger.pk, grant.rol_id, None), tot, eigen))
        for key, tot, eigen in given:
            row = self.houdt.get(key)
            if row is None or not self.loopt(row):
                row = Houdt(frozenset(), tot)
            if kenmerk.pk not in row.lopend(self.now):  # under a rol that lasts longer it still ends when the old would
                row = row.zonder(kenmerk.pk)
                self.houdt[key] = Houdt(row.kenmerken | {kenmerk.pk}, row.tot, row.einden | {(kenmerk.pk, eigen)})
        self.te_zien = set(self.wereld.mensen)

    @rule(kant=st.booleans())
    def hercertificering_begint(self, *, kant: bool) -> None:
        organisatie = self.wereld.bestuur if kant else self.wereld.kantoor
        start_hercertificering(organisatie=organisatie, actor=JOB, now=self.now)

    @rule(kant=st.booleans(), antwoord=st.sampled_from(["behouden", "behouden", "ingetrokken", "onbekend"]))
    def beoordeelt(self, antwoord: str, *, kant: bool) -> None:
        organisatie = self.wereld.bestuur if kant else self.wereld.kantoor
        who = self.wereld.beheerders[organisatie.pk][0]
        ronde = open_hercertificering(organisatie=organisatie)
        row = to_judge(ronde=ronde, beheerder=who, now=self.now).first() if ronde else None
        if ronde is not None and row is not None:
            answer: dict[str, Any] = {
                "ronde": ronde,
                "antwoorden": {row.pk: antwoord},
                "beheerder": who,
                "actor": self.door(who),
            }
            if self.lukt(partial(answer_beoordelingen, **answer, now=self.now)):
                row.refresh_from_db()
                if row.antwoord in {"ingetrokken", "onbekend"}:
                    del self.houdt[self.key_of(row)]
        self.te_zien = set(self.wereld.mensen)

    @rule()
    def taken_lopen(self) -> None:
        """The jobs: what they take away was warned of, and nothing else goes."""
        before = set(Beoordeling.objects.filter(antwoord="vervallen").values_list("pk", flat=True))
        end_machtigingen(now=self.now)
        run_hercertificering(now=self.now)
        lapsed = Beoordeling.objects.filter(antwoord="vervallen").exclude(pk__in=before)
        for row in lapsed.select_related("autorisatie", "hercertificering"):
            warned = row.hercertificering.gewaarschuwd_op
            assert warned is not None
            assert warned + WAARSCHUWING_MINSTENS <= self.now
            del self.houdt[self.key_of(row)]
        self.te_zien = set(self.wereld.mensen)


def play(examples: int, steps: int) -> None:
    Reeks.wereld = Wereld()
    run_state_machine_as_test(
        Reeks,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # making a found sequence smaller takes minutes: that is for who mends it
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_sequence_of_acts_gives_access_that_is_not_explained_or_outlives_its_end(db: None) -> None:
    """R02, R20, R22, R30, D20: grants, machtigingen, withdrawals, lapses, blocks, moves and dates, by the services."""
    play(examples=10, steps=12)


@pytest.mark.zwaar
def test_nor_does_any_of_many_more_sequences(db: None) -> None:
    play(examples=40, steps=25)

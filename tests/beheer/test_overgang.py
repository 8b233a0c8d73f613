"""D3, D20, R30: kenmerken that move: who loses what, who gets it, and what machtigingen lose."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.services import Weigering, beslis
from autorisatie.services.machtigingen import Inhoud, decide_paper_machtiging, enter_paper_machtiging
from autorisatie.services.overgang import Ingekort, Overgang
from autorisatie.services.verlopen import end_machtigingen
from koppeling.services.koppelproces import organisaties_open_to
from tests.beheer.tweede import PER, Overdracht, staf_actor
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_middel,
    make_organisatie,
    make_rol,
    make_staf,
    make_taak,
)
from verantwoording.haken import berichtsoorten, logzinnen
from verantwoording.models import Bericht, Logregel, Voorstel

pytestmark = pytest.mark.django_db


def test_d3_grants_go_along_to_who_is_known_at_the_other_organisatie_and_no_row_is_edited() -> None:
    act = Overdracht()
    rol = make_rol()
    taak = make_taak("Leerlingdossier", rol)
    stays = make_account(act.van, voornaam="Bea", achternaam="Blijft", email="bea@regenboog.example")
    goes = make_account(act.van, voornaam="Gijs", achternaam="Gaat", email="gijs@regenboog.example")
    there = make_account(act.naar, voornaam="Gijs", achternaam="gaat", email="Gijs@regenboog.example")
    other = make_kenmerk(act.van, "22BB")
    first, second = grant(stays, rol, act.kenmerk), grant(goes, rol, act.kenmerk, other)
    gevolgen = act.carry_out().gevolgen
    assert [(gevolg.rij.autorisatie.account, gevolg.opvolger) for gevolg in gevolgen] == [(stays, None), (goes, there)]

    for account, before, after in [(stays, True, False), (goes, True, False), (there, False, True)]:
        assert beslis(account, taak, act.kenmerk, PER - timedelta(seconds=1)).mag is before
        assert beslis(account, taak, act.kenmerk, PER).mag is after
    assert beslis(goes, taak, other, PER).mag
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.tot, second.tot) == (PER, None)
    assert set(AutorisatieKenmerk.objects.filter(kenmerk=act.kenmerk).values_list("tot", flat=True)) == {PER, None}
    assert OrganisatieKenmerk.objects.get(organisatie=act.van, kenmerk=act.kenmerk).tot == PER
    assert Logregel.objects.get(gebeurtenis="rol_ontvangen").account_id == there.pk
    assert Logregel.objects.filter(gebeurtenis="rol_overgedragen").count() == 2


def test_d20_a_rol_that_the_other_organisatie_cannot_have_ends_only() -> None:
    act = Overdracht()
    rol = make_rol()
    goes = make_account(act.van, email="gijs@regenboog.example")
    make_account(act.naar, email="gijs@regenboog.example")
    grant(goes, rol, act.kenmerk)
    rol.soorten.clear()
    (gevolg,) = act.carry_out().gevolgen
    assert gevolg.opvolger is None
    assert not Autorisatie.objects.filter(account__organisatie=act.naar).exists()


def test_d20_a_grant_goes_along_with_its_end_and_one_that_will_have_ended_not_at_all() -> None:
    act = Overdracht()
    goes, there = (make_account(one, email="gijs@regenboog.example") for one in (act.van, act.naar))
    until, before = PER + timedelta(days=60), PER - timedelta(days=1)
    for rol, tot in [(make_rol(), until), (make_rol("ROD beheerder"), before)]:
        row = grant(goes, rol, act.kenmerk)
        Autorisatie.objects.filter(pk=row.pk).update(tot=tot)
    act.carry_out()
    new = Autorisatie.objects.get(account=there)
    assert (new.rol, new.van, new.tot) == (make_rol(), PER, until)


@pytest.mark.parametrize("by_machtiging", [False, True])
def test_d20_under_a_rol_that_she_has_for_good_the_kenmerk_still_ends_when_the_old_grant_would(
    *, by_machtiging: bool
) -> None:
    act = Overdracht()
    rol, until = make_rol(), PER + timedelta(days=10)
    taak = make_taak("Leerlingdossier", rol)
    there = make_account(act.naar, email="gijs@regenboog.example")
    grant(there, rol, make_kenmerk(act.naar, "22BB"))
    if by_machtiging:
        machtiging = make_machtiging(act.van, act.naar, [rol], [act.kenmerk])
        Machtiging.objects.filter(pk=machtiging.pk).update(tot=until)
        grant(there, rol, act.kenmerk, machtiging=machtiging)
    else:
        old = grant(make_account(act.van, email="gijs@regenboog.example"), rol, act.kenmerk)
        Autorisatie.objects.filter(pk=old.pk).update(tot=until)
    act.carry_out()
    assert beslis(there, taak, act.kenmerk, PER).mag
    assert not beslis(there, taak, act.kenmerk, until).mag


def test_d3_what_somebody_does_for_another_owner_of_the_kenmerk_stays() -> None:
    """School and board both have the BRIN: the board's people who act for the school lose nothing."""
    act = Overdracht()
    rol, school = make_rol(), make_organisatie("Basisschool De Vlieger", "90005555")
    make_kenmerk(school)
    account = make_account(act.van)
    machtiging = make_machtiging(school, act.van, [rol], [act.kenmerk])
    row = grant(account, rol, act.kenmerk, machtiging=machtiging)
    assert act.carry_out() == Overgang([], [])
    row.refresh_from_db()
    assert row.tot is None
    assert beslis(account, make_taak("Leerlingdossier", rol), act.kenmerk, PER, namens=school).mag


def test_d3_a_kenmerk_that_becomes_theirs_later_anyway_is_theirs_from_the_earlier_day_on() -> None:
    act = Overdracht()
    later = PER + timedelta(days=30)
    OrganisatieKenmerk.objects.create(organisatie=act.naar, kenmerk=act.kenmerk, van=later)
    act.carry_out()
    periods = OrganisatieKenmerk.objects.filter(organisatie=act.naar).order_by("van").values_list("van", "tot")
    assert list(periods) == [(PER, later), (later, None)]


class TestMachtigingen:
    """R30: a machtiging loses what moves, and nothing of it goes to an organisatie that agreed to nothing."""

    @pytest.fixture
    def act(self) -> Overdracht:
        return Overdracht()

    def works(self, act: Overdracht, at: datetime, namens: Organisatie | None = None) -> bool:
        taak, account = make_taak("Leerlingdossier"), Account.objects.get(achternaam="Teller")
        return beslis(account, taak, act.kenmerk, at, namens=namens).mag

    def give(self, act: Overdracht, gemachtigde: Organisatie, *more: Kenmerk) -> Machtiging:
        rol = make_rol()
        make_taak("Leerlingdossier", rol)
        make_beheerder(act.van)
        make_beheerder(gemachtigde)
        account = make_account(gemachtigde, voornaam="Tom", tussenvoegsel="", achternaam="Teller")
        machtiging = make_machtiging(act.van, gemachtigde, [rol], [act.kenmerk, *more])
        grant(account, rol, act.kenmerk, *more, machtiging=machtiging)
        return machtiging

    def mails(self) -> list[Any]:
        return [
            berichtsoorten[row.soort].render(row, NOW) for row in Bericht.objects.filter(soort="machtiging_ingekort")
        ]

    def test_one_with_other_kenmerken_shrinks_and_both_sides_hear_it(self, act: Overdracht) -> None:
        other = make_kenmerk(act.van, "22BB")
        machtiging = self.give(act, act.kantoor, other)
        overgang = act.carry_out()
        assert overgang.machtigingen == [Ingekort(machtiging, [act.kenmerk], stopt=False, inloggers=0)]
        assert [gevolg.opvolger for gevolg in overgang.gevolgen] == [None]
        account = Account.objects.get(achternaam="Teller")
        taak = make_taak("Leerlingdossier")
        for kenmerk, after in [(act.kenmerk, False), (other, True)]:
            assert beslis(account, taak, kenmerk, PER - timedelta(seconds=1), namens=act.van).mag
            assert beslis(account, taak, kenmerk, PER, namens=act.van).mag is after
        assert set(AutorisatieKenmerk.objects.values_list("kenmerk", "tot")) == {
            (act.kenmerk.pk, PER),
            (other.pk, None),
        }
        first, second = self.mails()
        assert first.aan != second.aan
        assert "geldt vanaf 1 april 2026 niet meer voor 21AZ." in first.tekst
        assert "Voor de andere kenmerken blijft de machtiging gelden." in first.tekst
        lines = Logregel.objects.filter(gebeurtenis="machtiging_ingekort")
        assert {line.organisatie_id for line in lines} == {act.van.pk, act.kantoor.pk}
        assert logzinnen["machtiging_ingekort"](lines[0].gegevens).endswith("vanaf 1 april 2026 niet meer voor 21AZ.")

    def test_one_for_nothing_else_stops_on_the_day_and_it_is_said_who_logs_in_by_it(self, act: Overdracht) -> None:
        """D4: a login with a middel of the gemachtigde rests on a machtiging that holds."""
        machtiging = self.give(act, act.kantoor)
        middel = make_middel(act.kantoor.kvk_nummer)
        link(make_account(act.van), middel)
        assert act.carry_out().machtigingen == [Ingekort(machtiging, [act.kenmerk], stopt=True, inloggers=1)]
        machtiging.refresh_from_db()
        assert machtiging.tot == PER
        assert Autorisatie.objects.get(machtiging=machtiging).tot == PER
        assert organisaties_open_to(middel=middel, now=PER - timedelta(seconds=1)).contains(act.van)
        assert not organisaties_open_to(middel=middel, now=PER).contains(act.van)
        assert all("De machtiging stopt daarmee." in mail.tekst for mail in self.mails())
        assert Logregel.objects.filter(gebeurtenis="machtiging_leeg").count() == 2
        end_machtigingen(now=PER - timedelta(days=1))
        assert not Bericht.objects.filter(soort="machtiging_loopt_af").exists()  # they heard it, and cannot renew it

    def test_who_already_worked_for_it_at_the_new_organisatie_keeps_it_until_the_machtiging_would_have_ended(
        self, act: Overdracht
    ) -> None:
        machtiging = self.give(act, act.naar)
        account = Account.objects.get(achternaam="Teller")
        (gevolg,) = act.carry_out().gevolgen
        assert gevolg.opvolger == account
        assert not self.works(act, PER, act.van)
        assert not self.works(act, PER - timedelta(seconds=1))
        assert self.works(act, PER)
        assert self.works(act, machtiging.tot - timedelta(seconds=1))
        assert not self.works(act, machtiging.tot)

    def test_staff_see_it_before_they_propose_and_before_they_decide(
        self, act: Overdracht, staf_client: Client, clock: object
    ) -> None:
        self.give(act, act.kantoor)
        page = reverse("admin:accounts_organisatie_overdracht", args=[act.van.pk])
        form = {"kenmerken": [act.kenmerk.pk], "code_soort": "bestuursnummer", "code": act.naar.code}
        filled = form | {"dag": "2026-04-01", "toelichting": "De school sluit."}
        staf_client.post(page, filled | {"bekeken": "on"})
        decide = reverse("admin:accounts_organisatie_overdracht_besluit", args=[act.van.pk])
        for shown in (staf_client.post(page, filled), staf_client.get(decide)):
            text = shown.content.decode()
            assert (
                "Tom Teller van Kantoor De Teller verliest ROD raadpleger voor 21AZ namens Stichting De Regenboog; "
                "niemand krijgt die."
            ) in text
            assert "De machtiging aan Kantoor De Teller geldt niet meer voor 21AZ. Er blijft niets over" in text

    def test_what_was_offered_before_the_move_cannot_be_accepted_after_it(self, act: Overdracht) -> None:
        inhoud = Inhoud(
            verlener=act.van,
            gemachtigde=act.kantoor,
            soort=Machtiging.Soort.VERWERKING,
            rollen=[make_rol()],
            kenmerken=[act.kenmerk],
            van=NOW.date(),
            tot_en_met=date(2026, 12, 31),
        )
        aanbod = enter_paper_machtiging(inhoud=inhoud, actor=staf_actor("eerste.duo"), now=NOW)
        OrganisatieKenmerk.objects.filter(organisatie=act.van).update(tot=NOW)
        second = staf_actor("tweede.duo")
        with pytest.raises(Weigering, match="horen niet meer bij Stichting De Regenboog"):
            decide_paper_machtiging(aanbod=aanbod, akkoord=True, actor=second, now=NOW)
        assert decide_paper_machtiging(aanbod=aanbod, akkoord=False, actor=second, now=NOW) is None


def test_a_day_that_passed_before_the_decision_counts_from_the_decision() -> None:
    act = Overdracht()
    act.propose(staf_actor("eerste.duo"), NOW + timedelta(days=10))
    late = NOW + timedelta(days=35)
    act.decide(staf_actor("tweede.duo"), now=late)
    assert OrganisatieKenmerk.objects.get(organisatie=act.van, kenmerk=act.kenmerk).tot == late


def test_in_the_admin_a_move_shows_who_loses_what_before_it_is_proposed(
    staf_client: Client, login_staf: Callable[[Account], Client], clock: object
) -> None:
    act = Overdracht()
    account = make_account(act.van, voornaam="Bea", tussenvoegsel="", achternaam="Blijft")
    grant(account, make_rol(), act.kenmerk)
    page = reverse("admin:accounts_organisatie_overdracht", args=[act.van.pk])
    form = {"kenmerken": [act.kenmerk.pk], "code_soort": "bestuursnummer", "code": act.naar.code, "dag": "2026-04-01"}
    wrong = staf_client.post(page, form | {"code": "00000", "dag": "2026-01-01", "toelichting": "x"}).content.decode()
    assert "Er is geen andere organisatie met deze code." in wrong
    assert "Kies vandaag of een dag later." in wrong
    filled = form | {"toelichting": "De school sluit."}
    preview = staf_client.post(page, filled).content.decode()
    assert "Bea Blijft verliest ROD raadpleger voor 21AZ; niemand krijgt die." in preview
    assert not Voorstel.objects.exists()
    assert staf_client.post(page, filled | {"bekeken": "on"}).status_code == 302
    decide = reverse("admin:accounts_organisatie_overdracht_besluit", args=[act.van.pk])
    colleague = login_staf(make_staf("collega.duo"))
    assert "Bea Blijft verliest" in colleague.get(decide).content.decode()
    choice = {"keuze": "ja", "toelichting": "Akkoord.", "stand": act.stand()}
    late = make_account(act.van, voornaam="Lot", tussenvoegsel="", achternaam="Laat")
    grant(late, make_rol(), act.kenmerk)
    changed = colleague.post(decide, choice, follow=True).content.decode()
    assert "Intussen is er iets veranderd." in changed
    assert "Lot Laat verliest" in changed
    assert not act.is_done()
    assert colleague.post(decide, choice | {"stand": act.stand()}).status_code == 302
    assert act.is_done()
    nothing = colleague.get(decide).content.decode()
    assert "Er is geen overdracht" in nothing

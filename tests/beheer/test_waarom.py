"""Who can open what, and why, on the screen (R22, D20)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, OrganisatieKenmerk, TijdelijkeBlokkade
from autorisatie.models import Autorisatie, Taak, TaakRol
from tests.factories import (
    LONG_AGO,
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_taak,
)
from tests.formulier import text_of
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db


def waarom(account: Account) -> str:
    return reverse("gebruiker_waarom", kwargs={"pk": account.pk})


@pytest.fixture
def taak() -> Taak:
    return make_taak("Leerlingdossier", make_rol("ROD raadpleger"))


@pytest.fixture
def henk(gebruiker: Account, beheerder: Account, taak: Taak) -> Account:
    """Somebody who can open one taak for one kenmerk."""
    assert beheerder.organisatie is not None
    grant(gebruiker, make_rol("ROD raadpleger"), make_kenmerk(beheerder.organisatie))
    return gebruiker


class TestOfAPerson:
    def test_the_page_says_what_he_can_open_and_why(self, beheerder_client: Client, henk: Account) -> None:
        text = text_of(beheerder_client.get(waarom(henk)))
        assert "Leerlingdossier" in text
        assert "Henk van den Zande heeft de rol ROD raadpleger." in text
        assert "De rol ROD raadpleger geldt voor kenmerk 21AZ." in text
        assert "Kenmerk 21AZ hoort bij Stichting De Regenboog." in text
        assert "een login met niveau EH3 of hoger nodig" in text

    def test_without_a_middel_it_says_that_he_cannot_log_in(self, beheerder_client: Client, henk: Account) -> None:
        assert "Er is nog nooit een eHerkenningsmiddel" in text_of(beheerder_client.get(waarom(henk)))
        link(henk, used=NOW - timedelta(days=1), beeindigd_op=NOW, reden="verloren")
        assert "De koppeling eindigde op 2 maart 2026" in text_of(beheerder_client.get(waarom(henk)))

    def test_a_login_that_was_too_low_is_a_missing_link(self, beheerder_client: Client, henk: Account) -> None:
        Logregel.objects.create(
            op=LONG_AGO,
            gebeurtenis="ingelogd",
            actor_soort="account",
            account_id=henk.pk,
            gegevens={"loa": "urn:etoegang:core:assurance-class:loa2plus"},
        )
        text = text_of(beheerder_client.get(waarom(henk)))
        assert "De taak vraagt om een login met niveau EH3 of hoger." in text

    def test_what_is_missing_is_said_in_words(self, beheerder_client: Client, henk: Account) -> None:
        """No kenmerk, a kenmerk that went elsewhere, a rol that ended, a rol that he never had."""
        grant(henk, make_rol("Zonder kenmerk"))
        make_taak("Bekostiging", make_rol("Zonder kenmerk"))
        foreign = make_kenmerk(henk.organisatie or make_organisatie(), "30XX")
        OrganisatieKenmerk.objects.filter(kenmerk=foreign).update(tot=NOW)
        grant(henk, make_rol("Weg"), foreign)
        make_taak("Verhuisd", make_rol("Weg"))
        grant(henk, make_rol("Voorbij"))
        Autorisatie.objects.filter(rol__naam="Voorbij").update(tot=NOW)
        make_taak("Vroeger", make_rol("Voorbij"))
        make_taak("Verzuim", make_rol("Nooit gehad"))
        text = text_of(beheerder_client.get(waarom(henk)))
        assert "Bij de rol is een kenmerk nodig van de soort Instellingscode (BRIN)." in text
        assert "Kenmerk 30XX hoort sinds 2 maart 2026 niet meer bij Stichting De Regenboog." in text
        assert "De rol Voorbij eindigde op 2 maart 2026." in text
        assert "1 taak waarvoor een andere rol nodig is" in text
        assert "heeft geen van deze rollen: Nooit gehad." in text

    def test_a_kenmerk_that_went_at_midnight_is_away_since_that_day(
        self, beheerder_client: Client, henk: Account
    ) -> None:
        """D3, D18: as the page Kenmerken has it."""
        OrganisatieKenmerk.objects.update(tot=datetime(2026, 3, 2, tzinfo=ZoneInfo("Europe/Amsterdam")))
        assert "Kenmerk 21AZ hoort sinds 2 maart 2026 niet meer bij" in text_of(beheerder_client.get(waarom(henk)))

    def test_a_day_in_the_past_tells_how_it_was(self, beheerder_client: Client, henk: Account) -> None:
        """D20, D18: the whole Amsterdam day counts, up to its end."""
        Autorisatie.objects.update(tot=NOW - timedelta(days=1))
        now = text_of(beheerder_client.get(waarom(henk)))
        assert "Zo is het nu" in now
        assert "Er is niets te openen" in now
        then = text_of(beheerder_client.get(waarom(henk), {"op": "2026-02-28"}))
        assert "Zo was het aan het einde van 28 februari 2026" in then
        assert "heeft de rol ROD raadpleger" in then

    def test_a_day_before_there_were_taken_promises_nothing_below(
        self, beheerder_client: Client, henk: Account
    ) -> None:
        TaakRol.objects.update(van=NOW)
        then = text_of(beheerder_client.get(waarom(henk), {"op": "2026-02-28"}))
        assert "Er waren op dat moment geen taken voor deze organisatie." in then
        assert "Hieronder staat" not in then

    @pytest.mark.parametrize(
        ("op", "sentence"),
        [("2026-03-03", "moet nog komen"), ("0001-01-01", "Zo ver terug"), ("morgen", "Kies een dag")],
    )
    def test_an_odd_day_is_a_sentence(self, beheerder_client: Client, henk: Account, op: str, sentence: str) -> None:
        assert sentence in text_of(beheerder_client.get(waarom(henk), {"op": op}))

    def test_of_who_left_it_is_still_told_how_it_was(self, beheerder_client: Client, henk: Account) -> None:
        """R20: the history stays."""
        Account.objects.filter(pk=henk.pk).update(beeindigd_op=NOW)
        assert "Het account is beëindigd. Er is dan niets te openen." in text_of(beheerder_client.get(waarom(henk)))
        assert "heeft de rol" in text_of(beheerder_client.get(waarom(henk), {"op": "2026-02-28"}))

    def test_of_who_is_kept_out_for_a_while_it_says_so(self, beheerder_client: Client, henk: Account) -> None:
        """R16: not that there is no such account."""
        TijdelijkeBlokkade.objects.create(account=henk, van=NOW - timedelta(days=1))
        now = text_of(beheerder_client.get(waarom(henk)))
        assert "Het account is tijdelijk geblokkeerd. Er is dan niets te openen." in now
        assert "heeft de rol" in text_of(beheerder_client.get(waarom(henk), {"op": "2026-02-28"}))

    def test_everybody_sees_his_own(self, clock: object, login: Callable[[Account], Client], henk: Account) -> None:
        """R23."""
        client = login(henk)
        text = text_of(client.get(reverse("mijn_waarom")))
        assert "De login heeft minstens niveau EH3." in text
        assert "De rol ROD raadpleger geldt voor kenmerk 21AZ." in text
        assert reverse("mijn_waarom") in client.get(reverse("mijn_gegevens")).content.decode()


class TestOfAKenmerk:
    def page(self, client: Client, waarde: str = "21AZ", **params: str) -> str:
        kenmerk = OrganisatieKenmerk.objects.get(kenmerk__waarde=waarde).kenmerk
        return text_of(client.get(reverse("kenmerk_wie", kwargs={"pk": kenmerk.pk}), params))

    def test_the_list_counts_and_the_page_names_who_can_see_it_and_why(
        self, beheerder_client: Client, henk: Account
    ) -> None:
        make_account(henk.organisatie, voornaam="Niemand", achternaam="Anders")
        assert "1 persoon voor 21AZ" in text_of(beheerder_client.get(reverse("kenmerken")))
        text = self.page(beheerder_client)
        assert "Zande, Henk van den" in text
        assert "De rol ROD raadpleger geldt voor kenmerk 21AZ." in text
        assert "Anders" not in text

    def test_a_day_in_the_past_tells_who_could(self, beheerder_client: Client, henk: Account) -> None:
        Autorisatie.objects.update(tot=NOW - timedelta(days=1))
        assert "Niemand" in self.page(beheerder_client)
        assert "Zande, Henk van den" in self.page(beheerder_client, op="2026-02-28")

    def test_people_of_another_organisatie_with_the_same_kenmerk_are_not_shown(
        self, beheerder_client: Client, henk: Account
    ) -> None:
        """D3: one BRIN can belong to school and board."""
        school = make_organisatie("De Vlieger")
        OrganisatieKenmerk.objects.create(
            organisatie=school, kenmerk=OrganisatieKenmerk.objects.get().kenmerk, van=LONG_AGO
        )
        teacher = make_account(school, achternaam="Buiten")
        grant(teacher, make_rol("ROD raadpleger"), make_kenmerk(school))
        kenmerk = OrganisatieKenmerk.objects.filter(organisatie=school).get().kenmerk
        text = text_of(beheerder_client.get(reverse("kenmerk_wie", kwargs={"pk": kenmerk.pk})))
        assert "Buiten" not in text
        assert "Zande" in text

    def test_another_organisaties_kenmerk_is_a_404(self, beheerder_client: Client) -> None:
        foreign = make_kenmerk(make_organisatie("De Vlieger"), "30XX")
        assert beheerder_client.get(reverse("kenmerk_wie", kwargs={"pk": foreign.pk})).status_code == 404

    @pytest.mark.parametrize("people", [1, 10])
    def test_the_pages_ask_as_much_for_ten_people_as_for_one(
        self, beheerder_client: Client, henk: Account, people: int
    ) -> None:
        for _ in range(people - 1):
            grant(make_account(henk.organisatie), make_rol("ROD raadpleger"), make_kenmerk(henk.organisatie))  # type: ignore[arg-type]
        kenmerk = OrganisatieKenmerk.objects.get().kenmerk
        counts = []
        for page in (reverse("kenmerk_wie", kwargs={"pk": kenmerk.pk}), reverse("kenmerken"), waarom(henk)):
            beheerder_client.get(page)
            with CaptureQueriesContext(connection) as queries:
                beheerder_client.get(page)
            counts.append(len(queries))
        assert counts == [16, 9, 17]


def test_a_beheerder_of_another_domain_may_look_too(
    clock: object, login: Callable[[Account], Client], henk: Account
) -> None:
    """R02 limits what she hands out; what stands at her organisatie she may see, as on the page of a gebruiker."""
    client = login(make_beheerder(henk.organisatie, make_rol("RIO inzien")))
    assert "ROD raadpleger" in text_of(client.get(waarom(henk)))


def test_access_by_machtiging_is_explained_for_who_gave_it(beheerder_client: Client, henk: Account) -> None:
    """R30: chosen on the page; another organisatie is no choice."""
    school = make_organisatie("Basisschool De Vlieger", "90005555")
    assert "Werkt voor" not in text_of(beheerder_client.get(waarom(henk)))
    kenmerk, rol = make_kenmerk(school, "30XX"), make_rol("ROD raadpleger")
    assert henk.organisatie is not None
    grant(henk, rol, kenmerk, machtiging=make_machtiging(school, henk.organisatie, [rol], [kenmerk]))
    assert "30XX" not in text_of(beheerder_client.get(waarom(henk)))
    text = text_of(beheerder_client.get(waarom(henk), {"namens": school.pk}))
    assert "Kenmerk 30XX hoort bij Basisschool De Vlieger." in text
    other = text_of(beheerder_client.get(waarom(henk), {"namens": make_organisatie("Een ander").pk}))
    assert "Kies een organisatie uit de lijst." in other

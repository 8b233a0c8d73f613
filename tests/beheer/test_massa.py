"""One rol for many, and the rollen of a colleague (R02, R04, D20, D23)."""

from collections.abc import Callable
from time import monotonic

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from autorisatie.models import Autorisatie
from tests.beheer.test_rollen import held
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_gebruikersnaam_number,
    make_kenmerk,
    make_organisatie,
    make_rol,
)
from tests.formulier import submit, text_of
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db
BEKIJK = "Bekijk wat er verandert"


def page_of(view: str) -> str:
    return reverse(view, kwargs={"sleutel": "rod-raadpleger"})


@pytest.fixture
def kenmerk(beheerder: Account) -> Kenmerk:
    return OrganisatieKenmerk.objects.get(organisatie=beheerder.organisatie).kenmerk


@pytest.fixture
def three(gebruiker: Account) -> list[Account]:
    """Three gebruikers of the organisatie."""
    return [gebruiker, *(make_account(gebruiker.organisatie, achternaam=naam) for naam in ("Bakker", "Visser"))]


class TestGive:
    def test_chosen_people_get_it_after_a_preview_per_person(
        self, beheerder_client: Client, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        grant(three[1], make_rol("ROD raadpleger"), kenmerk)
        make_rol("ROD raadpleger").sluit_uit.add(make_rol("Controleur"))
        grant(three[2], make_rol("Controleur"), kenmerk)
        wie = [account.pk for account in three]
        preview = submit(
            beheerder_client, page_of("rol_geven"), BEKIJK, wie=wie, kenmerken=[kenmerk.pk], tot="2026-07-31"
        )
        text = text_of(preview)
        henk = f"Henk van den Zande {three[0].email} ROD raadpleger Rol erbij tot en met 31 juli 2026 Erbij: 21AZ"
        assert henk in text
        assert "Fatima El Visser, ROD raadpleger: De rol ROD raadpleger gaat niet samen met de rol Controleur" in text
        assert "1 keer was het al zo" in text
        for _ in range(2):
            done = submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
            assert done.status_code == 302
        grants = Autorisatie.objects.filter(rol=make_rol("ROD raadpleger")).order_by("id")
        assert [(row.account_id, row.tot is None) for row in grants] == [(three[1].pk, True), (three[0].pk, False)]
        assert Logregel.objects.get().account_id == three[0].pk

    def test_everybody_of_the_filtered_list_also_on_other_pages(
        self, beheerder_client: Client, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        for number in range(120):
            make_account(three[0].organisatie, achternaam=f"Velen{number}")
        page = beheerder_client.get(page_of("rol_geven"), {"q": "Velen"})
        assert "Alle 120 gebruikers van deze lijst, ook die op de andere pagina's" in text_of(page)
        preview = beheerder_client.post(
            page_of("rol_geven") + "?q=Velen",
            {"_account": beheerder_client.session["_auth_user_id"], "alle": "1", "kenmerken": [kenmerk.pk]},
        )
        assert "120 wijzigingen" in text_of(preview)
        submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
        assert Autorisatie.objects.count() == Logregel.objects.count() == 120

    def test_nobody_or_no_kenmerk_is_a_sentence(
        self, beheerder_client: Client, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        page = page_of("rol_geven")
        response = submit(beheerder_client, page, BEKIJK, kenmerken=[kenmerk.pk])
        assert "Kies minstens één gebruiker" in text_of(response)
        response = submit(beheerder_client, page, BEKIJK, wie=[three[0].pk])
        assert "Zonder kenmerk opent deze rol niets" in text_of(response)
        assert f'value="{three[0].pk}"' in response.content.decode()

    @pytest.mark.parametrize("wie", ["x", "-1", "9" * 30, "1,2,,3"])
    def test_odd_ids_are_left_out(
        self, beheerder_client: Client, gebruiker: Account, kenmerk: Kenmerk, wie: str
    ) -> None:
        response = submit(beheerder_client, page_of("rol_geven"), BEKIJK, wie=[wie], kenmerken=[kenmerk.pk])
        assert "Kies minstens één gebruiker" in text_of(response)

    def test_forged_people_and_kenmerken_get_nothing(
        self, beheerder_client: Client, gebruiker: Account, kenmerk: Kenmerk
    ) -> None:
        """R02, R04: not of another organisatie, not for its kenmerken."""
        other = make_account(make_organisatie("Elders"))
        assert other.organisatie is not None
        foreign = make_kenmerk(other.organisatie, "30XX")
        page = beheerder_client.get(page_of("rol_geven"))
        preview = submit(beheerder_client, page, BEKIJK, wie=[gebruiker.pk], kenmerken=[kenmerk.pk])
        for values in ({"wie": f"{other.pk}"}, {"kenmerken": [foreign.pk]}):
            submit(beheerder_client, preview, "Opslaan", **values, juiste_persoon="on")
        assert not Autorisatie.objects.exists()

    def test_between_preview_and_confirmation_somebody_left(
        self, beheerder_client: Client, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        """D23: all or nothing, and what would happen now is shown."""
        wie = [account.pk for account in three]
        preview = submit(beheerder_client, page_of("rol_geven"), BEKIJK, wie=wie, kenmerken=[kenmerk.pk])
        Account.objects.filter(pk=three[0].pk).update(beeindigd_op=NOW)
        again = submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
        assert "Iemand anders was u voor" in text_of(again)
        assert not Autorisatie.objects.exists()
        submit(beheerder_client, again, "Opslaan", juiste_persoon="on")
        assert Autorisatie.objects.count() == 2


class TestWithdraw:
    def test_the_whole_rol_or_one_kenmerk(
        self, beheerder_client: Client, beheerder: Account, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        assert beheerder.organisatie is not None
        second = make_kenmerk(beheerder.organisatie, "22BB")
        for account in three[:2]:
            grant(account, make_rol("ROD raadpleger"), kenmerk, second)
        page = beheerder_client.get(page_of("rol_intrekken"))
        assert "Visser" not in text_of(page)
        wie = [account.pk for account in three]
        preview = submit(beheerder_client, page, BEKIJK, wie=wie, kenmerken=[second.pk])
        submit(beheerder_client, preview, "Opslaan")
        assert [held(account) for account in three] == [{"ROD raadpleger": ["21AZ"]}, {"ROD raadpleger": ["21AZ"]}, {}]
        preview = submit(beheerder_client, page, BEKIJK, alle="1")
        assert "2 wijzigingen" in text_of(preview)
        for _ in range(2):
            assert submit(beheerder_client, preview, "Opslaan").status_code in {200, 302}
        assert [held(account) for account in three] == [{}, {}, {}]
        assert Logregel.objects.filter(gebeurtenis="rol_ingetrokken").count() == 2

    def test_a_rol_that_opens_nothing_any_more_can_still_be_withdrawn(
        self, beheerder_client: Client, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        """The organisatie has no kenmerk left that fits: the whole rol goes, and there is nothing to choose."""
        for account in three[:2]:
            grant(account, make_rol("ROD raadpleger"), kenmerk)
        OrganisatieKenmerk.objects.update(tot=NOW)
        page = beheerder_client.get(page_of("rol_intrekken"))
        assert "Kenmerk" not in text_of(page)
        preview = submit(beheerder_client, page, BEKIJK, alle="1")
        assert "2 wijzigingen" in text_of(preview)
        submit(beheerder_client, preview, "Opslaan")
        assert [held(account) for account in three] == [{}, {}, {}]
        assert "Geen kenmerk om te kiezen" in text_of(beheerder_client.get(page_of("rol_geven")))


class TestCopy:
    def page(self, account: Account) -> str:
        return reverse("gebruiker_overnemen", kwargs={"pk": account.pk})

    def test_what_comes_and_what_does_not_is_shown_and_then_done(
        self, clock: object, login: Callable[[Account], Client], three: list[Account], kenmerk: Kenmerk
    ) -> None:
        """R02, R04, D3."""
        henk, bakker, _ = three
        lost = make_kenmerk(henk.organisatie or make_organisatie(), "30XX")
        grant(bakker, make_rol("ROD raadpleger"), kenmerk, lost)
        grant(bakker, make_rol("RIO inzien"), kenmerk)
        OrganisatieKenmerk.objects.filter(kenmerk=lost).update(tot=NOW)
        client = login(make_beheerder(henk.organisatie, make_rol("ROD raadpleger")))
        preview = submit(client, self.page(henk), BEKIJK, collega=bakker.pk)
        text = text_of(preview)
        assert "Deze kenmerken gaan niet mee Ze horen niet meer bij uw organisatie. ROD raadpleger: 30XX" in text
        assert "RIO inzien niet geven: die hoort niet bij uw beheerdersrol" in text
        for _ in range(2):
            submit(client, preview, "Opslaan", juiste_persoon="on")
        assert held(henk) == {"ROD raadpleger": ["21AZ"]}
        assert Logregel.objects.count() == 1

    def test_only_somebody_of_the_own_organisatie_with_rollen_can_be_chosen(
        self, beheerder_client: Client, three: list[Account], kenmerk: Kenmerk
    ) -> None:
        other = make_account(make_organisatie("Elders"), achternaam="Buiten")
        grant(other, make_rol("ROD raadpleger"), kenmerk)
        assert "Geen collega gevonden" in text_of(beheerder_client.get(self.page(three[0])))
        grant(three[1], make_rol("ROD raadpleger"), kenmerk)
        page = beheerder_client.get(self.page(three[0]))
        assert "Buiten" not in text_of(page)
        response = submit(beheerder_client, page, BEKIJK, collega=other.pk)
        assert response.status_code == 200
        assert "Rol erbij" not in text_of(response)
        assert held(three[0]) == {}


@pytest.mark.zwaar
def test_three_thousand_people_take_seconds(beheerder_client: Client, gebruiker: Account, kenmerk: Kenmerk) -> None:
    Account.objects.bulk_create(
        Account(
            gebruikersnaam=make_gebruikersnaam_number(50_000_000 + number),
            organisatie=gebruiker.organisatie,
            voornaam="Velen",
            achternaam=f"A{number}",
            email="a@regenboog.example",
            gemaakt_op=NOW,
        )
        for number in range(3_000)
    )
    begin = monotonic()
    preview = submit(beheerder_client, page_of("rol_geven"), BEKIJK, alle="1", kenmerken=[kenmerk.pk])
    submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
    assert Autorisatie.objects.count() == 3_002  # Henk, and she herself as sole beheerder
    assert monotonic() - begin < 30

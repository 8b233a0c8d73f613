import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.services import set_autorisatie, withdraw_autorisatie
from beheer.services.rollen import grant_rol, read_stand
from tests.factories import NOW, grant, make_account, make_beheerder, make_kenmerk, make_organisatie, make_rol
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
ACTOR = Actor(ActorSoort.ACCOUNT, id=7)


def rollen(account: Account) -> str:
    return reverse("gebruiker_rollen", kwargs={"pk": account.pk})


def rol_page(account: Account, sleutel: str = "rod-raadpleger", view: str = "gebruiker_rol") -> str:
    return reverse(view, kwargs={"pk": account.pk, "sleutel": sleutel})


def held(account: Account) -> dict[str, list[str]]:
    """The live rollen of an account with the kenmerken they were given for."""
    return {
        row.rol.naam: sorted(row.kenmerken.filter(tot=None).values_list("kenmerk__waarde", flat=True))
        for row in Autorisatie.objects.filter(account=account, tot=None).select_related("rol")
    }


class TestGiving:
    def test_a_rol_is_given_for_the_chosen_kenmerken_only(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        """R04."""
        assert beheerder.organisatie is not None
        chosen = make_kenmerk(beheerder.organisatie, "22BB")
        page = rol_page(gebruiker)
        response = submit(beheerder_client, page, "Rol geven", kenmerken=[chosen.pk], juiste_persoon="on")
        assert response.headers["Location"] == rollen(gebruiker)
        assert held(gebruiker) == {"ROD raadpleger": ["22BB"]}
        line = Logregel.objects.get(gebeurtenis="rol_gegeven")
        assert (line.actor_id, line.account_id) == (beheerder.pk, gebruiker.pk)

    def test_a_rol_that_shows_private_data_reminds_her_that_she_answers_for_the_right_person(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        """R04, manual, introduction: without that confirmation nothing is given."""
        assert beheerder.organisatie is not None
        kenmerk = make_kenmerk(beheerder.organisatie)
        page = beheerder_client.get(rol_page(gebruiker))
        assert "verantwoordelijk voor dat de juiste persoon" in text_of(page)
        response = submit(beheerder_client, page, "Rol geven", kenmerken=[kenmerk.pk])
        assert "Controleer of dit de juiste persoon is" in text_of(response)
        assert held(gebruiker) == {}

    def test_a_rol_without_private_data_asks_no_such_thing(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        make_rol("RIO inzien", privacygevoelig=False)
        kenmerk = make_kenmerk(beheerder.organisatie)
        page = beheerder_client.get(rol_page(gebruiker, "rio-inzien"))
        assert "juiste persoon" not in text_of(page)
        submit(beheerder_client, page, "Rol geven", kenmerken=[kenmerk.pk])
        assert held(gebruiker) == {"RIO inzien": ["21AZ"]}

    def test_without_a_kenmerk_nothing_is_given_and_the_screen_says_why(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """R22: a rol without its kenmerk opens nothing."""
        response = submit(beheerder_client, rol_page(gebruiker), "Rol geven", juiste_persoon="on")
        assert "Zonder kenmerk opent deze rol niets" in text_of(response)
        assert held(gebruiker) == {}

    def test_a_rol_for_which_the_organisatie_has_no_kenmerk_says_so(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        make_rol("Inburgering", kenmerksoorten=("gemeentecode",))
        page = beheerder_client.get(rol_page(gebruiker, "inburgering"))
        assert "uw organisatie heeft er geen" in text_of(page)

    def test_a_kenmerk_of_another_organisatie_is_not_offered_nor_taken(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """R04, D3."""
        foreign = make_kenmerk(make_organisatie("De Vlieger"), "99ZZ")
        page = beheerder_client.get(rol_page(gebruiker))
        assert "99ZZ" not in page.content.decode()
        response = submit(beheerder_client, page, "Rol geven", kenmerken=[foreign.pk], juiste_persoon="on")
        assert response.status_code == 200
        assert held(gebruiker) == {}

    def test_a_rol_that_was_given_and_lost_its_kenmerk_says_that_it_opens_nothing(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        """R22."""
        assert beheerder.organisatie is not None
        grant(gebruiker, make_rol(), make_kenmerk(beheerder.organisatie))
        OrganisatieKenmerk.objects.update(tot=NOW)
        text = text_of(beheerder_client.get(rollen(gebruiker)))
        assert "Opent niets" in text
        assert "21AZ: hoort niet meer bij uw organisatie" in text

    def test_refused_rollen_say_why_and_change_nothing(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        """Rollen that exclude each other are data."""
        assert beheerder.organisatie is not None
        kenmerk = make_kenmerk(beheerder.organisatie)
        grant(gebruiker, make_rol("Controleur"), kenmerk)
        make_rol().sluit_uit.add(make_rol("Controleur"))
        response = submit(
            beheerder_client, rol_page(gebruiker), "Rol geven", kenmerken=[kenmerk.pk], juiste_persoon="on"
        )
        assert "gaat niet samen met de rol Controleur" in text_of(response)
        assert held(gebruiker) == {"Controleur": ["21AZ"]}

    @pytest.mark.parametrize("kenmerken", [["x"], ["-1"], ["99999999999999999999"], [""]])
    def test_odd_kenmerken_are_a_sentence_not_an_error(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[str]
    ) -> None:
        response = submit(beheerder_client, rol_page(gebruiker), "Rol geven", kenmerken=kenmerken, juiste_persoon="on")
        assert response.status_code == 200
        assert held(gebruiker) == {}

    def test_posting_twice_gives_once(self, beheerder_client: Client, beheerder: Account, gebruiker: Account) -> None:
        assert beheerder.organisatie is not None
        values = {"kenmerken": [make_kenmerk(beheerder.organisatie).pk], "juiste_persoon": "on"}
        page = beheerder_client.get(rol_page(gebruiker))
        for _ in range(2):
            response = submit(beheerder_client, page, "Rol geven", **values)
            assert response.headers["Location"] == rollen(gebruiker)
        assert Logregel.objects.filter(gebeurtenis__startswith="rol_").count() == 1


class TestEnd:
    """D20: the last day on which a rol holds."""

    def give(self, client: Client, gebruiker: Account, knop: str = "Rol geven", **values: object) -> str:
        kenmerk = OrganisatieKenmerk.objects.get(organisatie=gebruiker.organisatie).kenmerk_id
        response = submit(client, rol_page(gebruiker), knop, kenmerken=[kenmerk], juiste_persoon="on", **values)
        return text_of(response) if response.status_code == 200 else ""

    def test_it_is_chosen_with_the_rol_and_shown_everywhere(
        self, beheerder_client: Client, gebruiker: Account, login: Callable[[Account], Client]
    ) -> None:
        assert self.give(beheerder_client, gebruiker, tot="2026-07-31") == ""
        for page in (rollen(gebruiker), reverse("gebruiker", kwargs={"pk": gebruiker.pk})):
            assert "Tot en met 31 juli 2026" in text_of(beheerder_client.get(page))
        assert 'value="2026-07-31"' in beheerder_client.get(rol_page(gebruiker)).content.decode()
        assert self.give(beheerder_client, gebruiker, "Opslaan", tot="") == ""
        assert Autorisatie.objects.get().tot is None
        self.give(beheerder_client, gebruiker, "Opslaan", tot="2026-07-31")
        assert "tot en met 31 juli 2026" in text_of(login(gebruiker).get(reverse("mijn_gegevens")))

    @pytest.mark.parametrize("tot", ["2026-03-01", "0001-01-01", "9999-12-31", "straks"])
    def test_an_odd_day_is_a_sentence(self, beheerder_client: Client, gebruiker: Account, tot: str) -> None:
        assert "Kies " in self.give(beheerder_client, gebruiker, tot=tot)
        assert held(gebruiker) == {}

    def test_a_colleague_who_moved_the_end_meanwhile_is_not_overruled_unseen(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """D23."""
        self.give(beheerder_client, gebruiker)
        page = beheerder_client.get(rol_page(gebruiker))
        self.give(beheerder_client, gebruiker, "Opslaan", tot="2026-07-31")
        response = submit(
            beheerder_client,
            page,
            "Opslaan",
            kenmerken=[make_kenmerk(gebruiker.organisatie, "22BB").pk],  # type: ignore[arg-type]  # it has one
            juiste_persoon="on",
        )
        assert "Iemand anders was u voor" in text_of(response)
        assert "21AZ Tot en met 31 juli 2026" in text_of(response)


class TestDomain:
    """R02: a beheerder who is limited to a domain hands out only rollen of that domain."""

    @pytest.fixture
    def limited(self, login: Callable[[Account], Client], clock: object, beheerder: Account) -> Client:
        return login(make_beheerder(beheerder.organisatie, make_rol("RIO inzien")))

    def test_she_sees_only_the_rollen_she_may_give(self, limited: Client, gebruiker: Account) -> None:
        text = text_of(limited.get(rollen(gebruiker)))
        assert "RIO inzien" in text
        assert "ROD raadpleger" not in text

    def test_a_rol_outside_it_is_not_there_for_her(self, limited: Client, gebruiker: Account) -> None:
        for view in ("gebruiker_rol", "gebruiker_rol_intrekken"):
            address = rol_page(gebruiker, view=view)
            assert limited.get(address).status_code == 404
            assert limited.post(address, {"_account": limited.session["_auth_user_id"]}).status_code == 404

    def test_she_sees_what_somebody_has_and_cannot_withdraw_it(
        self, limited: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        grant(gebruiker, make_rol(), make_kenmerk(beheerder.organisatie))
        page = limited.get(rollen(gebruiker))
        assert "ROD raadpleger" in text_of(page)
        assert "Hoort niet bij uw beheerdersrol" in text_of(page)


class TestHerself:
    """R02: granting to herself takes a second beheerder; a sole beheerder may act at once, with notice."""

    def give(self, client: Client, beheerder: Account) -> str:
        make_rol()
        kenmerk = OrganisatieKenmerk.objects.get(organisatie=beheerder.organisatie).kenmerk_id
        response = submit(client, rol_page(beheerder), "Rol geven", kenmerken=[kenmerk], juiste_persoon="on")
        return text_of(response) if response.status_code == 200 else ""

    def test_with_a_colleague_it_is_refused_with_the_way_to_go(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        make_beheerder(beheerder.organisatie)
        assert "Vraag het uw collega-beheerder" in self.give(beheerder_client, beheerder)
        assert held(beheerder) == {}
        assert "U kunt uzelf geen rol geven" in text_of(beheerder_client.get(rollen(beheerder)))

    def test_a_sole_beheerder_may_and_bevoegd_gezag_and_duo_are_told(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        assert "krijgen daar bericht van" in text_of(beheerder_client.get(rollen(beheerder)))
        assert self.give(beheerder_client, beheerder) == ""
        assert held(beheerder) == {"ROD raadpleger": ["21AZ"]}
        kinds = set(Bericht.objects.values_list("soort", flat=True))
        assert kinds == {"eigen_rol_gezag", "eigen_rol_duo"}


class TestWithdrawing:
    def test_it_is_asked_first_and_then_done(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        grant(gebruiker, make_rol(), make_kenmerk(beheerder.organisatie))
        page = beheerder_client.get(rol_page(gebruiker, view="gebruiker_rol_intrekken"))
        assert "De rol geldt nu voor: 21AZ." in text_of(page)
        assert held(gebruiker) == {"ROD raadpleger": ["21AZ"]}
        for _ in range(2):
            response = submit(beheerder_client, page, "Rol intrekken")
            assert response.headers["Location"] == rollen(gebruiker)
        assert held(gebruiker) == {}
        assert Logregel.objects.filter(gebeurtenis="rol_ingetrokken").count() == 1

    def test_a_rol_that_a_colleague_extended_meanwhile_is_shown_again_first(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        """D23."""
        assert beheerder.organisatie is not None
        kenmerken = [make_kenmerk(beheerder.organisatie), make_kenmerk(beheerder.organisatie, "22BB")]
        grant(gebruiker, make_rol(), kenmerken[0])
        page = beheerder_client.get(rol_page(gebruiker, view="gebruiker_rol_intrekken"))
        set_autorisatie(
            account=gebruiker, rol=make_rol(), kenmerken=kenmerken, actor=ACTOR, beheerder=beheerder, now=NOW
        )
        submit(beheerder_client, page, "Rol intrekken")
        assert held(gebruiker) == {"ROD raadpleger": ["21AZ", "22BB"]}


class TestTwoAtOnce:
    """D23: the second one is shown what changed, and nothing is lost."""

    def test_a_form_shown_before_a_colleague_changed_the_rol_saves_nothing_at_first(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        kenmerken = [make_kenmerk(beheerder.organisatie, waarde) for waarde in ("21AZ", "22BB", "23CC")]
        grant(gebruiker, make_rol(), kenmerken[0])
        page = beheerder_client.get(rol_page(gebruiker))
        set_autorisatie(
            account=gebruiker, rol=make_rol(), kenmerken=kenmerken[:2], actor=ACTOR, beheerder=beheerder, now=NOW
        )
        values = {"kenmerken": [kenmerken[0].pk, kenmerken[2].pk], "juiste_persoon": "on"}
        response = submit(beheerder_client, page, "Opslaan", **values)
        assert "Iemand anders was u voor" in text_of(response)
        assert re.search(r"Nu geldt: Instellingscode \(BRIN\) 21AZ ?Instellingscode \(BRIN\) 22BB", text_of(response))
        assert held(gebruiker) == {"ROD raadpleger": ["21AZ", "22BB"]}
        submit(beheerder_client, response, "Opslaan", **values)
        assert held(gebruiker) == {"ROD raadpleger": ["21AZ", "23CC"]}

    def test_a_rol_that_a_colleague_withdrew_meanwhile_is_not_given_back_unseen(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        kenmerk = make_kenmerk(beheerder.organisatie)
        grant(gebruiker, make_rol(), kenmerk)
        page = beheerder_client.get(rol_page(gebruiker))
        withdraw_autorisatie(account=gebruiker, rol=make_rol(), actor=ACTOR, beheerder=beheerder, now=NOW)
        response = submit(beheerder_client, page, "Opslaan", kenmerken=[kenmerk.pk], juiste_persoon="on")
        assert "heeft deze rol niet" in text_of(response)
        assert held(gebruiker) == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_grants_at_the_same_moment_exactly_one_is_saved() -> None:
    """D23, on PostgreSQL with real threads."""
    beheerder = make_beheerder()
    account = make_account(beheerder.organisatie)
    assert beheerder.organisatie is not None
    rol = make_rol()
    first, second = (make_kenmerk(beheerder.organisatie, waarde) for waarde in ("21AZ", "22BB"))
    stand = read_stand(account=account, rol=rol, now=NOW)

    def give(*kenmerken: Kenmerk) -> bool:
        return grant_rol(
            account=account, rol=rol, kenmerken=kenmerken, stand=stand, actor=ACTOR, beheerder=beheerder, now=NOW
        )

    assert sorted(in_parallel(lambda: give(first), lambda: give(second))) == [False, True]
    assert AutorisatieKenmerk.objects.filter(tot=None).count() == 1

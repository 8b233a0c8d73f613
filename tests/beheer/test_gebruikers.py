from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Organisatie
from accounts.services.accounts import change_account
from beheer.services.gebruikers import Gegevens, register_gebruiker
from tests.factories import (
    LONG_AGO,
    NOW,
    grant,
    link,
    mail_code,
    make_account,
    make_beheerder,
    make_gebruikersnaam_number,
    make_organisatie,
    make_rol,
)
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
LIJST = "/beheer/gebruikers/"
AANMELDEN = "/beheer/gebruikers/aanmelden/"
HENK: Gegevens = {
    "voornaam": "Henk",
    "tussenvoegsel": "van den",
    "achternaam": "Zande",
    "email": "h.vandenzande@regenboog.example",
    "telefoon": "06 1234 5678",
    "functie": "administrateur",
    "werkgever": "",
}


ACTOR = Actor(ActorSoort.ACCOUNT, id=7)


def _organisatie(account: Account) -> Organisatie:
    assert account.organisatie is not None
    return account.organisatie


def page_of(account: Account, view: str = "gebruiker") -> str:
    return reverse(view, kwargs={"pk": account.pk})


class TestList:
    def test_it_shows_name_gebruikersnaam_rollen_stand_and_next_act(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        grant(gebruiker, make_rol("ROD raadpleger"))
        mail_code(gebruiker)
        text = text_of(beheerder_client.get(LIJST))
        assert "Zande, Henk van den" in text
        assert gebruiker.gebruikersnaam in text
        assert "ROD raadpleger Code verstuurd geldig tot 3 maart, 10.00 uur" in text

    def test_it_shows_nobody_of_another_organisatie(self, beheerder_client: Client) -> None:
        make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling")
        assert "Vreemdeling" not in beheerder_client.get(LIJST).content.decode()

    def test_a_stand_filters(self, beheerder_client: Client, gebruiker: Account) -> None:
        linked = make_account(gebruiker.organisatie, achternaam="Bakker")
        link(linked)
        text = text_of(beheerder_client.get(LIJST, {"stand": "gekoppeld"}))
        assert "Bakker" in text
        assert "Zande" not in text

    def test_an_empty_result_says_what_to_do(self, beheerder_client: Client) -> None:
        text = text_of(beheerder_client.get(LIJST, {"q": "nergens"}))
        assert "Geen gebruikers gevonden" in text
        assert "Toon alle gebruikers" in text

    @pytest.mark.parametrize(
        "query",
        [
            {"stand": "x"},
            {"q": "a" * 500},
            {"q": "\x00"},
            {"q": "%' OR 1=1 --"},
            {"pagina": "0"},
            {"pagina": "99999999999999999999"},
            {"pagina": "drie"},
        ],
    )
    def test_odd_filters_are_no_error(self, beheerder_client: Client, query: dict[str, str]) -> None:
        assert beheerder_client.get(LIJST, query).status_code == 200

    def test_a_gebruikersnaam_finds_its_gebruiker_by_post(self, beheerder_client: Client, gebruiker: Account) -> None:
        """D6: never in a URL; spaces, dashes and case do not count."""
        typed = f"{gebruiker.gebruikersnaam[:2]}-{gebruiker.gebruikersnaam[2:6]} {gebruiker.gebruikersnaam[6:]}".lower()
        response = submit(beheerder_client, LIJST, "Zoek", **{"op-gebruikersnaam": typed})
        assert response.headers["Location"] == page_of(gebruiker)

    def test_a_gebruikersnaam_of_another_organisatie_is_not_found(self, beheerder_client: Client) -> None:
        other = make_account(make_organisatie("De Vlieger"))
        response = submit(beheerder_client, LIJST, "Zoek", **{"op-gebruikersnaam": other.gebruikersnaam})
        assert response.status_code == 200
        assert "geen gebruiker met deze gebruikersnaam" in text_of(response)

    def test_a_gebruikersnaam_typed_as_name_is_pointed_to_the_other_field(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        """D6."""
        account, _ = register_gebruiker(organisatie=_organisatie(beheerder), gegevens=HENK, actor=ACTOR, now=NOW)
        assert "Zoek die met het andere zoekveld" in text_of(beheerder_client.get(LIJST, {"q": account.gebruikersnaam}))

    @pytest.mark.parametrize("count", [10, 1000])
    def test_it_takes_at_most_nine_queries_however_many_gebruikers(
        self, beheerder_client: Client, beheerder: Account, count: int
    ) -> None:
        rol = make_rol()
        accounts = Account.objects.bulk_create(
            Account(
                gebruikersnaam=make_gebruikersnaam_number(10_000_000 + number),
                organisatie=beheerder.organisatie,
                voornaam="Sam",
                achternaam=f"Naam {number:04}",
                email=f"sam{number}@regenboog.example",
                gemaakt_op=LONG_AGO,
            )
            for number in range(count)
        )
        for account in accounts[:10]:
            grant(account, rol)
            mail_code(account)
        with CaptureQueriesContext(connection) as queries:
            response = beheerder_client.get(LIJST)
        assert response.status_code == 200
        real = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        assert len(real) <= 9, real

    def test_twenty_five_a_page(self, beheerder_client: Client, beheerder: Account) -> None:
        for number in range(26):
            make_account(beheerder.organisatie, achternaam=f"Naam {number:02}")
        first, second = beheerder_client.get(LIJST), beheerder_client.get(LIJST, {"pagina": 2})
        assert (len(first.context["rijen"]), len(second.context["rijen"])) == (25, 2)


class TestRegistering:
    def test_it_registers_at_the_own_organisatie_and_leads_to_rollen(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        """R04."""
        response = submit(beheerder_client, AANMELDEN, "Aanmelden", **HENK, middel_bevestigd="on")
        account = Account.objects.get(achternaam="Zande")
        assert account.organisatie == beheerder.organisatie
        assert account.middel_bevestigd_op == NOW
        assert response.headers["Location"] == page_of(account, "gebruiker_rollen")
        assert Bericht.objects.filter(soort="aanmelding", account_id=account.pk).count() == 1
        line = Logregel.objects.get(gebeurtenis="account_aangemeld")
        assert (line.actor_id, line.account_id, line.namens_id) == (beheerder.pk, account.pk, beheerder.organisatie_id)

    def test_without_confirming_the_middel_nobody_is_registered(self, beheerder_client: Client) -> None:
        """R04: a personal middel of EH3 or higher with the dienstmachtiging."""
        response = submit(beheerder_client, AANMELDEN, "Aanmelden", **HENK)
        assert "Controleer het middel en vink dit aan" in text_of(response)
        assert not Account.objects.filter(achternaam="Zande").exists()

    def test_posting_twice_registers_once_and_shows_the_account(self, beheerder_client: Client) -> None:
        submit(beheerder_client, AANMELDEN, "Aanmelden", **HENK, middel_bevestigd="on")
        response = submit(beheerder_client, AANMELDEN, "Aanmelden", **HENK, middel_bevestigd="on")
        account = Account.objects.get(achternaam="Zande")
        assert response.headers["Location"] == page_of(account)
        assert Bericht.objects.filter(soort="aanmelding").count() == 1

    def test_the_same_person_at_another_organisatie_is_another_account(self, beheerder_client: Client) -> None:
        """Spec, words: one account is one person at one organisatie."""
        make_account(make_organisatie("De Vlieger"), **HENK)
        submit(beheerder_client, AANMELDEN, "Aanmelden", **HENK, middel_bevestigd="on")
        assert Account.objects.filter(email=HENK["email"]).count() == 2

    @pytest.mark.parametrize(
        ("veld", "waarde", "zin"),
        [
            ("voornaam", "", "Vul de voornaam in."),
            ("voornaam", "   ", "Vul de voornaam in."),
            ("voornaam", "a" * 81, "80"),
            ("achternaam", "Zan\u202ede", "niet leesbaar"),
            ("achternaam", "Zande\x07", "niet leesbaar"),
            ("email", "geen adres", "Vul een e-mailadres in"),
            ("email", "a@b.example\nBcc: c@d.example", "Vul een e-mailadres in"),
            ("telefoon", "bel mij", "Vul een telefoonnummer in"),
        ],
    )
    def test_what_cannot_be_right_is_refused_with_a_sentence(
        self, beheerder_client: Client, veld: str, waarde: str, zin: str
    ) -> None:
        response = submit(beheerder_client, AANMELDEN, "Aanmelden", **{**HENK, veld: waarde}, middel_bevestigd="on")
        assert response.status_code == 200
        assert zin in text_of(response)
        assert not Account.objects.filter(functie="administrateur").exists()

    @pytest.mark.parametrize("naam", ["Åse", "José-María", "Ḥusayn", "O’Neill", "李", "Zande\n  Bakker"])
    def test_a_name_in_any_script_is_one_line(self, beheerder_client: Client, naam: str) -> None:
        submit(beheerder_client, AANMELDEN, "Aanmelden", **{**HENK, "achternaam": naam}, middel_bevestigd="on")
        assert Account.objects.get(voornaam="Henk").achternaam == " ".join(naam.split())


@pytest.mark.django_db(transaction=True)
def test_pressing_twice_at_the_same_moment_registers_once() -> None:
    """R04, at PostgreSQL's own speed."""
    organisatie = make_organisatie()

    def register() -> bool:
        return register_gebruiker(organisatie=organisatie, gegevens=HENK, actor=ACTOR, now=NOW)[1]

    assert sorted(in_parallel(*[register] * 4)) == [False, False, False, True]
    assert Account.objects.filter(email=HENK["email"]).count() == 1


class TestPage:
    def test_it_shows_data_stand_next_act_rollen_and_history(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        submit(beheerder_client, AANMELDEN, "Aanmelden", **HENK, middel_bevestigd="on")
        account = Account.objects.get(achternaam="Zande")
        text = text_of(beheerder_client.get(page_of(account)))
        assert "h.vandenzande@regenboog.example" in text
        assert account.gebruikersnaam in text
        assert "nog geen rollen" in text
        assert "Bevestiging per e-mail wacht op verzending" in text
        assert "Gebruiker aangemeld. Jolanda de Vries" in text

    def test_a_linked_one_shows_since_when_last_used_and_when_it_lapses(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """R18."""
        link(gebruiker, used=NOW - timedelta(days=1))
        text = text_of(beheerder_client.get(page_of(gebruiker)))
        assert "sinds 1 maart 2026" in text
        assert "1 maart 2026, 10.00 uur" in text
        assert "1 september 2027" in text

    def test_a_mail_that_was_refused_is_told(self, beheerder_client: Client, gebruiker: Account) -> None:
        """R06, D23."""
        Bericht.objects.create(
            soort="aanmelding",
            sleutel="x",
            account_id=gebruiker.pk,
            status=Bericht.Status.GEWEIGERD,
            gemaakt_op=NOW,
            niet_voor=NOW,
        )
        assert "geweigerd door de ontvanger" in text_of(beheerder_client.get(page_of(gebruiker)))

    def test_an_ended_one_can_be_read_and_not_be_acted_on(self, beheerder_client: Client, gebruiker: Account) -> None:
        """R20: the history stays."""
        Account.objects.filter(pk=gebruiker.pk).update(beeindigd_op=NOW)
        text = text_of(beheerder_client.get(page_of(gebruiker)))
        assert "Dit account is beëindigd" in text
        assert "Gegevens wijzigen" not in text

    def test_names_are_escaped(self, beheerder_client: Client, beheerder: Account) -> None:
        account = make_account(beheerder.organisatie, achternaam="<script>alert(1)</script>")
        for address in (LIJST, page_of(account), page_of(account, "gebruiker_rollen")):
            assert b"<script>alert" not in beheerder_client.get(address).content


class TestChanging:
    def change(self, beheerder_client: Client, account: Account, **values: str) -> object:
        current = {veld: getattr(account, veld) for veld in HENK}
        return submit(beheerder_client, page_of(account, "gebruiker_wijzigen"), "Opslaan", **(current | values))

    def test_a_beheerder_changes_a_name(self, beheerder_client: Client, gebruiker: Account) -> None:
        """R23."""
        self.change(beheerder_client, gebruiker, achternaam="Bakker")
        assert Account.objects.get(pk=gebruiker.pk).achternaam == "Bakker"

    def test_a_new_address_tells_the_old_one_voids_the_code_and_sends_the_instructions_again(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """R05, R06, R23: a code that lies in another mailbox must not work."""
        code = mail_code(gebruiker)
        self.change(beheerder_client, gebruiker, email="nieuw@regenboog.example")
        code.refresh_from_db()
        assert code.ingetrokken_op == NOW
        kinds = set(Bericht.objects.filter(account_id=gebruiker.pk).values_list("soort", flat=True))
        assert kinds == {"adres_gewijzigd", "aanmelding"}

    def test_who_is_linked_gets_no_instructions_to_link(self, beheerder_client: Client, gebruiker: Account) -> None:
        link(gebruiker)
        self.change(beheerder_client, gebruiker, email="nieuw@regenboog.example")
        assert not Bericht.objects.filter(account_id=gebruiker.pk, soort="aanmelding").exists()

    def test_the_second_of_two_beheerders_sees_the_difference_and_loses_nothing(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """D23."""
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_wijzigen"))
        current = {veld: getattr(gebruiker, veld) for veld in HENK}
        change_account(account=gebruiker, versie=1, actor=ACTOR, now=NOW, **(current | {"functie": "directeur"}))
        response = submit(
            beheerder_client, page, "Opslaan", **(current | {"functie": "administrateur", "telefoon": "0301234567"})
        )
        text = text_of(response)
        assert "Iemand anders was u voor" in text
        assert "Nu opgeslagen: directeur U vulde in: administrateur" in text
        assert Account.objects.get(pk=gebruiker.pk).functie == "directeur"
        again = {"functie": "administrateur", "telefoon": "0301234567"}
        assert submit(beheerder_client, response, "Opslaan", **(current | again)).status_code == 302
        account = Account.objects.get(pk=gebruiker.pk)
        assert (account.functie, account.telefoon) == ("administrateur", "0301234567")

    def test_posting_the_same_change_twice_saves_once(self, beheerder_client: Client, gebruiker: Account) -> None:
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_wijzigen"))
        values = {veld: getattr(gebruiker, veld) for veld in HENK} | {"functie": "directeur"}
        for _ in range(2):
            assert submit(beheerder_client, page, "Opslaan", **values).headers["Location"] == page_of(gebruiker)
        assert Account.objects.get(pk=gebruiker.pk).versie == 2

    def test_her_own_address_a_beheerder_does_not_change_here(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        """R23: one's own address counts only once confirmed."""
        self.change(beheerder_client, beheerder, email="elders@regenboog.example", functie="secretaris")
        account = Account.objects.get(pk=beheerder.pk)
        assert (account.email, account.functie) == (beheerder.email, "secretaris")


def test_the_menu_has_gebruikers_and_logboek_for_beheerders_only(
    login: Callable[[Account], Client], beheerder: Account
) -> None:
    names = [item["label"] for item in login(beheerder).get("/overzicht/").context["menu"]]
    assert {"Gebruikers", "Logboek"} <= set(names)
    names = [item["label"] for item in login(make_account(beheerder.organisatie)).get("/overzicht/").context["menu"]]
    assert not {"Gebruikers", "Logboek"} & set(names)


def test_an_ex_beheerder_is_out_at_her_next_click(beheerder_client: Client, beheerder: Account) -> None:
    make_beheerder(beheerder.organisatie)
    assert beheerder_client.get(LIJST).status_code == 200
    beheerder.beheerderschappen.update(tot=NOW)
    assert beheerder_client.get(LIJST).status_code == 404

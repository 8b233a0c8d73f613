"""R16, R19, R20: an account that is kept out for a while, taken back, renamed; a stolen middel that is freed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, TijdelijkeBlokkade
from accounts.services.accounts import register_account
from accounts.services.blokkades import block_account, is_blocked
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.rules import Inlog
from autorisatie.services import beslis, list_taken
from autorisatie.services.waarom import accounts_with_access
from beheer.services.gebruikers import end_gebruiker
from koppeling.models import Activatiecode, Koppeling
from koppeling.rules import Reden
from koppeling.services.activatiecodes import GeenCodeMogelijk, request_activatiecode
from koppeling.services.ontkoppelen import unlink_account
from tests.factories import (
    NOW,
    grant,
    link,
    mail_code,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_middel,
    make_organisatie,
    make_rol,
    make_taak,
)
from tests.formulier import Pagina, submit, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]
Clock = Callable[[datetime], None]
EH3 = "urn:etoegang:core:assurance-class:loa3"
BEHEERDER = Actor(ActorSoort.ACCOUNT, id=999_999, reden="Met verlof.")


@pytest.fixture
def beheerder(clock: Clock) -> Account:
    return make_beheerder(make_organisatie())


def url(name: str, account: Account) -> str:
    return reverse(name, kwargs={"pk": account.pk})


class TestKeptOutForAWhile:
    def test_R16_who_is_blocked_is_out_at_once_and_reads_why_at_the_next_login(
        self, beheerder: Account, makelaar: Makelaar, login: Login
    ) -> None:
        gebruiker = make_account(beheerder.organisatie)
        link(gebruiker, make_middel(pseudoniem=PSEUDONIEM))
        makelaar()
        assert makelaar.browser.get(reverse("overzicht")).status_code == 200
        mail_code(gebruiker)
        grant(gebruiker, make_rol())

        page = act(
            login_apart(login, beheerder), "gebruiker_blokkeren", gebruiker, "Tijdelijk blokkeren", reden="Met verlof."
        )

        assert "kan niet meer inloggen" in text_of(page)
        assert "Inloggen en koppelen kan niet, tot u de blokkade opheft." in text_of(page)
        assert "Deze gebruiker kan inloggen." not in text_of(page)
        assert makelaar.browser.get(reverse("overzicht")).status_code == 302
        refused = makelaar()
        assert refused.status_code == 403
        assert "tijdelijk geblokkeerd" in text_of(refused)
        assert not Activatiecode.objects.filter(ingetrokken_op=None).exists()
        assert Koppeling.objects.live().filter(account=gebruiker).exists()
        assert Logregel.objects.get(gebeurtenis="account_geblokkeerd").reden == "Met verlof."

    def test_R16_who_is_freed_logs_in_as_before(self, beheerder: Account, makelaar: Makelaar, login: Login) -> None:
        gebruiker = make_account(beheerder.organisatie)
        link(gebruiker, make_middel(pseudoniem=PSEUDONIEM))
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)

        page = act(login_apart(login, beheerder), "gebruiker_vrijgeven", gebruiker, "Blokkade opheffen")

        assert "kan weer inloggen" in text_of(page)
        assert makelaar()["Location"] == reverse("overzicht")
        assert is_blocked(gebruiker, NOW - timedelta(seconds=1)) is False

    def test_R22_a_blocked_account_opens_nothing_and_waarom_knows_until_when(self, beheerder: Account) -> None:
        assert beheerder.organisatie
        rol, kenmerk = make_rol(), make_kenmerk(beheerder.organisatie)
        taak = make_taak("Leerlingdossier", rol)
        gebruiker = make_account(beheerder.organisatie)
        grant(gebruiker, rol, kenmerk)
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)

        assert not beslis(gebruiker, taak, kenmerk, NOW).mag
        assert beslis(gebruiker, taak, kenmerk, NOW - timedelta(hours=1)).mag
        assert not list_taken(account=gebruiker, inlog=Inlog(loa=EH3), now=NOW).onderwerpen
        who = partial(accounts_with_access, kenmerk=kenmerk, organisatie=beheerder.organisatie)
        assert not who(op=NOW).exists()
        assert who(op=NOW - timedelta(hours=1)).exists()

    def test_R10_a_blocked_account_gets_no_code(self, beheerder: Account) -> None:
        gebruiker = make_account(beheerder.organisatie)
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)

        with pytest.raises(GeenCodeMogelijk, match="tijdelijk geblokkeerd"):
            request_activatiecode(account=gebruiker, actor=BEHEERDER, now=NOW)

    def test_R16_somebody_with_two_accounts_keeps_the_other_one(self, beheerder: Account, makelaar: Makelaar) -> None:
        middel = make_middel(pseudoniem=PSEUDONIEM)
        gebruiker = make_account(beheerder.organisatie)
        link(gebruiker, middel)
        other = make_account(make_organisatie("De Kleine Regenboog"))
        link(other, middel)
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)

        assert makelaar()["Location"] == reverse("overzicht")
        assert makelaar.browser.session["_auth_user_id"] == str(other.pk)

    def test_a_beheerder_cannot_block_herself_nor_without_a_reason(self, beheerder: Account, login: Login) -> None:
        browser = login(beheerder)

        assert "U kunt uzelf niet blokkeren" in text_of(
            act(browser, "gebruiker_blokkeren", beheerder, "Tijdelijk blokkeren", reden="Zomaar.")
        )
        gebruiker = make_account(beheerder.organisatie)
        assert "Vul in waarom" in text_of(
            act(browser, "gebruiker_blokkeren", gebruiker, "Tijdelijk blokkeren", reden=" ")
        )
        assert not TijdelijkeBlokkade.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_beheerders_who_block_at_the_same_time_block_once(clock: Clock) -> None:
    gebruiker = make_account()

    outcomes = in_parallel(*[lambda: block_account(account=gebruiker, actor=BEHEERDER, now=NOW) for _ in range(4)])

    assert sorted(outcomes) == [False, False, False, True]


class TestTakenBack:
    def test_R20_an_end_by_mistake_is_taken_back_with_rollen_and_kenmerken(
        self, beheerder: Account, login: Login
    ) -> None:
        assert beheerder.organisatie
        rol, kenmerk = make_rol(), make_kenmerk(beheerder.organisatie)
        gebruiker = make_account(beheerder.organisatie)
        grant(gebruiker, rol, kenmerk)
        link(gebruiker)
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)

        page = act(login(beheerder), "gebruiker_herstellen", gebruiker, "Account herstellen")

        assert "is hersteld" in text_of(page)
        gebruiker.refresh_from_db()
        assert gebruiker.beeindigd_op is None
        (live,) = Autorisatie.objects.filter(account=gebruiker, tot=None)
        assert [row.kenmerk for row in live.kenmerken.filter(tot=None)] == [kenmerk]
        assert not Koppeling.objects.live().filter(account=gebruiker).exists()
        assert Bericht.objects.filter(soort="aanmelding", account_id=gebruiker.pk).count() == 1

    def test_R20_R30_a_rol_comes_back_with_its_own_end_and_machtiging(self, beheerder: Account, login: Login) -> None:
        """School and board both have the BRIN: what he did for the school must not become a rol at the board."""
        assert beheerder.organisatie
        rol, kenmerk = make_rol(), make_kenmerk(beheerder.organisatie)
        school = make_organisatie("Basisschool De Vlieger", "90005555")
        make_kenmerk(school)
        machtiging = make_machtiging(school, beheerder.organisatie, [rol], [kenmerk])
        gebruiker, until = make_account(beheerder.organisatie), NOW + timedelta(days=40)
        grant(gebruiker, rol, kenmerk, machtiging=machtiging)
        own = grant(gebruiker, make_rol("ROD beheerder"), kenmerk)
        Autorisatie.objects.filter(pk=own.pk).update(tot=until)
        before = NOW + timedelta(days=20)
        own.kenmerken.update(tot=before)
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)

        act(login(beheerder), "gebruiker_herstellen", gebruiker, "Account herstellen")

        back = Autorisatie.objects.filter(account=gebruiker).exclude(tot=NOW) | Autorisatie.objects.filter(tot=None)
        assert {(row.rol, row.machtiging, row.tot) for row in back} == {
            (rol, machtiging, None),
            (own.rol, None, until),
        }
        ends = AutorisatieKenmerk.objects.exclude(tot=NOW) | AutorisatieKenmerk.objects.filter(tot=None)
        assert {(row.autorisatie.rol, row.tot) for row in ends} == {(rol, None), (own.rol, before)}

    def test_R20_after_a_day_it_is_too_late(self, beheerder: Account, login: Login, clock: Clock) -> None:
        gebruiker = make_account(beheerder.organisatie)
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)
        clock(NOW + timedelta(hours=24, seconds=1))

        page = login(beheerder).post(url("gebruiker_herstellen", gebruiker), {"_account": beheerder.pk}, follow=True)

        assert "tot 24 uur" in text_of(page)
        gebruiker.refresh_from_db()
        assert gebruiker.beeindigd_op is not None

    def test_R20_not_when_the_person_was_registered_again(self, beheerder: Account, login: Login) -> None:
        gebruiker = make_account(beheerder.organisatie)
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)
        gegevens = {veld: getattr(gebruiker, veld) for veld in ("voornaam", "tussenvoegsel", "achternaam", "email")}
        assert gebruiker.organisatie
        register_account(
            organisatie=gebruiker.organisatie,
            telefoon="",
            functie="",
            werkgever="",
            actor=BEHEERDER,
            now=NOW,
            **gegevens,
        )

        page = login(beheerder).post(url("gebruiker_herstellen", gebruiker), {"_account": beheerder.pk}, follow=True)

        assert "al opnieuw aangemeld" in text_of(page)

    def test_R02_a_rol_that_she_may_not_hand_out_does_not_come_back(self, beheerder: Account, login: Login) -> None:
        assert beheerder.organisatie
        rol, kenmerk = make_rol(), make_kenmerk(beheerder.organisatie)
        gebruiker = make_account(beheerder.organisatie)
        grant(gebruiker, rol, kenmerk)
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)
        beheerder.beheerderschappen.get().bevoegdheden.update(tot=NOW)

        page = act(login(beheerder), "gebruiker_herstellen", gebruiker, "Account herstellen")

        assert f"niet teruggezet: {rol.naam}" in text_of(page)
        assert not Autorisatie.objects.filter(account=gebruiker, tot=None).exists()


class TestStolen:
    def test_R19_a_colleague_frees_a_stolen_middel_and_the_reporter_cannot(
        self, beheerder: Account, login: Login
    ) -> None:
        gebruiker = make_account(beheerder.organisatie)
        middel = link(gebruiker).middel
        reporter = Actor(ActorSoort.ACCOUNT, id=beheerder.pk)
        unlink_account(account=gebruiker, reden=Reden.GESTOLEN, actor=reporter, now=NOW)

        page = act(
            login(beheerder), "gebruiker_middel_vrijgeven", gebruiker, "Middel vrijgeven", reden="Teruggevonden."
        )
        assert "zelf gemeld" in text_of(page)
        middel.refresh_from_db()
        assert middel.gestolen_op is not None

        colleague = make_beheerder(beheerder.organisatie)
        page = act(
            login(colleague), "gebruiker_middel_vrijgeven", gebruiker, "Middel vrijgeven", reden="Teruggevonden."
        )
        assert "vrijgegeven" in text_of(page)
        middel.refresh_from_db()
        assert middel.gestolen_op is None


class TestRenamed:
    WHOLE: ClassVar = {"voornaam": "Ruben", "achternaam": "Visser", "tussenvoegsel": ""}

    def test_R23_another_whole_name_asks_whether_it_is_the_same_person(self, beheerder: Account, login: Login) -> None:
        gebruiker = make_account(beheerder.organisatie)
        before = Account.objects.filter(pk=gebruiker.pk).values().get()
        asked = act(login(beheerder), "gebruiker_wijzigen", gebruiker, "Opslaan", **self.WHOLE)
        assert "Een account hoort bij één persoon" in text_of(asked)
        assert Account.objects.filter(pk=gebruiker.pk).values().get() == before
        assert not Logregel.objects.filter(gebeurtenis="account_gewijzigd").exists()
        shown = {field.name: field.value() or "" for field in asked.context["form"]}
        assert shown.items() >= self.WHOLE.items()  # nothing typed is lost

        saved = submit(login(beheerder), asked, "Opslaan", **(shown | {"zelfde_persoon": "on"}))
        assert saved.headers["Location"] == url("gebruiker", gebruiker)
        gebruiker.refresh_from_db()
        assert gebruiker.get_full_name() == "Ruben Visser"

    def test_R23_all_else_of_the_account_stays_and_everybody_sees_the_new_name(
        self, beheerder: Account, makelaar: Makelaar, login: Login
    ) -> None:
        """Gebruikersnaam, koppeling, open session, rollen and history are the person's; no mail is sent."""
        assert beheerder.organisatie is not None
        gebruiker = make_account(beheerder.organisatie)
        grant(gebruiker, make_rol("ROD raadpleger"), make_kenmerk(beheerder.organisatie))
        koppeling = link(gebruiker, middel=make_middel(pseudoniem=PSEUDONIEM))
        makelaar()
        desk = login_apart(login, beheerder)

        act(desk, "gebruiker_wijzigen", gebruiker, "Opslaan", zelfde_persoon="on", **self.WHOLE)

        page = text_of(makelaar.browser.get(reverse("mijn_gegevens")))
        assert "Ruben Visser" in page
        assert "Amrani" not in page
        assert Koppeling.objects.live().get(account=gebruiker) == koppeling
        assert Autorisatie.objects.get(tot=None).account == gebruiker
        changed = Account.objects.get(pk=gebruiker.pk)
        assert changed.gebruikersnaam == gebruiker.gebruikersnaam
        assert changed.sessiestempel == gebruiker.sessiestempel
        assert Logregel.objects.get(gebeurtenis="account_gewijzigd").gegevens == {"velden": "naam"}
        assert not Bericht.objects.exists()
        letter = submit(desk, url("gebruiker_brief", gebruiker), "Brief maken")
        assert "Ruben Visser" in text_of(letter)

    @pytest.mark.parametrize(
        "part", [{"achternaam": "Visser"}, {"voornaam": "Ruben"}, {"voornaam": "FATIMA", "achternaam": " amrani "}]
    )
    def test_R23_a_part_of_the_name_or_only_capitals_asks_nothing(
        self, beheerder: Account, login: Login, part: dict[str, str]
    ) -> None:
        gebruiker = make_account(beheerder.organisatie, voornaam="Fatima", achternaam="Amrani")
        act(login(beheerder), "gebruiker_wijzigen", gebruiker, "Opslaan", **part)
        gebruiker.refresh_from_db()
        assert {name: getattr(gebruiker, name) for name in part} == {name: text.strip() for name, text in part.items()}


def act(browser: Client, name: str, account: Account, knop: str, **values: str) -> Pagina:
    """Fill in the form of an act as a visitor does: what the form shows goes along; the page that one gets after it."""
    page = browser.get(url(name, account))
    shown = {field.name: field.value() or "" for field in (page.context["form"] if page.context.get("form") else ())}
    answer = submit(browser, page, knop, **(shown | values))
    return browser.get(answer["Location"]) if answer.status_code == 302 else answer


def login_apart(login: Login, account: Account) -> Client:
    """The beheerder in a browser of her own, beside the one of the makelaar."""
    link(account)
    browser = Client()
    browser.force_login(account)
    session = browser.session
    session["eherkenning"] = {"loa": EH3, "op": NOW.isoformat(), "aantal": 1}
    session.save()
    return browser

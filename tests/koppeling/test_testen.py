"""D11: Test mijn eHerkenning shows what a login would do. It is no login; without the link it keeps nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.emails.aanmelding import make_test_token
from accounts.models import Account
from koppeling.models import EherkenningTest, GeparkeerdeLogin, Koppeling, Middel
from tests.factories import KVK, NOW, link, make_account, make_beheerder, make_middel
from tests.formulier import Pagina, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Foutreferentie, Logregel

pytestmark = pytest.mark.django_db


class Proef(Makelaar):
    """To the makelaar for a test, with or without somebody's personal link."""

    bewijs = ""

    def ask(self, **query: str) -> str:
        before = set(self.browser.session.get("socialaccount_states", ()))
        page = reverse("inloggen_testen_persoonlijk", args=[self.bewijs]) if self.bewijs else reverse("inloggen_testen")
        start = reverse("inloggen_testen_starten")
        assert start in self.browser.get(page).content.decode()
        assert self.browser.get(start, {"bewijs": self.bewijs} if self.bewijs else {}).status_code == 302
        (request_id,) = set(self.browser.session["socialaccount_states"]) - before
        return str(request_id)


@pytest.fixture
def tester(client: Client, clock: Callable[[datetime], None]) -> Proef:
    return Proef(client)


@pytest.fixture
def account(tester: Proef) -> Account:
    """Somebody who has not linked yet, and tests through his link."""
    account = make_account()
    tester.bewijs = make_test_token(account)
    return account


def facts(page: Pagina) -> dict[str, str]:
    """The list of what the test showed."""
    from lxml import html

    (listed,) = html.fromstring(page.content).xpath("//dl[@class='feiten']")
    names, values = listed.xpath("dt"), listed.xpath("dd")
    return {
        name.text_content().strip(): " ".join(value.text_content().split())
        for name, value in zip(names, values, strict=True)
    }


def test_it_shows_level_kvk_dienstmachtiging_and_whether_it_is_linked_and_keeps_nothing(
    tester: Proef, client: Client
) -> None:
    page = tester(loa="loa4")

    assert facts(page) == {
        "Niveau": "EH4",
        "KVK-nummer": f"{KVK}, Stichting De Regenboog",
        "Machtiging voor Mijn DUO": "ja",
        "Gekoppeld aan een account": "nee",
    }
    assert "Vraag dan uw beheerder om een activatiecode" in text_of(page)
    assert "_auth_user_id" not in client.session
    for table in (Middel, EherkenningTest, Logregel, Foutreferentie):
        assert not table.objects.exists()
    assert PSEUDONIEM not in str(list(GeparkeerdeLogin.objects.values()))


def test_R18_it_counts_as_no_login_of_a_middel_that_is_linked(tester: Proef, client: Client) -> None:
    koppeling = link(make_account(), make_middel(pseudoniem=PSEUDONIEM), used=NOW - timedelta(days=100))
    before = Koppeling.objects.values().get(), Middel.objects.values().get()

    page = tester()

    assert facts(page)["Gekoppeld aan een account"] == "ja"
    assert "U kunt inloggen op Mijn DUO" in text_of(page)
    assert (Koppeling.objects.values().get(), Middel.objects.values().get()) == before
    assert client.get(reverse("overzicht")).status_code == 302
    assert not Logregel.objects.filter(account_id=koppeling.account_id).exists()


def test_who_is_logged_in_stays_so(tester: Proef, login: Callable[[Account], Client]) -> None:
    account = make_account()
    login(account)

    tester(pseudonym="B" * 64)

    assert tester.browser.session["_auth_user_id"] == str(account.pk)


def test_with_the_link_outcome_level_and_moment_are_kept_and_the_last_test_counts(
    tester: Proef, account: Account
) -> None:
    page = tester(loa="loa2")
    assert "zijn bewaard bij uw account" in text_of(page)
    assert EherkenningTest.objects.values_list("account", "uitkomst", "niveau", "op").get() == (
        account.pk,
        "niveau_te_laag",
        "EH2",
        NOW,
    )

    tester()
    assert EherkenningTest.objects.values_list("uitkomst", "niveau").get() == ("gelukt", "EH3")
    assert not Middel.objects.exists()


def test_a_level_too_low_says_so_with_who_can_solve_it_and_a_reference(tester: Proef) -> None:
    page = tester(loa="loa2plus")

    assert facts(page)["Niveau"] == "EH2+"
    assert facts(page)["Machtiging voor Mijn DUO"] == "ja"
    assert "uw machtigingenbeheerder of de leverancier van uw middel om uw middel te verhogen" in text_of(page)
    row = Foutreferentie.objects.get()
    assert row.referentie in text_of(page)
    assert row.kvk_nummer == ""  # without the link nothing on his organisation is kept


@pytest.mark.parametrize(
    ("stated", "uitkomst", "machtiging", "sentence"),
    [
        (
            {"service_id": "urn:etoegang:DV:00000001234567890000:services:9876"},
            "geen_dienstmachtiging",
            "nee",
            "heeft geen machtiging voor de dienst",
        ),
        ({"kvk": "90009999"}, "andere_organisatie", "ja", "voor een andere organisatie dan die van uw account"),
    ],
)
@pytest.mark.usefixtures("account")
def test_what_is_wrong_is_kept_with_the_account_too(
    tester: Proef, stated: dict[str, str], uitkomst: str, machtiging: str, sentence: str
) -> None:
    page = tester(**stated)

    assert facts(page)["Machtiging voor Mijn DUO"] == machtiging
    assert sentence in text_of(page)
    assert EherkenningTest.objects.get().uitkomst == uitkomst


@pytest.mark.usefixtures("account")
def test_cancelling_says_nothing_about_the_middel_so_nothing_is_kept(tester: Proef) -> None:
    page = tester.come_back(tester.cancel())

    assert "U bent gestopt" in text_of(page)
    assert not EherkenningTest.objects.exists()


@pytest.mark.usefixtures("account")
def test_a_middel_that_is_barred_is_no_good(tester: Proef) -> None:
    make_middel(pseudoniem=PSEUDONIEM, gestolen_op=NOW)

    assert "gemeld als gestolen" in text_of(tester())
    assert not EherkenningTest.objects.exists()


def test_the_answer_to_a_test_never_logs_in(tester: Proef, client: Client) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))
    handle = tester.post(tester.answer(tester.ask()))["Location"].partition("=")[2]

    assert client.get(reverse("eherkenning_afronden"), {"h": handle}).status_code == 400
    assert "_auth_user_id" not in client.session


def test_the_answer_to_a_login_is_no_test(makelaar: Makelaar, client: Client) -> None:
    handle = makelaar.post(makelaar.answer(makelaar.ask()))["Location"].partition("=")[2]

    assert client.get(reverse("inloggen_testen_uitslag"), {"h": handle}).status_code == 400


def test_another_browser_does_not_get_the_outcome_and_a_second_look_neither(tester: Proef, client: Client) -> None:
    address = tester.post(tester.answer(tester.ask()))["Location"]
    assert Client().get(address).status_code == 400

    address = tester.post(tester.answer(tester.ask()))["Location"]
    assert client.get(address).status_code == 200
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("refused", [True, False])
def test_an_answer_that_is_repeated_leaves_one_row(tester: Proef, refused: bool) -> None:
    request_id = tester.ask()
    message = tester.refuse(request_id, "Responder", "AuthnFailed") if refused else tester.answer(request_id)
    assert tester.post(message).status_code == 302

    assert tester.post(message).status_code == 400
    assert GeparkeerdeLogin.objects.count() == 1


def test_an_answer_without_signature_to_a_test_leaves_no_row(tester: Proef) -> None:
    assert tester(sign_response=False).status_code == 400
    assert not GeparkeerdeLogin.objects.exists()


@pytest.mark.parametrize("token", ["x", "1:x", "1", "%00"])
def test_a_link_that_is_not_ours_is_not_found(client: Client, token: str) -> None:
    assert client.get(f"/inloggen/testen/{token}/").status_code == 404
    assert client.get(reverse("inloggen_testen_starten"), {"bewijs": token}).status_code == 302  # a test of nobody


def test_the_link_of_an_ended_account_is_not_found(client: Client) -> None:
    account = make_account(beeindigd_op=NOW)

    assert client.get(reverse("inloggen_testen_persoonlijk", args=[make_test_token(account)])).status_code == 404


def test_the_entrance_leads_to_it(client: Client) -> None:
    assert reverse("inloggen_testen") in client.get(reverse("inloggen")).content.decode()


def test_R06_the_confirmation_mail_holds_the_link() -> None:
    from accounts.emails.aanmelding import AANMELDING, write_aanmelding_mail
    from verantwoording.models import Bericht

    account = make_account()
    post = write_aanmelding_mail(Bericht(soort=AANMELDING, account_id=account.pk), NOW)

    assert post is not None
    assert reverse("inloggen_testen_persoonlijk", args=[make_test_token(account)]) in post.tekst


def test_the_beheerder_sees_the_tick(tester: Proef, account: Account, login: Callable[[Account], Client]) -> None:
    beheerder = make_beheerder(account.organisatie)
    page = reverse("gebruiker", args=[account.pk])
    assert "Nog niet gedaan" in text_of(login(beheerder).get(page))

    tester()

    assert "Gelukt op 2 maart 2026, met niveau EH3" in text_of(login(beheerder).get(page))

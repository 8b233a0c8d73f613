"""R13, R16: every login that opens nothing has a page that says what happened, what to do, and who can solve it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from koppeling.models import GeparkeerdeLogin
from tests.factories import link, make_account, make_middel
from tests.formulier import Pagina, text_of
from tests.makelaar import PSEUDONIEM, Makelaar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def linked() -> None:
    """The middel would open an account, were it not for what a test states."""
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))


def assert_refused(browser: Client, page: Pagina, status: int, *sentences: str) -> None:
    assert page.status_code == status
    for sentence in [*sentences, "Opnieuw inloggen"]:
        assert sentence in text_of(page)
    assert "_auth_user_id" not in browser.session
    assert browser.get(reverse("overzicht")).status_code == 302


@pytest.mark.parametrize("loa", ["loa3", "loa4"])
def test_R13_EH3_and_EH4_open_the_portal(makelaar: Makelaar, loa: str) -> None:
    assert makelaar(loa=loa)["Location"] == reverse("overzicht")


@pytest.mark.parametrize(("loa", "naam"), [("loa1", "EH1"), ("loa2", "EH2"), ("loa2plus", "EH2+")])
def test_R13_a_lower_level_gets_a_page_that_explains_how_to_upgrade_and_with_whom(
    makelaar: Makelaar, client: Client, loa: str, naam: str
) -> None:
    page = makelaar(loa=loa)

    assert_refused(
        client,
        page,
        403,
        f"niveau {naam}.",
        "niveau EH3 of hoger nodig",
        "uw machtigingenbeheerder of de leverancier van uw middel om uw middel te verhogen naar EH3",
        "Dat heet een upgrade",
        "Uw beheerder en DUO kunnen het niveau van uw middel niet veranderen",
    )
    assert not GeparkeerdeLogin.objects.exists()


def test_R13_a_level_that_nobody_knows_is_too_low(makelaar: Makelaar, client: Client) -> None:
    assert_refused(client, makelaar(loa="loa3plus"), 403, "een te laag niveau", "niveau EH3 of hoger nodig")


def test_R16_cancelling_at_the_makelaar_changed_nothing_and_can_be_done_again(
    makelaar: Makelaar, client: Client
) -> None:
    page = makelaar.cancel()

    assert_refused(
        client,
        page,
        200,
        "U bent gestopt met inloggen, of het inloggen bij eHerkenning is niet gelukt",
        "De leverancier van uw middel helpt u",
        "Meld dat meteen aan uw beheerder",
    )


@pytest.mark.parametrize("codes", [("Responder", "RequestUnsupported"), ("Requester", "RequestDenied")])
def test_R16_a_makelaar_that_cannot_log_anybody_in_is_not_the_visitors_fault(
    makelaar: Makelaar, client: Client, codes: tuple[str, str]
) -> None:
    page = makelaar.cancel(*codes)

    assert_refused(client, page, 502, "Dat ligt niet aan u", "over een paar minuten opnieuw", "contact op met DUO")


def test_R16_a_middel_without_the_dienstmachtiging_reads_that_the_machtigingenbeheerder_can_give_it(
    makelaar: Makelaar, client: Client
) -> None:
    page = makelaar(service_id="urn:etoegang:DV:00000001234567890000:services:9876")

    assert_refused(
        client,
        page,
        403,
        "geen machtiging voor de dienst ‘Mijn DUO voor zakelijke klanten’",
        "Vraag uw machtigingenbeheerder",
        "bij de leverancier van uw middel",
    )


def test_R16_R19_a_middel_that_was_reported_stolen_opens_nothing(makelaar: Makelaar, client: Client) -> None:
    link(make_account(), make_middel(pseudoniem="F" * 64, gestolen_op=timezone.now()))

    page = makelaar(pseudonym="F" * 64)

    assert_refused(
        client, page, 403, "gemeld als gestolen", "contact op met uw beheerder", "Een tweede persoon moet de blokkade"
    )


@pytest.mark.parametrize(
    "stated",
    [
        {"audience": "urn:etoegang:DV:00000009999999990000:entities:1"},
        {"destination": "http://kwaad.example/inloggen/eherkenning/acs/"},
        {"issuer": "urn:etoegang:HM:00000001111111110000:entities:1"},
        {"sign_response": False},
        {"sign_assertion": False},
        {"now": timezone.now() - timedelta(hours=1)},
    ],
    ids=lambda stated: next(iter(stated)),
)
def test_R16_an_answer_that_cannot_be_trusted_is_refused_without_saying_why(
    makelaar: Makelaar, client: Client, stated: dict[str, object]
) -> None:
    page = makelaar(**stated)

    assert_refused(client, page, 400, "We konden het antwoord van eHerkenning niet gebruiken", "contact op met DUO")


def test_R16_a_handle_that_nobody_gave_out_says_to_log_in_again(client: Client) -> None:
    for address in ("?h=x", "?h=", "", "?h=%00%ff"):
        page = client.get(reverse("eherkenning_afronden") + address)

        assert_refused(client, page, 400, "Deze poging om in te loggen kan niet meer worden afgemaakt")

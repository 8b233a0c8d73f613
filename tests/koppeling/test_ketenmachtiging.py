"""R12, R30, D4: with a ketenmachtiging the represented organisatie counts, and no machtiging at DUO is passed on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Machtiging
from koppeling.eherkenning.levels import Niveau
from koppeling.eherkenning.outcome import Aanmelding
from koppeling.services.eherkenning import load_eherkenning, park_login
from tests.factories import KVK, LONG_AGO, link, mail_code, make_account, make_middel, make_organisatie, make_tekst
from tests.formulier import Pagina, text_of
from tests.koppeling.stappen import CODE, koppel, walk_to_step_5
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db
INTERMEDIAIR = "90007777"


def log_in(makelaar: Makelaar, **stated: object) -> Pagina:
    """A verified login through an organisation in between, fetched by the browser that asked for it."""
    now, request_id = timezone.now(), makelaar.ask()
    aanmelding = Aanmelding(
        **{  # type: ignore[arg-type]  # what a test states replaces some of it
            "pseudoniem": PSEUDONIEM,
            "kvk": KVK,
            "loa": Niveau.EH3,
            "service_id": load_eherkenning().service_id,
            "response_id": f"{request_id}-r",
            "assertion_id": f"{request_id}-a",
            "in_response_to": request_id,
            "issue_instant": now,
            "not_on_or_after": now + timedelta(minutes=2),
            "authn_instant": now,
            "intermediair_kvk": INTERMEDIAIR,
            "bedrijfsnaam": "Stichting De Regenboog",
        }
        | stated
    )
    handle = park_login(aanmelding=aanmelding, now=now)
    assert handle is not None
    return makelaar.browser.get(reverse("eherkenning_afronden"), {"h": handle})


@pytest.fixture
def machtiging() -> Account:
    """Somebody at an organisatie that let De Regenboog act for it."""
    gemeente = make_organisatie("Gemeente Zonderdam", "90004321")
    regenboog = make_organisatie()
    Machtiging.objects.create(
        verlener=gemeente,
        gemachtigde=regenboog,
        soort=Machtiging.Soort.VERWERKING,
        van=LONG_AGO,
        tot=timezone.now() + timedelta(days=365),
    )
    return make_account(gemeente)


def test_the_represented_organisatie_opens_and_the_user_reads_through_whom(makelaar: Makelaar, client: Client) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))

    assert log_in(makelaar)["Location"] == reverse("overzicht")

    assert Logregel.objects.get(gebeurtenis="ingelogd").gegevens["intermediair"] == INTERMEDIAIR
    told = "U logde in namens Stichting De Regenboog (KVK-nummer 90001354), via de organisatie met KVK-nummer 90007777."
    assert told in text_of(client.get(reverse("overzicht")))
    assert told in text_of(client.get(reverse("mijn_gegevens")))


def test_the_intermediair_opens_none_of_his_own_accounts(makelaar: Makelaar) -> None:
    link(make_account(make_organisatie(kvk=INTERMEDIAIR)), make_middel(INTERMEDIAIR, PSEUDONIEM))

    assert log_in(makelaar)["Location"] == reverse("koppelen")


def test_a_machtiging_at_duo_is_not_passed_on_in_a_chain(makelaar: Makelaar, machtiging: Account) -> None:
    link(machtiging, make_middel(pseudoniem=PSEUDONIEM))

    page = log_in(makelaar)

    assert page.status_code == 403
    assert "Een ketenmachtiging geldt alleen voor de organisatie die u bij eHerkenning kiest" in text_of(page)


def test_without_a_chain_that_machtiging_opens(makelaar: Makelaar, machtiging: Account) -> None:
    link(machtiging, make_middel(pseudoniem=PSEUDONIEM))

    assert log_in(makelaar, intermediair_kvk=None)["Location"] == reverse("overzicht")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("via", "linked"), [(INTERMEDIAIR, False), (None, True)])
def test_nor_is_it_in_the_koppelproces(
    makelaar: Makelaar, client: Client, machtiging: Account, via: str | None, linked: bool
) -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")
    mail_code(machtiging, CODE.replace("-", ""), now=timezone.now())
    log_in(makelaar, intermediair_kvk=via)
    walk_to_step_5(client)

    koppel(client, machtiging.gebruikersnaam)

    assert machtiging.koppelingen.exists() is linked


def test_D24_a_vestiging_is_told_to_the_user(makelaar: Makelaar, client: Client) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))
    log_in(makelaar, intermediair_kvk=None, vestigingen=("000012345678",))

    page = text_of(client.get(reverse("overzicht")))

    assert "beperkt tot vestiging 000012345678. U ziet alleen taken die daarbij horen." in page


def test_an_ordinary_login_for_the_own_organisatie_needs_no_words(makelaar: Makelaar, client: Client) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))
    log_in(makelaar, intermediair_kvk=None)

    assert "U logde in namens" not in text_of(client.get(reverse("overzicht")))

"""R28: who still has to move, what keeps them, and which tokens are still out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from accounts.models import Account, TijdelijkeBlokkade
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from planning.models import Planningsregel
from planning.services.gereedheid import count_gereedheid
from tests.factories import (
    NOW,
    allow_token,
    grant,
    link,
    mail_code,
    make_account,
    make_beheerder,
    make_organisatie,
    make_overstap,
    make_portaal,
    make_rol,
    make_token,
)
from tests.formulier import text_of
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def beheerder() -> Account:
    return make_beheerder(achternaam="Beheer")


@pytest.fixture
def beheerder_client(login: Callable[[Account], Client], beheerder: Account) -> Client:
    return login(beheerder)


def test_R28_each_who_still_has_to_move_stands_there_with_the_next_act(
    beheerder_client: Client, beheerder: Account
) -> None:
    organisatie, rol = beheerder.organisatie, make_rol()
    new = make_account(organisatie, achternaam="Nieuw")
    holder = make_account(organisatie, achternaam="Token")
    coded = make_account(organisatie, achternaam="Code")
    unlinked = make_account(organisatie, achternaam="Los")
    for account in (new, holder, coded, unlinked):
        grant(account, rol)
    token = make_token(holder)
    mail_code(coded)
    link(unlinked)
    unlink_account(account=unlinked, reden=Reden.VERLOREN, actor=Actor(ActorSoort.TAAK, naam="test"), now=NOW)
    link(make_account(organisatie, achternaam="Klaar"))
    make_account(organisatie, achternaam="Weg", beeindigd_op=NOW)
    make_account(make_organisatie("Gemeente Zonderdam", "90004321"), achternaam="Ander")

    text = text_of(beheerder_client.get(reverse("overstap")))

    assert "4 van 6 gebruikers moeten nog overstappen" in text
    assert "Nog in te leveren tokens: 1" in text
    assert f"token {token.serienummer}, werkt niet meer, nog in te leveren" in text
    assert f"Brief maken: {new}" in text
    assert f"Activatiecode aanvragen: {holder}" in text  # D14: who had a token keeps his gebruikersnaam
    assert "Code verstuurd" in text
    assert "Ontkoppeld middel kwijt" in text
    for other in ("Klaar", "Weg", "Ander"):
        assert f"{other}," not in text


def test_R28_until_when_the_tokens_of_the_organisatie_work(beheerder_client: Client, beheerder: Account) -> None:
    organisatie = beheerder.organisatie
    assert organisatie is not None
    token = make_token(make_account(organisatie))
    for address, before, after in (
        (reverse("overstap"), "De tokens van uw organisatie werken tot en met 31 maart 2026.", "werken niet meer"),
        (
            reverse("tokens_inleveren"),
            "ja, tot en met 31 maart 2026",
            "nee, uw organisatie is overgestapt of de laatste dag is voorbij",
        ),
    ):
        assert after in text_of(beheerder_client.get(address))
        uitzondering = allow_token(organisatie)
        page = text_of(beheerder_client.get(address))
        assert before in page
        assert token.serienummer in page
        uitzondering.delete()
    make_overstap(stand="open", einde_token=None)
    row = Planningsregel.objects.create(
        nummer=23, soort=organisatie.soorten.get(), portaal="x", algemeen_einde=False, gewijzigd_op=NOW
    )
    row.portalen.add(make_portaal())
    assert "De tokens van uw organisatie werken nog. U krijgt bericht" in text_of(
        beheerder_client.get(reverse("overstap"))
    )


def test_R28_the_words_about_a_token_follow_those_about_its_organisatie(
    beheerder_client: Client, beheerder: Account
) -> None:
    assert beheerder.organisatie is not None
    token = make_token(make_account(beheerder.organisatie))
    uitzondering = allow_token(beheerder.organisatie)
    text = text_of(beheerder_client.get(reverse("overstap")))
    assert "De tokens van uw organisatie werken tot en met" in text
    assert f"token {token.serienummer}, in gebruik" in text

    uitzondering.delete()
    make_overstap(stand="klaar", afgerond_op=NOW)

    text = text_of(beheerder_client.get(reverse("overstap")))
    assert "De tokens van uw organisatie werken niet meer." in text
    assert f"token {token.serienummer}, werkt niet meer, nog in te leveren" in text


def test_R14_the_token_of_who_is_blocked_does_not_work_now(beheerder_client: Client, beheerder: Account) -> None:
    assert beheerder.organisatie is not None
    token = make_token(make_account(beheerder.organisatie))
    allow_token(beheerder.organisatie)
    blokkade = TijdelijkeBlokkade.objects.create(account=token.account, van=NOW - timedelta(days=1))
    assert "nu niet, het account is tijdelijk geblokkeerd" in text_of(beheerder_client.get(reverse("tokens_inleveren")))

    blokkade.tot = NOW
    blokkade.save()
    assert "ja, tot en met 31 maart 2026" in text_of(beheerder_client.get(reverse("tokens_inleveren")))


def test_R28_when_all_have_moved_the_page_says_so(beheerder_client: Client) -> None:
    text = text_of(beheerder_client.get(reverse("overstap")))
    assert "Iedereen is overgestapt" in text
    assert "Er zijn geen tokens in te leveren." in text


def test_the_menu_leads_there_for_beheerders_alone(
    beheerder_client: Client, beheerder: Account, login: Callable[[Account], Client]
) -> None:
    assert reverse("overstap") in beheerder_client.get(reverse("overzicht")).content.decode()
    other = login(make_account(beheerder.organisatie))
    assert reverse("overstap") not in other.get(reverse("overzicht")).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_people(beheerder_client: Client, beheerder: Account) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert beheerder_client.get(reverse("overstap")).status_code == 200
        return len(asked)

    make_token(make_account(beheerder.organisatie))
    beheerder_client.get(reverse("overstap"))
    few = queries()
    for _ in range(12):
        make_token(make_account(beheerder.organisatie))
    assert queries() == few


class TestPerSoort:
    """R28: how far each soort is, for DUO staff."""

    def test_it_counts_organisaties_and_accounts_that_are_ready(self, staf_client: Client) -> None:
        ready, behind = make_organisatie("Klaar"), make_organisatie("Achter")
        make_organisatie("Weg", beeindigd_op=NOW)
        gone = make_account(ready, beeindigd_op=NOW)
        link(make_account(ready))
        link(make_account(behind))
        make_token(make_account(behind))
        make_token(gone)
        [soort] = count_gereedheid()
        assert (soort.organisaties, soort.klaar) == (2, 1)
        assert (soort.accounts, soort.gekoppeld, soort.met_token) == (3, 2, 1)

        page = staf_client.get(reverse("admin:planning_overstap_gereedheid"))

        assert f"{soort.soort} 1 van 2 2 van 3 1" in " ".join(
            html.fromstring(page.content).xpath("//table")[0].text_content().split()
        )
        assert (
            reverse("admin:planning_overstap_gereedheid")
            in staf_client.get(reverse("admin:planning_overstap_changelist")).content.decode()
        )

    def test_without_organisaties_it_says_so(self, staf_client: Client) -> None:
        page = staf_client.get(reverse("admin:planning_overstap_gereedheid"))
        assert "Er zijn nog geen organisaties." in page.content.decode()

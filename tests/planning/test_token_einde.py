"""What ends a token, for good, and the way on for who had one (R14, R15, R26)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from lxml import html

from accounts.models import Account, TijdelijkeBlokkade
from koppeling.models import CodeAanvraag, Koppeling, Teller
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from planning.models import Token, Uitzondering
from planning.rules.token import Tokenstand
from planning.services.tokens import REDENEN, hand_in_token
from tests.factories import (
    NOW,
    link,
    mail_code,
    make_account,
    make_organisatie,
    make_overstap,
    make_tekst,
)
from tests.formulier import submit, text_of
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import Makelaar
from tests.planning.inlog import ACTOR, code_of, events, log_in
from verantwoording.models import Logregel
from verantwoording.services import sweep_berichten

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Clock = Callable[[datetime], None]


def make_gekoppeld(account: Account) -> None:
    link(account)


def make_ontkoppeld(account: Account) -> None:
    link(account, beeindigd_op=NOW, reden=Reden.INACTIEF)


def make_new(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(gemaakt_op=datetime(2022, 1, 1, tzinfo=UTC))


def make_over(account: Account) -> None:
    Uitzondering.objects.update(ingetrokken_op=NOW)


def make_done(account: Account) -> None:
    Uitzondering.objects.update(ingetrokken_op=NOW)
    make_overstap(stand="klaar", afgerond_op=NOW)


def make_withdrawn(account: Account) -> None:
    Token.objects.update(ingetrokken_op=NOW)


def make_ended(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(beeindigd_op=NOW)


def make_blocked(account: Account) -> None:
    TijdelijkeBlokkade.objects.create(account=account, van=NOW)


Oorzaak = tuple[Callable[[Account], None], Tokenstand, str, str, set[str]]
KOPPELEN = {"inloggen", "code_vragen"}
OORZAKEN: list[Oorzaak] = [
    (make_gekoppeld, Tokenstand.GEKOPPELD, "is gekoppeld", "Lever uw token in bij uw beheerder", {"inloggen"}),
    (make_ontkoppeld, Tokenstand.ONTKOPPELD, "uw token komt niet terug", "koppel opnieuw", KOPPELEN),
    (make_new, Tokenstand.TE_NIEUW, "van na 1 januari 2022", "Vraag uw beheerder om een activatiecode", KOPPELEN),
    (make_over, Tokenstand.AFGELOPEN, "laatste dag is voorbij", "Vraag uw beheerder om een activatiecode", KOPPELEN),
    (make_done, Tokenstand.AFGELOPEN, "uw organisatie is overgestapt", "eHerkenning en koppel één keer", KOPPELEN),
    (make_withdrawn, Tokenstand.INGETROKKEN, "Uw token is ingetrokken", "vraag uw beheerder om een", KOPPELEN),
    (make_ended, Tokenstand.BEEINDIGD, "Uw account is beëindigd", "die kan u opnieuw aanmelden", {"contact"}),
    (make_blocked, Tokenstand.GEBLOKKEERD, "tijdelijk geblokkeerd", "wanneer u weer kunt inloggen", {"contact"}),
]
"""What happened to somebody with a token, what he then reads, what to do, and the pages that take him further."""


def test_R15_each_cause_of_a_refusal_has_its_row() -> None:
    assert {stand for _, stand, _, _, _ in OORZAKEN} == set(Tokenstand) - {Tokenstand.GELDIG}
    assert set(REDENEN) == set(Tokenstand) - {Tokenstand.GELDIG}


@pytest.mark.parametrize("oorzaak", OORZAKEN, ids=lambda oorzaak: oorzaak[0].__name__)
def test_R15_nobody_is_stranded_the_right_combination_reads_why_and_the_way_on(
    client: Client, account: Account, oorzaak: Oorzaak
) -> None:
    become, stand, what, way_on, leads = oorzaak
    become(account)

    page = log_in(client, account.gebruikersnaam)

    assert page.status_code == 200
    assert page.context["poging"].stand is stand
    assert what in text_of(page)
    assert way_on in text_of(page)
    links = {a.get("href") for a in html.fromstring(page.content).xpath("//main//div[@class='lees']//a")}
    assert links == {reverse(name) for name in leads}
    assert all(client.get(link).status_code == 200 for link in links)
    assert "_auth_user_id" not in client.session
    assert not Teller.objects.exists()
    assert events(account)[-1] == "token_geweigerd"
    assert Logregel.objects.latest("pk").gegevens == {"reden": REDENEN[stand]}
    wrong = text_of(log_in(client, account.gebruikersnaam, "fout"))
    assert "klopt niet" in wrong
    assert what not in wrong.split("Werkt uw token niet?")[0]


def test_R14_who_handed_his_token_in_links_and_is_in_again(
    client: Client, account: Account, makelaar: Makelaar
) -> None:
    """Its secret is gone, so no combination is right any more; the page of that still names his way on."""
    for soort in ("privacy", "voorwaarden"):
        make_tekst(soort)
    hand_in_token(token=Token.objects.get(), actor=ACTOR, now=NOW)
    page = log_in(client, account.gebruikersnaam)
    assert "klopt niet" in text_of(page)
    assert "U hebt uw token ingeleverd, of bent het kwijt" in text_of(page)
    assert f'href="{reverse("code_vragen")}"' in page.content.decode()
    submit(client, reverse("code_vragen"), "Vraag een code", gebruikersnaam=account.gebruikersnaam)
    assert CodeAanvraag.objects.get().account == account
    mail_code(account)
    makelaar()
    assert koppel(walk_to_step_5(client), account.gebruikersnaam, "ABCDE-FGHJK").status_code == 302
    assert client.get(reverse("overzicht")).status_code == 200


def test_R15_everybody_reads_every_way_on_before_logging_in(client: Client) -> None:
    text = text_of(client.get(reverse("inloggen_token")))
    for state in (
        "U hebt eHerkenning al gekoppeld",
        "Uw koppeling is vervallen of ongedaan gemaakt",
        "Uw organisatie is overgestapt, of de laatste dag is voorbij",
        "Uw organisatie stapt binnenkort over",
        "U hebt uw token ingeleverd, of bent het kwijt",
        "U bent na 1 januari 2022 gebruiker geworden",
    ):
        assert state in text


@pytest.mark.parametrize("become", [make_over, make_done, make_new, make_withdrawn])
def test_R15_a_session_ends_when_its_token_does(
    client: Client, account: Account, become: Callable[[Account], None]
) -> None:
    log_in(client, account.gebruikersnaam)
    become(account)

    page = client.get(reverse("mijn_gegevens"))

    assert page["Location"] == reverse("inloggen_token")
    assert "Uw token werkt niet meer" in text_of(client.get(page["Location"]))
    assert client.get(reverse("mijn_gegevens"))["Location"].startswith(reverse("inloggen"))


def test_R15_a_session_ends_with_another_wachtwoord(client: Client, account: Account) -> None:
    log_in(client, account.gebruikersnaam)
    assert client.get(reverse("overzicht")).status_code == 200
    account.refresh_from_db()
    account.set_password("acht geuren op een rij")
    account.save()

    assert client.get(reverse("overzicht"))["Location"] == reverse("inloggen_token")


def test_R26_a_session_ends_at_midnight_after_the_last_day(client: Client, account: Account, clock: Clock) -> None:
    end = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    clock(end - timedelta(minutes=2))
    log_in(client, account.gebruikersnaam, code=code_of(end - timedelta(minutes=2)))
    assert client.get(reverse("overzicht")).status_code == 200
    clock(end)
    assert client.get(reverse("overzicht"))["Location"] == reverse("inloggen_token")


def test_R14_linking_ends_the_token_for_good_and_every_session_of_it(
    client: Client, account: Account, makelaar: Makelaar, clock: Clock
) -> None:
    for soort in ("privacy", "voorwaarden"):
        make_tekst(soort)
    mail_code(account)
    elsewhere = Client()
    log_in(elsewhere, account.gebruikersnaam)
    makelaar()

    assert koppel(walk_to_step_5(client), account.gebruikersnaam, "ABCDE-FGHJK").status_code == 302

    assert Token.objects.get().ingetrokken_op == NOW
    assert "token_ingetrokken" in events(account)
    assert elsewhere.get(reverse("overzicht")).status_code == 302
    assert "Lever het token in bij uw beheerder" in text_of(client.get(reverse("koppelen_gelukt")))
    sweep_berichten(now=NOW)
    (told,) = [message for message in mail.outbox if "gekoppeld" in message.subject]
    assert "Lever het token in bij uw beheerder" in told.body
    unlink_account(account=account, reden=Reden.VERLOREN, actor=ACTOR, now=NOW)
    clock(NOW + timedelta(minutes=1))
    again = log_in(Client(), account.gebruikersnaam, code=code_of(NOW + timedelta(minutes=1)))
    assert "uw token komt niet terug" in text_of(again)


def test_R14_who_never_had_a_token_reads_nothing_about_it(client: Client, login: Callable[[Account], Client]) -> None:
    assert "token" not in text_of(login(make_account()).get(reverse("koppelen_gelukt")))


def test_R14_an_account_without_token_is_linked_as_ever(client: Client, makelaar: Makelaar) -> None:
    for soort in ("privacy", "voorwaarden"):
        make_tekst(soort)
    account = make_account(make_organisatie())
    mail_code(account)
    makelaar()
    assert koppel(walk_to_step_5(client), account.gebruikersnaam, "ABCDE-FGHJK").status_code == 302
    assert Koppeling.objects.live().filter(account=account).exists()

"""Logging in with a token, as long as it lasts, and what comes after it (R10, R14, R15, D14)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Beheerderschap
from autorisatie.rules import Inlog
from autorisatie.services import beslis
from koppeling.models import Koppeling, Teller
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from planning.models import Planningsregel, Token, Uitzondering
from planning.services.overgangen import open_portalen
from planning.services.tokens import GeenTokenMogelijk, issue_token
from tests.factories import (
    GEHEIM,
    NOW,
    WACHTWOORD,
    allow_token,
    grant,
    link,
    mail_code,
    make_account,
    make_kenmerk,
    make_organisatie,
    make_overstap,
    make_portaal,
    make_rol,
    make_sector,
    make_taak,
    make_tekst,
    make_token,
)
from tests.formulier import Pagina, submit, text_of
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import Makelaar
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Clock = Callable[[datetime], None]
ACTOR = Actor(ActorSoort.TAAK, naam="test")
ONBEKEND = "MDZZZZZZZZ"


@pytest.fixture
def account() -> Account:
    """Somebody with a token that counts: his organisatie has a running exception."""
    account = make_account()
    make_token(account)
    assert account.organisatie is not None
    allow_token(account.organisatie)
    return account


def code_of(op: datetime = NOW) -> str:
    return pyotp.TOTP(GEHEIM).at(op)


def log_in(browser: Client, naam: str, wachtwoord: str = WACHTWOORD, code: str | None = None) -> Pagina:
    values = {"gebruikersnaam": naam, "wachtwoord": wachtwoord, "code": code or code_of()}
    return browser.post(reverse("inloggen_token"), values)


def is_in(page: Pagina) -> bool:
    return page.status_code == 302 and page["Location"] == reverse("overzicht")


def events(account: Account) -> list[str]:
    return list(Logregel.objects.filter(account_id=account.pk).order_by("pk").values_list("gebeurtenis", flat=True))


def test_D14_gebruikersnaam_wachtwoord_and_code_in_one_form_lead_to_the_overzicht(
    client: Client, account: Account
) -> None:
    page = submit(
        client,
        reverse("inloggen_token"),
        "Inloggen",
        gebruikersnaam=account.gebruikersnaam.lower(),
        wachtwoord=WACHTWOORD,
        code=f"{code_of()[:3]} {code_of()[3:]}",
    )

    assert is_in(page)
    assert "eherkenning" not in client.session
    assert account.weergavenaam in client.get(reverse("overzicht")).content.decode()
    assert events(account) == ["ingelogd_met_token"]


def test_R10_one_neutral_message_whatever_was_wrong(client: Client, account: Account) -> None:
    texts = set()
    for naam, wachtwoord, code in (
        (account.gebruikersnaam, "een ander wachtwoord", code_of()),
        (account.gebruikersnaam, WACHTWOORD, "000000"),
        (ONBEKEND, WACHTWOORD, code_of()),
    ):
        page = log_in(Client(), naam, wachtwoord, code)
        assert page.status_code == 200
        texts.add(text_of(page).replace("nog 3 keer", "nog 4 keer"))
    assert len(texts) == 1
    assert "klopt niet" in texts.pop()
    assert "_auth_user_id" not in client.session


def test_R10_who_has_no_token_gets_the_same_message(client: Client) -> None:
    known = make_account()
    assert "klopt niet" in text_of(log_in(client, known.gebruikersnaam))


@pytest.mark.parametrize("exists", [True, False])
def test_R10_five_wrong_combinations_block_that_gebruikersnaam_for_a_quarter(
    client: Client, account: Account, *, exists: bool
) -> None:
    naam = account.gebruikersnaam if exists else ONBEKEND
    pages = [log_in(Client(), naam, "fout") for _ in range(4)]
    assert [page.status_code for page in pages] == [200] * 4
    assert "nog 1 keer" in text_of(pages[-1])

    assert log_in(Client(), naam, "fout").status_code == 429
    page = log_in(client, naam)

    assert page.status_code == 429
    assert "kan even niet" in text_of(page)
    other = make_account(account.organisatie)
    make_token(other)
    assert is_in(log_in(client, other.gebruikersnaam))


def test_R10_after_the_block_one_may_try_again_and_success_clears_the_count(client: Client, account: Account) -> None:
    for _ in range(5):
        log_in(client, account.gebruikersnaam, "fout")
    Teller.objects.update(geblokkeerd_tot=NOW - timedelta(days=1))

    assert is_in(log_in(client, account.gebruikersnaam))
    assert not Teller.objects.exists()


def test_R10_its_counters_are_its_own(client: Client, account: Account, makelaar: Makelaar) -> None:
    for soort in ("privacy", "voorwaarden"):
        make_tekst(soort)
    mail_code(account)
    for _ in range(5):
        log_in(Client(), account.gebruikersnaam, "fout")
    makelaar()

    assert koppel(walk_to_step_5(client), account.gebruikersnaam, "ABCDE-FGHJK").status_code == 302


def test_D14_a_code_counts_once_and_not_after_a_newer_one(client: Client, account: Account, clock: Clock) -> None:
    assert is_in(log_in(client, account.gebruikersnaam))
    assert "klopt niet" in text_of(log_in(Client(), account.gebruikersnaam))
    assert "klopt niet" in text_of(log_in(Client(), account.gebruikersnaam, code=code_of(NOW - timedelta(seconds=30))))

    clock(NOW + timedelta(seconds=30))
    assert is_in(log_in(Client(), account.gebruikersnaam, code=code_of(NOW + timedelta(seconds=30))))


@pytest.mark.parametrize(
    ("gebruikersnaam", "wachtwoord", "code"),
    [("", "", ""), ("MD\x00", "x", "123456"), ("𝕄𝔻ß", "é" * 200, "١٢٣٤٥٦"), ("x" * 500, "y" * 5000, "1" * 90)],
)
def test_R10_odd_input_gets_the_form_again(client: Client, gebruikersnaam: str, wachtwoord: str, code: str) -> None:
    assert log_in(client, gebruikersnaam, wachtwoord, code or "x").status_code == 200


def test_R32_wachtwoord_and_token_open_nothing_of_the_admin(client: Client, account: Account) -> None:
    client.post(reverse("account_login"), {"login": account.gebruikersnaam, "password": WACHTWOORD})
    assert "_auth_user_id" not in client.session
    assert not client.session.get("account_login")


def test_R15_an_account_made_since_2022_or_linked_before_never_gets_a_token() -> None:
    values = {"serienummer": "1", "wachtwoord": WACHTWOORD, "geheim": GEHEIM, "actor": ACTOR, "now": NOW}
    new = make_account(gemaakt_op=datetime(2022, 1, 1, tzinfo=UTC))
    linked = make_account(new.organisatie, gemaakt_op=datetime(2020, 1, 1, tzinfo=UTC))
    link(linked, beeindigd_op=NOW, reden=Reden.INACTIEF)
    for account in (new, linked):
        with pytest.raises(GeenTokenMogelijk):
            issue_token(account=account, **values)  # type: ignore[arg-type]  # values by name

    old = make_account(new.organisatie, gemaakt_op=datetime(2020, 1, 1, tzinfo=UTC))
    issue_token(account=old, **values)  # type: ignore[arg-type]  # values by name
    assert GEHEIM not in str(Authenticator.objects.get(user=old).data)
    with pytest.raises(GeenTokenMogelijk):
        issue_token(account=old, **values)  # type: ignore[arg-type]  # values by name


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


@pytest.mark.parametrize(
    ("become", "what", "way_on"),
    [
        (make_gekoppeld, "is gekoppeld aan eHerkenning", "Lever uw token in bij uw beheerder"),
        (make_ontkoppeld, "uw token komt niet terug", "koppel opnieuw"),
        (make_new, "van na 1 januari 2022", "Vraag uw beheerder om een activatiecode"),
        (make_over, "de laatste dag is voorbij", "Vraag uw beheerder om een activatiecode"),
        (make_done, "uw organisatie is overgestapt", "Log in met eHerkenning en koppel één keer"),
        (make_withdrawn, "Uw token is ingetrokken", "vraag uw beheerder om een activatiecode"),
        (make_ended, "Uw account is beëindigd", "Vraag het aan uw beheerder"),
    ],
)
def test_R15_nobody_is_stranded_the_right_combination_reads_why_and_the_way_on(
    client: Client, account: Account, become: Callable[[Account], None], what: str, way_on: str
) -> None:
    become(account)

    page = log_in(client, account.gebruikersnaam)

    assert page.status_code == 200
    assert what in text_of(page)
    assert way_on in text_of(page)
    assert reverse("inloggen") in page.content.decode()
    assert "_auth_user_id" not in client.session
    assert not Teller.objects.exists()
    assert events(account)[-1] == "token_geweigerd"
    wrong = text_of(log_in(client, account.gebruikersnaam, "fout"))
    assert "klopt niet" in wrong
    assert what not in wrong.split("Werkt uw token niet?")[0]


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


@pytest.mark.parametrize(
    ("stand", "text", "link_to"),
    [
        (None, "Uw organisatie stapt later over", "inloggen_testen"),
        ("gepland", "Uw organisatie stapt later over", "inloggen_testen"),
        ("aangekondigd", "De dag is nog niet gekomen", "inloggen_testen"),
        ("open", "Uw organisatie kan nu overstappen", "inloggen_eherkenning"),
        ("gepauzeerd", "De overstap van uw organisatie wacht even", "inloggen_testen"),
        ("teruggedraaid", "Uw organisatie stapt later over", "inloggen_testen"),
    ],
)
def test_D14_the_overzicht_leads_a_token_user_on_in_every_stand_of_the_overstap(
    client: Client, account: Account, stand: str | None, text: str, link_to: str
) -> None:
    Uitzondering.objects.all().delete()
    if stand is None:
        make_rule_without_end(account)
    else:
        before = {"stand_voor_pauze": "open"} if stand == "gepauzeerd" else {}
        make_overstap(stand=stand, einde_token=(NOW + timedelta(days=20)).date(), **before)
    assert is_in(log_in(client, account.gebruikersnaam))

    page = client.get(reverse("overzicht"))

    assert "U logt nog in met een token" in text_of(page)
    assert text in text_of(page)
    assert reverse(link_to) in page.content.decode()
    assert "dezelfde waarmee u nu inlogt" in text_of(page)


def make_rule_without_end(account: Account) -> None:
    """The row of a soort whose tokens end by an act alone."""
    assert account.organisatie is not None
    row = Planningsregel.objects.create(
        nummer=23, soort=account.organisatie.soorten.get(), portaal="Mijn DUO", algemeen_einde=False, gewijzigd_op=NOW
    )
    row.portalen.add(make_portaal())


def test_R26_a_running_exception_names_its_last_day_on_the_overzicht(client: Client, account: Account) -> None:
    log_in(client, account.gebruikersnaam)
    text = text_of(client.get(reverse("overzicht")))
    assert "Uw token werkt tot en met 31 maart 2026" in text
    assert "U kunt nu al overstappen" in text


def test_R26_the_overzicht_names_the_day_of_the_row_and_none_where_an_act_ends_the_tokens(
    client: Client, account: Account
) -> None:
    """Rows 2 and 23 of the planning."""
    Uitzondering.objects.all().delete()
    make_overstap(stand="open")
    make_rule_without_end(account)
    log_in(client, account.gebruikersnaam)
    text = text_of(client.get(reverse("overzicht")))
    assert "Uw organisatie kan nu overstappen" in text
    assert "Uw token werkt tot" not in text

    row = Planningsregel.objects.get()
    row.verplicht = "1 april 2026"
    row.save()
    row.verplichte_portalen.set(row.portalen.all())
    assert "Uw token werkt tot en met 31 maart 2026" in text_of(client.get(reverse("overzicht")))


def test_R14_a_token_opens_mijn_duo_and_what_has_not_moved_and_no_more(client: Client, account: Account) -> None:
    assert account.organisatie is not None
    rol = make_rol()
    kenmerk = make_kenmerk(account.organisatie)
    grant(account, rol, kenmerk)
    ours = make_taak("Leerlingdossier", rol)
    moved = make_taak("Jaarcijfers", rol)
    moved.portaal = make_portaal("xbrl-onderwijsportaal", "XBRL Onderwijsportaal")
    moved.save()
    make_overstap(portaal="xbrl-onderwijsportaal", stand="klaar", afgerond_op=NOW)
    log_in(client, account.gebruikersnaam)

    page = client.get(reverse("overzicht")).content.decode()
    assert reverse("taak", args=[ours.sleutel]) in page
    assert reverse("taak", args=[moved.sleutel]) not in page
    assert client.get(reverse("taak", args=[ours.sleutel])).status_code == 200
    assert client.get(reverse("taak", args=[moved.sleutel])).status_code == 404
    inlog = Inlog("", portalen=open_portalen(account, NOW))
    assert "Voor dit portaal telt die nog." in " ".join(beslis(account, ours, kenmerk, NOW, inlog).keten)
    assert "vraagt om een login met niveau EH3" in beslis(account, moved, kenmerk, NOW, inlog).keten[-1]


def test_R22_a_session_without_any_login_opens_nothing(account: Account) -> None:
    rol = make_rol()
    assert account.organisatie is not None
    kenmerk = make_kenmerk(account.organisatie)
    grant(account, rol, kenmerk)
    assert not beslis(account, make_taak("Leerlingdossier", rol), kenmerk, NOW, Inlog("")).mag


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


def test_R15_the_sector_shows_the_way_in_only_where_somebody_has_a_token(client: Client) -> None:
    sector = make_sector()
    address = reverse("inloggen_sector", args=[sector.sleutel])
    account = make_account()
    assert "token" not in text_of(client.get(address))

    make_token(account)
    assert "Log in met uw token" in text_of(client.get(address))

    Token.objects.update(ingetrokken_op=NOW)
    assert "Wat doet u zonder token?" in text_of(client.get(address))


def test_R17_the_page_that_was_asked_for_comes_after_logging_in(client: Client, account: Account) -> None:
    client.get(reverse("inloggen"), {"next": reverse("mijn_gegevens")})
    assert log_in(client, account.gebruikersnaam)["Location"] == reverse("mijn_gegevens")


def test_R02_a_beheerder_with_a_token_works_as_before_the_overstap(client: Client, account: Account) -> None:
    Beheerderschap.objects.create(account=account, van=NOW - timedelta(days=500))
    log_in(client, account.gebruikersnaam)
    assert client.get(reverse("gebruikers")).status_code == 200


def test_R32_staff_see_who_has_a_token_and_no_secret(staf_client: Client, account: Account) -> None:
    token = Token.objects.get()
    page: Any = staf_client.get(reverse("admin:planning_token_change", args=[token.pk]))
    assert token.serienummer in page.content.decode()
    for secret in (GEHEIM, str(Authenticator.objects.get(user=account).data["secret"]), account.password):
        assert secret not in page.content.decode()


def test_R14_an_account_without_token_is_linked_as_ever(client: Client, makelaar: Makelaar) -> None:
    for soort in ("privacy", "voorwaarden"):
        make_tekst(soort)
    account = make_account(make_organisatie())
    mail_code(account)
    makelaar()
    assert koppel(walk_to_step_5(client), account.gebruikersnaam, "ABCDE-FGHJK").status_code == 302
    assert Koppeling.objects.live().filter(account=account).exists()

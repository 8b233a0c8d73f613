"""Each soort of signaal, through the real services and pages, and the thresholds that staff set."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.emails.wijziging import make_token, session_mark
from accounts.models import Account
from accounts.services.gegevens import Opgeslagen, change_own_gegevens, confirm_email
from autorisatie.services import set_autorisatie
from beheer.models import Signaal, Signaalgrens
from beheer.rules.signalen import STANDAARD, Soort
from beheer.services.gebruikers import Gegevens, change_gebruiker, register_gebruiker
from beheer.services.signaalpersonen import describe, find_second
from beheer.services.signalen import raise_signalen, read_grenzen
from koppeling.models import Koppeling, Middel, Spoor
from koppeling.services.koppelproces import link_middel
from koppeling.views.browser import cookie_name
from tests.beheer.signaal import HENK, HOUR, MINUTE, Wereld, act, mails, render
from tests.factories import (
    NOW,
    link,
    mail_code,
    make_account,
    make_kenmerk,
    make_machtiging,
    make_middel,
    make_organisatie,
    make_rol,
    make_tekst,
)
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import Makelaar
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]
VISITOR = Actor(ActorSoort.BEZOEKER)


@pytest.fixture
def wereld(clock: Clock) -> Wereld:
    return Wereld()


def try_middel(account: Account, middel: Middel, code: str = "ZZZZZZZZZZ", *, now: datetime = NOW) -> None:
    """Type this account's gebruikersnaam and a code in step 5."""
    link_middel(
        middel=middel,
        gebruikersnaam=account.gebruikersnaam,
        activatiecode=code,
        privacy=make_tekst("privacy"),
        voorwaarden=make_tekst("voorwaarden"),
        akkoord_op=now,
        actor=VISITOR,
        now=now,
    )


def test_a_code_after_a_new_address_asks_a_colleague(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    assert (signaal.account, signaal.door, signaal.over) == (wereld.henk, [wereld.jolanda.pk], [wereld.henk.pk])
    (bericht,) = mails()
    post = render(bericht)
    assert post is not None
    assert post.aan == wereld.piet.email
    assert "Het e-mailadres van Henk van den Zande is gewijzigd door Jolanda de Vries." in post.tekst
    assert reverse("signaal", args=[signaal.pk]) in post.tekst
    assert wereld.henk.gebruikersnaam not in post.tekst


@pytest.mark.parametrize(("after", "raised"), [(72 * HOUR, 1), (72 * HOUR + MINUTE, 0), (-MINUTE, 0)])
def test_only_a_code_within_the_hours_after_the_new_address(wereld: Wereld, after: timedelta, raised: int) -> None:
    wereld.change_mail(now=NOW - after)
    wereld.mail_code(now=NOW)
    raise_signalen(now=NOW + 2 * MINUTE)
    assert Signaal.objects.count() == raised


def test_a_changed_phone_number_is_nothing(wereld: Wereld) -> None:
    wereld.henk.refresh_from_db()
    gegevens = Gegevens(**{**HENK, "telefoon": "0501234567"})
    change_gebruiker(
        account=wereld.henk, versie=wereld.henk.versie, gegevens=gegevens, actor=act(wereld.jolanda), now=NOW
    )
    wereld.mail_code()
    assert raise_signalen(now=NOW) == 0


def test_a_letter_and_the_koppelproces_in_one_browser(
    wereld: Wereld, login: Callable[[Account], Client], client: Client
) -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")
    mail_code(wereld.henk)
    login(wereld.jolanda)
    sent = {"_account": wereld.jolanda.pk}
    letter = client.post(reverse("gebruiker_brief", args=[wereld.henk.pk]), sent)
    cookie = letter.cookies[cookie_name()]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == timedelta(days=30).total_seconds()
    assert not Spoor.objects.filter(browser=cookie.value).exists(), "only its hash is kept"

    client.post(reverse("uitloggen"), sent)
    Makelaar(client)()
    koppel(walk_to_step_5(client), wereld.henk.gebruikersnaam)

    assert Koppeling.objects.live().filter(account=wereld.henk).exists()
    raise_signalen(now=NOW)
    signaal = Signaal.objects.get()
    assert signaal.soort == Soort.BRIEF_EN_KOPPELING
    assert (signaal.door, signaal.over) == ([wereld.jolanda.pk], [wereld.henk.pk])
    assert find_second(signaal, NOW) == wereld.piet


def test_a_browser_that_refuses_cookies_and_another_browser_give_no_signaal(
    wereld: Wereld, login: Callable[[Account], Client], client: Client
) -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")
    mail_code(wereld.henk)
    login(wereld.jolanda)
    client.post(reverse("gebruiker_brief", args=[wereld.henk.pk]), {"_account": wereld.jolanda.pk})
    client.cookies.pop(cookie_name())
    Makelaar(client)()
    koppel(walk_to_step_5(client), wereld.henk.gebruikersnaam)
    assert Koppeling.objects.live().filter(account=wereld.henk).exists()
    assert raise_signalen(now=NOW) == 0


def test_reading_and_linking_alone_give_a_browser_no_number(
    wereld: Wereld, login: Callable[[Account], Client], client: Client
) -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")
    login(wereld.jolanda)
    client.get(reverse("gebruiker_brief", args=[wereld.henk.pk]))
    client.get(reverse("brieven"))
    Makelaar(client)()
    walk_to_step_5(client)
    assert cookie_name() not in client.cookies


def test_a_beheerder_who_registers_prints_and_links(
    wereld: Wereld, login: Callable[[Account], Client], client: Client
) -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")
    new, _ = register_gebruiker(
        organisatie=wereld.organisatie,
        gegevens={**HENK, "achternaam": "Spook", "email": "spook@regenboog.example"},
        actor=act(wereld.jolanda),
        now=NOW - HOUR,
    )
    mail_code(new)
    login(wereld.jolanda)
    client.post(reverse("brieven"), {"_account": wereld.jolanda.pk, "gebruikers": [new.pk], "vorm": "afdrukken"})
    Makelaar(client)()
    koppel(walk_to_step_5(client), new.gebruikersnaam)
    raise_signalen(now=NOW)
    signaal = Signaal.objects.get()
    assert signaal.soort == Soort.ZELF_GEKOPPELD
    assert signaal.door == [wereld.jolanda.pk]
    assert "Henk van den Spook is aangemeld door Jolanda de Vries." in describe([signaal])[signaal.pk]


def test_one_middel_tried_on_two_people_is_told_at_each_organisatie_without_the_other_names(wereld: Wereld) -> None:
    other = make_organisatie("Gemeente Zonderdam")
    stranger = make_account(other, voornaam="Sanne", tussenvoegsel="", achternaam="Visser")
    middel = make_middel()
    for account in (wereld.henk, stranger):
        try_middel(account, middel)
    raise_signalen(now=NOW)
    here, there = Signaal.objects.order_by("organisatie_id")
    assert (here.soort, here.organisatie, here.over) == ("middel_twee_mensen", wereld.organisatie, [wereld.henk.pk])
    assert (there.organisatie, there.over) == (other, [stranger.pk])
    zin = describe([here])[here.pk]
    assert "Henk van den Zande" in zin
    assert "2 in totaal" in zin
    assert "Sanne" not in zin


def test_a_middel_in_use_that_is_tried_on_somebody_else_names_its_owner(wereld: Wereld) -> None:
    owner = make_account(wereld.organisatie, achternaam="Eigenaar")
    koppeling = link(owner)
    mail_code(wereld.henk)
    try_middel(wereld.henk, koppeling.middel, "ABCDEFGHJK")
    raise_signalen(now=NOW)
    signaal = Signaal.objects.get()
    assert signaal.door == [owner.pk]
    assert signaal.over == sorted([owner.pk, wereld.henk.pk])


def test_one_person_with_two_accounts_is_everyday(wereld: Wereld) -> None:
    school = make_organisatie("Basisschool De Regenboog")
    middel = make_middel()
    for account in (wereld.henk, make_account(school, **HENK)):
        try_middel(account, middel)
    assert raise_signalen(now=NOW) == 0


def test_r10_a_try_at_a_name_that_nobody_has_leaves_the_same_and_is_no_signaal(wereld: Wereld) -> None:
    middel = make_middel()
    try_middel(Account(gebruikersnaam="MDZZZZZZZZ"), middel)
    try_middel(wereld.henk, middel)
    assert list(Spoor.objects.order_by("pk").values_list("account", flat=True)) == [None, wereld.henk.pk]
    assert raise_signalen(now=NOW) == 0


@pytest.mark.parametrize(("number", "raised"), [(49, 0), (50, 1), (51, 1)])
def test_many_rollen_in_one_act(wereld: Wereld, number: int, raised: int) -> None:
    wereld.give(number)
    assert raise_signalen(now=NOW) == raised
    assert list(Signaal.objects.values_list("aantal", flat=True)) == [number] * raised


def test_many_rollen_in_many_acts_grow_into_one_signaal(wereld: Wereld) -> None:
    Signaalgrens.objects.update_or_create(
        soort="veel_rollen", defaults={"uren": 24, "aantal": 5, "herinneren": 24, "escaleren": 72}
    )
    wereld.give(3, now=NOW - 23 * HOUR)
    assert raise_signalen(now=NOW - 23 * HOUR) == 0
    wereld.give(2, now=NOW)
    assert raise_signalen(now=NOW) == 1
    wereld.give(2, now=NOW + MINUTE)
    assert raise_signalen(now=NOW + 2 * MINUTE) == 0
    assert Signaal.objects.get().aantal == 7
    assert raise_signalen(now=NOW + 4 * MINUTE) == 0
    assert Signaal.objects.get().aantal == 7
    assert len(mails()) == 1


def test_rollen_by_machtiging_and_those_that_only_lose_kenmerken_do_not_count(wereld: Wereld) -> None:
    Signaalgrens.objects.update_or_create(
        soort="veel_rollen", defaults={"uren": 24, "aantal": 2, "herinneren": 24, "escaleren": 72}
    )
    verlener = make_organisatie("Bestuur")
    rol, theirs, ours = make_rol(), make_kenmerk(verlener, "21BB"), make_kenmerk(wereld.organisatie)
    second = make_kenmerk(wereld.organisatie, "21CC")
    machtiging = make_machtiging(verlener, wereld.organisatie, [rol], [theirs])
    who = {"actor": act(wereld.jolanda), "beheerder": wereld.jolanda}
    set_autorisatie(account=wereld.henk, rol=rol, kenmerken=[theirs], machtiging=machtiging, now=NOW, **who)  # type: ignore[arg-type]
    set_autorisatie(account=wereld.henk, rol=rol, kenmerken=[ours, second], now=NOW, **who)  # type: ignore[arg-type]
    set_autorisatie(account=wereld.henk, rol=rol, kenmerken=[ours], now=NOW + MINUTE, **who)  # type: ignore[arg-type]
    assert raise_signalen(now=NOW + MINUTE) == 0


# thresholds are data


def test_what_staff_switch_off_gives_no_signaal(wereld: Wereld) -> None:
    Signaalgrens.objects.update_or_create(
        soort="mail_voor_code", defaults={"uren": 72, "aantal": 1, "herinneren": 24, "escaleren": 72, "aan": False}
    )
    wereld.change_mail()
    wereld.mail_code()
    assert raise_signalen(now=NOW) == 0


def test_the_rows_to_begin_with_are_those_of_the_rules() -> None:
    Signaalgrens.objects.filter(soort="veel_rollen").delete()
    assert read_grenzen() == STANDAARD


def test_staff_change_a_threshold_and_the_log_says_so(staf_client: Client, staf: Account) -> None:
    row, _ = Signaalgrens.objects.get_or_create(
        soort="veel_rollen", defaults={"uren": 24, "aantal": 50, "herinneren": 24, "escaleren": 72}
    )
    page = reverse("admin:beheer_signaalgrens_change", args=[row.pk])
    staf_client.post(page, {"aan": "on", "uren": 12, "aantal": 80, "herinneren": 24, "escaleren": 48})
    row.refresh_from_db()
    assert (row.uren, row.aantal, row.escaleren) == (12, 80, 48)
    line = Logregel.objects.get(gebeurtenis="beheer_gewijzigd")
    assert (line.actor_id, line.gegevens["velden"]) == (staf.pk, ["Uren", "Aantal", "Melden aan DUO na"])
    assert staf_client.post(reverse("admin:beheer_signaalgrens_delete", args=[row.pk])).status_code == 403


def test_who_changes_his_own_address_is_named_once(wereld: Wereld) -> None:
    account, moment = wereld.henk, NOW - HOUR
    saved = change_own_gegevens(
        account=account,
        versie=account.versie,
        email="henk@thuis.example",
        telefoon="",
        functie="",
        actor=act(account),
        now=moment,
    )
    assert isinstance(saved, Opgeslagen)
    assert saved.wijziging is not None
    confirm_email(token=make_token(saved.wijziging.pk, session_mark(account)), actor=VISITOR, now=moment)
    wereld.mail_code()
    raise_signalen(now=NOW)
    signaal = Signaal.objects.get()
    assert (signaal.door, signaal.over) == ([account.pk], [account.pk])
    assert describe([signaal])[signaal.pk].startswith(
        "Henk van den Zande heeft een ander e-mailadres laten vastleggen."
    )

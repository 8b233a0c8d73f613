"""R09, R12, R14: the steps in their order, what is kept of them, and the koppeling that comes of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from koppeling.models import Activatiecode, Koppeling, Middel, TekstVersie
from koppeling.rules import Reden, Uitkomst
from koppeling.services.koppelproces import link_middel
from koppeling.services.ontkoppelen import unlink_account
from tests.factories import link, mail_code, make_account, make_middel, make_organisatie, make_tekst
from tests.formulier import submit, text_of
from tests.koppeling.stappen import CODE, TICKS, browser_at_step_5, do_step, koppel, walk_to_step_5
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]
STEPS = [*TICKS, "koppelen_gegevens"]
VISITOR = Actor(ActorSoort.BEZOEKER)


@pytest.fixture(autouse=True)
def texts() -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")


@pytest.fixture
def account(now: datetime, clock: Clock) -> Account:
    """Somebody who has his letter and his code, and no koppeling yet."""
    account = make_account()
    mail_code(account, now=now)
    return account


@pytest.fixture
def started(makelaar: Makelaar, client: Client, clock: Clock) -> Client:
    """A browser that came back from the makelaar with a middel that is linked to nothing."""
    assert makelaar()["Location"] == reverse("koppelen")
    return client


def test_R09_the_steps_come_in_the_order_and_with_the_numbers_of_the_manual(started: Client, account: Account) -> None:
    titles = {
        "koppelen": "Hebt u alles om te koppelen?",
        "koppelen_privacy": "Uw gegevens en uw privacy",
        "koppelen_voorwaarden": "Gebruikersvoorwaarden",
    }
    for number, naam in enumerate(TICKS, start=2):
        text = text_of(started.get(reverse(naam)))
        assert f"stap {number} van 5" in text
        assert titles[naam] in text
        assert do_step(started, naam)["Location"] == reverse(STEPS[number - 1])

    assert "stap 5 van 5" in text_of(started.get(reverse("koppelen_gegevens")))
    assert koppel(started, account.gebruikersnaam)["Location"] == reverse("koppelen_gelukt")
    page = started.get(reverse("koppelen_gelukt"))
    assert "Koppeling gelukt" in text_of(page)
    assert f'href="{reverse("overzicht")}"' in page.content.decode()
    assert started.session["_auth_user_id"] == str(account.pk)


@pytest.mark.parametrize(("done", "asked"), [pair for pair in product(range(4), range(4)) if pair[1] > pair[0]])
def test_R09_no_step_can_be_skipped_by_its_address(started: Client, done: int, asked: int) -> None:
    for naam in STEPS[:done]:
        do_step(started, naam)

    for response in (
        started.get(reverse(STEPS[asked])),
        started.post(reverse(STEPS[asked]), {**TICKS.get(STEPS[asked], {}), "tekst": make_tekst("privacy").pk}),
    ):
        assert response.status_code == 302
        assert response["Location"] == reverse(STEPS[done])


@pytest.mark.parametrize("naam", [*STEPS, "koppelen_eerder"])
def test_R09_without_a_login_at_the_makelaar_no_step_opens(client: Client, naam: str) -> None:
    for response in (client.get(reverse(naam)), client.post(reverse(naam), TICKS.get(naam, {}))):
        assert response.status_code == 400
        assert "Log opnieuw in" in text_of(response)


def test_R09_one_can_go_back_and_forth_between_the_steps(started: Client) -> None:
    walk_to_step_5(started)

    for naam, previous in zip(reversed(STEPS), list(reversed(STEPS))[1:], strict=False):
        page = started.get(reverse(naam))
        assert page.status_code == 200
        assert f'href="{reverse(previous)}"' in page.content.decode()
    assert do_step(started, "koppelen")["Location"] == reverse("koppelen_privacy")
    assert started.get(reverse("koppelen_gegevens")).status_code == 200


@pytest.mark.parametrize("naam", TICKS)
def test_R09_a_step_is_not_done_while_one_box_is_not_ticked(started: Client, naam: str) -> None:
    for earlier in STEPS[: STEPS.index(naam)]:
        do_step(started, earlier)

    for left_out in TICKS[naam]:
        ticked = {box: "on" for box in TICKS[naam] if box != left_out}
        page = submit(started, reverse(naam), "Verder", **ticked)
        assert page.status_code == 200
        assert "Zet een vinkje" in text_of(page)
    assert started.get(reverse(STEPS[STEPS.index(naam) + 1]))["Location"] == reverse(naam)


def test_R09_the_versions_that_were_accepted_are_kept_with_the_moment(
    started: Client, account: Account, now: datetime, clock: Clock
) -> None:
    new = TekstVersie.objects.create(soort="privacy", versie=2, ingang=now, tekst="Nieuw.")
    TekstVersie.objects.create(soort="voorwaarden", versie=2, ingang=now + timedelta(days=1), tekst="Pas morgen.")
    do_step(started, "koppelen")
    do_step(started, "koppelen_privacy")
    clock(now + timedelta(minutes=3))
    do_step(started, "koppelen_voorwaarden")
    clock(now + timedelta(minutes=5))

    koppel(started, account.gebruikersnaam)

    koppeling = Koppeling.objects.get()
    assert koppeling.privacy == new
    assert koppeling.voorwaarden.versie == 1
    assert koppeling.akkoord_op == now + timedelta(minutes=3)
    assert koppeling.sinds == now + timedelta(minutes=5)
    assert Logregel.objects.get(gebeurtenis="gekoppeld").gegevens == {"privacy": 2, "voorwaarden": 1}


@pytest.mark.parametrize(("naam", "soort"), [("koppelen_privacy", "privacy"), ("koppelen_voorwaarden", "voorwaarden")])
def test_R09_a_text_that_changed_while_one_read_it_is_not_accepted_unread(
    started: Client, naam: str, soort: str
) -> None:
    for earlier in STEPS[: STEPS.index(naam)]:
        do_step(started, earlier)
    page = started.get(reverse(naam))
    TekstVersie.objects.create(soort=soort, versie=2, ingang=timezone.now(), tekst="Een heel nieuwe alinea.")

    again = submit(started, page, "Verder", **TICKS[naam])

    assert again.status_code == 200
    assert "Deze tekst is zojuist gewijzigd" in text_of(again)
    assert "Een heel nieuwe alinea." in text_of(again)
    assert submit(started, again, "Verder", **TICKS[naam]).status_code == 302


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (1, 400)])
def test_R09_a_koppelproces_takes_an_hour_at_most_however_busy_one_is(
    makelaar: Makelaar, client: Client, now: datetime, clock: Clock, seconds: int, status: int
) -> None:
    makelaar()
    walk_to_step_5(client)
    for minutes in range(10, 60, 10):
        clock(now + timedelta(minutes=minutes))
        assert client.get(reverse("koppelen_gegevens")).status_code == 200

    clock(now + timedelta(minutes=60, seconds=seconds))

    assert client.get(reverse("koppelen_gegevens")).status_code == status


def test_R09_stopping_forgets_the_login_at_the_makelaar(started: Client) -> None:
    key = started.session.session_key or ""

    response = submit(started, reverse("koppelen"), "Stoppen met koppelen")

    assert response["Location"] == reverse("uitgelogd")
    assert not started.session.exists(key)
    assert started.get(reverse("koppelen")).status_code == 400


def test_R09_stopping_takes_a_post(started: Client) -> None:
    assert started.get(reverse("koppelen_afbreken")).status_code == 405
    assert started.get(reverse("koppelen")).status_code == 200


def test_R09_who_links_a_second_account_and_stops_stays_logged_in(makelaar: Makelaar, client: Client) -> None:
    account = make_account()
    link(account, make_middel(pseudoniem=PSEUDONIEM))
    makelaar()
    client.post(reverse("koppelen_starten"))

    response = submit(client, reverse("koppelen"), "Stoppen met koppelen")

    assert response["Location"] == reverse("overzicht")
    assert client.session["_auth_user_id"] == str(account.pk)
    assert client.get(reverse("koppelen")).status_code == 400


def test_R08_who_is_logged_in_can_link_a_second_account_and_then_chooses(
    makelaar: Makelaar, client: Client, account: Account, now: datetime
) -> None:
    makelaar()
    koppel(walk_to_step_5(client), account.gebruikersnaam)
    second = make_account(make_organisatie("De Zilverberk"))
    mail_code(second, "QRSTUVWXYZ", now=now)

    client.post(reverse("koppelen_starten"))
    response = koppel(walk_to_step_5(client), second.gebruikersnaam, "QRSTU VWXYZ")

    assert response["Location"] == reverse("koppelen_gelukt")
    assert client.session["_auth_user_id"] == str(second.pk)
    assert Koppeling.objects.live().count() == 2
    assert makelaar()["Location"] == reverse("kies_account")


def test_R12_a_second_live_koppeling_of_one_account_is_refused_by_the_database() -> None:
    koppeling = link(make_account())

    with pytest.raises(IntegrityError, match="koppeling_een_per_account"):
        link(koppeling.account)


def test_R12_a_second_live_koppeling_of_one_middel_at_one_organisatie_is_refused_by_the_database() -> None:
    koppeling = link(make_account())

    with pytest.raises(IntegrityError, match="koppeling_een_per_middel_en_organisatie"):
        link(make_account(koppeling.organisatie), koppeling.middel)


def test_R12_an_organisatie_that_is_not_the_accounts_is_refused_by_the_database() -> None:
    def link_elsewhere() -> None:
        with transaction.atomic():
            link(make_account(), organisatie=make_organisatie("Een ander"))
            connection.check_constraints()

    with pytest.raises(IntegrityError, match="koppeling_account_bij_organisatie"):
        link_elsewhere()


def test_R12_an_ended_koppeling_makes_room_for_a_new_one(now: datetime) -> None:
    koppeling = link(make_account(), beeindigd_op=now, reden=Reden.VERLOREN)

    assert link(koppeling.account, koppeling.middel).pk != koppeling.pk


def test_R12_a_middel_that_is_linked_at_this_organisatie_reads_so_and_the_code_stays_good(
    started: Client, account: Account, now: datetime
) -> None:
    colleague = make_account(account.organisatie)
    walk_to_step_5(started)
    link(colleague, Middel.objects.get(pseudoniem=PSEUDONIEM))

    page = koppel(started, account.gebruikersnaam)

    assert page.status_code == 409
    assert "Uw middel is al gekoppeld aan een ander account bij deze organisatie" in text_of(page)
    assert "Neem contact op met uw beheerder. Uw activatiecode blijft geldig." in text_of(page)
    assert Activatiecode.objects.get().gebruikt_op is None
    unlink_account(account=colleague, reden=Reden.VERLOREN, actor=VISITOR, now=now)
    assert koppel(started, account.gebruikersnaam)["Location"] == reverse("koppelen_gelukt")


def test_R12_a_middel_of_another_kvk_number_is_told_nothing(account: Account) -> None:
    stranger = browser_at_step_5("F" * 64, kvk="90009999")

    page = koppel(stranger, account.gebruikersnaam)

    assert "Deze combinatie van gebruikersnaam en activatiecode klopt niet" in text_of(page)
    assert not Koppeling.objects.exists()
    assert Activatiecode.objects.get().gebruikt_op is None


def test_R19_a_middel_that_is_reported_stolen_during_the_koppelproces_links_nothing(
    started: Client, account: Account, now: datetime
) -> None:
    walk_to_step_5(started)
    Middel.objects.update(gestolen_op=now)

    for page in (started.get(reverse("koppelen_gegevens")), koppel(started, account.gebruikersnaam)):
        assert page.status_code == 403
        assert "gemeld als gestolen" in text_of(page)
    assert not Koppeling.objects.exists()


def test_R19_a_middel_that_is_barred_is_refused_by_the_service_too(account: Account, now: datetime) -> None:
    poging = link_middel(
        middel=make_middel(gestolen_op=now),
        gebruikersnaam=account.gebruikersnaam,
        activatiecode=CODE,
        privacy=make_tekst("privacy"),
        voorwaarden=make_tekst("voorwaarden"),
        akkoord_op=now,
        actor=VISITOR,
        now=now,
    )

    assert poging.uitkomst is Uitkomst.MIDDEL_GEBLOKKEERD
    assert Activatiecode.objects.get().gebruikt_op is None


def test_R20_the_code_of_an_ended_account_links_nothing(started: Client, account: Account, now: datetime) -> None:
    walk_to_step_5(started)
    Account.objects.update(beeindigd_op=now)

    page = koppel(started, account.gebruikersnaam)

    assert "Deze combinatie van gebruikersnaam en activatiecode klopt niet" in text_of(page)
    assert not Koppeling.objects.exists()


@pytest.mark.parametrize("typed", ["abcde-fghjk", " ABCDE FGHJK ", "a b c d e f g h j k", "ABCDEFGHJK"])
def test_D6_case_spaces_and_dashes_of_the_code_do_not_count(started: Client, account: Account, typed: str) -> None:
    walk_to_step_5(started)

    assert koppel(started, account.gebruikersnaam, typed)["Location"] == reverse("koppelen_gelukt")


def test_D6_case_and_spaces_of_the_gebruikersnaam_do_not_count(started: Client, account: Account) -> None:
    walk_to_step_5(started)
    typed = f" {account.gebruikersnaam[:4]} {account.gebruikersnaam[4:]}".lower()

    assert koppel(started, typed)["Location"] == reverse("koppelen_gelukt")


def test_R14_from_koppeling_gelukt_on_eherkenning_is_the_way_in(started: Client, account: Account) -> None:
    koppel(walk_to_step_5(started), account.gebruikersnaam)

    page = text_of(started.get(reverse("koppelen_gelukt")))

    assert "Vanaf nu logt u op Mijn DUO alleen nog in met eHerkenning" in page
    assert "Fatima El Amrani" in page
    assert "Stichting De Regenboog" in page
    (line,) = Logregel.objects.filter(gebeurtenis="gekoppeld")
    assert line.account_id == line.actor_id == account.pk
    assert line.organisatie_id == account.organisatie_id
    (bericht,) = Bericht.objects.filter(soort="gekoppeld")
    assert bericht.account_id == account.pk


def test_R18_a_new_koppeling_counts_eighteen_months_from_its_first_day(started: Client, account: Account) -> None:
    koppel(walk_to_step_5(started), account.gebruikersnaam)

    assert Koppeling.objects.get().vervalt_op.isoformat() == "2027-09-02"


def test_R08_the_koppelproces_ends_with_the_koppeling(started: Client, account: Account) -> None:
    koppel(walk_to_step_5(started), account.gebruikersnaam)

    assert started.get(reverse("koppelen_gegevens")).status_code == 400


def test_R14_who_is_not_linked_has_no_koppeling_gelukt(client: Client) -> None:
    client.force_login(make_account())

    assert client.get(reverse("koppelen_gelukt"))["Location"] == reverse("inloggen")

"""R08, D2, D4, D5: over the makelaar to the overzicht, to the chooser, or to the koppelproces."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Machtiging, Organisatie
from accounts.services.blokkades import block_account
from koppeling.models import Koppeling, Middel
from koppeling.rules import Reden
from koppeling.services.inloggen import record_login
from tests.factories import LONG_AGO, link, make_account, make_middel, make_organisatie, make_sector
from tests.formulier import submit, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]
OTHER_KVK = "90009999"


@pytest.fixture
def middel() -> Middel:
    """The middel with which the makelaar's persona logs in."""
    return make_middel(pseudoniem=PSEUDONIEM)


def who_is_in(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


def test_R08_the_entrance_leads_over_the_sector_to_the_makelaar(client: Client) -> None:
    sector = make_sector()

    entrance = client.get(reverse("inloggen"))
    address = reverse("inloggen_sector", args=[sector.sleutel])
    page = client.get(address)

    assert "Kies eerst de sector" in text_of(entrance)
    assert f'href="{address}"' in entrance.content.decode()
    assert "Log in met eHerkenning" in text_of(page)
    assert f'href="{reverse("inloggen_eherkenning")}"' in page.content.decode()
    assert client.get(reverse("inloggen_eherkenning"))["Location"].startswith(
        "https://makelaar.example/sso?SAMLRequest="
    )


def test_R08_a_sector_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(reverse("inloggen_sector", args=["zeevaart"])).status_code == 404


def test_R08_a_middel_with_one_account_goes_straight_to_the_overzicht(
    makelaar: Makelaar, client: Client, middel: Middel
) -> None:
    account = make_account()
    link(account, middel)

    response = makelaar()

    assert response.status_code == 302
    assert response["Location"] == reverse("overzicht")
    assert who_is_in(client) == str(account.pk)


def test_R08_a_middel_without_an_account_goes_to_the_koppelproces_and_nobody_is_logged_in(
    makelaar: Makelaar, client: Client
) -> None:
    response = makelaar()

    assert response["Location"] == reverse("koppelen")
    assert "Hebt u alles om te koppelen?" in text_of(client.get(response["Location"]))
    assert who_is_in(client) is None
    assert client.get(reverse("overzicht")).status_code == 302


def test_R08_no_account_is_ever_created_by_logging_in(makelaar: Makelaar, middel: Middel) -> None:
    link(make_account(), middel)

    makelaar()
    makelaar(pseudonym=f"{'B2' * 32}@{'0F' * 16}")
    makelaar(kvk=OTHER_KVK)

    assert Account.objects.count() == 1
    assert SocialAccount.objects.count() == 0


def test_R08_a_middel_with_two_accounts_goes_to_the_chooser(makelaar: Makelaar, client: Client, middel: Middel) -> None:
    school = make_account(make_organisatie("De Zilverberk"))
    bestuur = make_account(make_organisatie("Stichting De Regenboog"))
    link(school, middel)
    link(bestuur, middel)

    response = makelaar()
    page = client.get(response["Location"])

    assert response["Location"] == reverse("kies_account")
    assert who_is_in(client) is None
    assert "De Zilverberk" in text_of(page)
    assert "Stichting De Regenboog" in text_of(page)

    chosen = submit(client, page, "De Zilverberk")

    assert chosen["Location"] == reverse("overzicht")
    assert who_is_in(client) == str(school.pk)


def test_R08_the_chooser_can_start_another_koppelproces(makelaar: Makelaar, client: Client, middel: Middel) -> None:
    for naam in ("De Zilverberk", "Stichting De Regenboog"):
        link(make_account(make_organisatie(naam)), middel)

    response = submit(client, makelaar()["Location"], "Nog een account koppelen")

    assert response["Location"] == reverse("koppelen")
    assert "Hebt u alles om te koppelen?" in text_of(client.get(response["Location"]))


def test_R08_the_chooser_opens_no_account_of_another_middel(makelaar: Makelaar, client: Client, middel: Middel) -> None:
    for naam in ("De Zilverberk", "Stichting De Regenboog"):
        link(make_account(make_organisatie(naam)), middel)
    foreign = link(make_account())
    makelaar()

    response = client.post(reverse("kies_account"), {"koppeling": foreign.pk})

    assert response.status_code == 404
    assert who_is_in(client) is None


@pytest.mark.parametrize("typed", ["", "x", "-1", "99999999999999999999"])
def test_R08_the_chooser_shows_itself_again_for_a_choice_that_is_none(
    makelaar: Makelaar, client: Client, middel: Middel, typed: str
) -> None:
    for naam in ("De Zilverberk", "Stichting De Regenboog"):
        link(make_account(make_organisatie(naam)), middel)
    makelaar()

    response = client.post(reverse("kies_account"), {"koppeling": typed})

    assert response.status_code in {200, 404}
    assert who_is_in(client) is None


def test_R08_without_a_login_the_chooser_leads_to_the_entrance(client: Client) -> None:
    assert client.get(reverse("kies_account"))["Location"] == reverse("inloggen")
    assert client.post(reverse("koppelen_starten"))["Location"] == reverse("inloggen")


@pytest.mark.parametrize(
    ("reden", "why", "what"),
    [
        (Reden.INACTIEF, "18 maanden niet ingelogd", "Vraag uw beheerder om een nieuwe activatiecode"),
        (Reden.GESTOLEN, "kwijt, gestolen of kapot", "een nieuwe brief is niet nodig"),
        (Reden.STAF, "een medewerker van DUO", "Vraag uw beheerder om een nieuwe activatiecode"),
        (Reden.VERLOREN, "kwijt, gestolen of kapot", "een nieuwe brief is niet nodig"),
        (Reden.DEFECT, "kwijt, gestolen of kapot", "een nieuwe brief is niet nodig"),
        (Reden.SIGNAAL, "uw account is uit voorzorg geblokkeerd", "Vraag uw beheerder om een nieuwe activatiecode"),
        (Reden.VERTREK, "Dat is teruggedraaid", "Uw account bestaat weer. Vraag uw beheerder om een nieuwe"),
    ],
)
def test_R08_a_middel_that_was_linked_before_reads_why_that_ended_and_what_to_do(
    makelaar: Makelaar, client: Client, middel: Middel, reden: Reden, why: str, what: str
) -> None:
    link(make_account(), middel, beeindigd_op=timezone.now(), reden=reden)

    response = makelaar()
    page = text_of(client.get(response["Location"]))

    assert response["Location"] == reverse("koppelen_eerder")
    assert "Stichting De Regenboog" in page
    assert why in page
    assert what in page
    assert "Ik heb een nieuwe code" in page


@pytest.mark.parametrize("reden", Reden)
def test_R08_R16_who_is_blocked_too_is_sent_to_the_beheerder_and_not_for_a_code(
    makelaar: Makelaar, client: Client, middel: Middel, reden: Reden
) -> None:
    account = make_account()
    link(account, middel, beeindigd_op=timezone.now(), reden=reden)
    block_account(account=account, actor=Actor(ActorSoort.ACCOUNT, id=1, reden="Verlof."), now=timezone.now())

    page = text_of(client.get(makelaar()["Location"]))

    assert "Vraag uw beheerder wat er aan de hand is" in page
    assert "nieuwe activatiecode" not in page
    assert "Ik heb een nieuwe code" not in page


def test_R08_a_middel_that_was_never_linked_has_nothing_to_read_there(makelaar: Makelaar, client: Client) -> None:
    makelaar()

    assert client.get(reverse("koppelen_eerder"))["Location"] == reverse("koppelen")


def test_R20_an_ended_account_is_not_logged_in_and_reads_why(
    makelaar: Makelaar, client: Client, middel: Middel
) -> None:
    link(make_account(beeindigd_op=timezone.now()), middel)

    response = makelaar()

    assert "uw account is beëindigd" in text_of(client.get(response["Location"]))
    assert who_is_in(client) is None


def test_D4_a_known_pseudonym_with_another_kvk_number_is_another_middel(
    makelaar: Makelaar, client: Client, middel: Middel
) -> None:
    link(make_account(), middel)

    response = makelaar(kvk=OTHER_KVK)

    assert response["Location"] == reverse("koppelen")
    assert who_is_in(client) is None
    assert Middel.objects.filter(pseudoniem=PSEUDONIEM).count() == 2


def test_D4_a_pseudonym_in_another_case_is_another_middel(makelaar: Makelaar, middel: Middel) -> None:
    link(make_account(), middel)

    assert makelaar(pseudonym=PSEUDONIEM.lower())["Location"] == reverse("koppelen")


@pytest.fixture
def gemachtigde(middel: Middel) -> Organisatie:
    """Whose KvK number the middel names; the account it is linked to is at another organisatie."""
    kantoor = make_organisatie("Administratiekantoor Noord")
    school = make_organisatie("Obs De Linde", kvk=OTHER_KVK)
    link(make_account(school), middel)
    return kantoor


def test_D4_a_live_machtiging_opens_the_account_of_who_gave_it(
    makelaar: Makelaar, gemachtigde: Organisatie, now: datetime, clock: Clock
) -> None:
    school = Organisatie.objects.get(naam="Obs De Linde")
    Machtiging.objects.create(
        verlener=school, gemachtigde=gemachtigde, soort="verwerking", van=LONG_AGO, tot=now + timedelta(days=1)
    )

    assert makelaar()["Location"] == reverse("overzicht")
    clock(now + timedelta(days=1))
    assert makelaar().status_code == 403


def test_D4_without_a_machtiging_one_reads_who_can_give_it_and_keeps_the_koppeling(
    makelaar: Makelaar, client: Client, gemachtigde: Organisatie
) -> None:
    response = makelaar()

    assert response.status_code == 403
    assert "geen machtiging meer heeft van Obs De Linde" in text_of(response)
    assert "Dat regelt de beheerder van Obs De Linde" in text_of(response)
    assert Koppeling.objects.live().count() == 1
    assert who_is_in(client) is None


def test_D5_somebody_who_is_logged_in_switches_account_with_a_new_session_key(
    makelaar: Makelaar, client: Client, middel: Middel
) -> None:
    school = make_account(make_organisatie("De Zilverberk"))
    bestuur = make_account(make_organisatie("Stichting De Regenboog"))
    link(school, middel)
    link(bestuur, middel)
    submit(client, makelaar()["Location"], "De Zilverberk")
    before = client.session.session_key or ""

    response = submit(client, reverse("kies_account"), "Stichting De Regenboog")

    assert response["Location"] == reverse("overzicht")
    assert who_is_in(client) == str(bestuur.pk)
    assert client.session.session_key != before
    assert not client.session.exists(before)
    assert Logregel.objects.filter(gebeurtenis="ingelogd").count() == 2


def test_R08_the_session_of_whoever_used_the_browser_before_is_gone_after_a_login_with_another_middel(
    makelaar: Makelaar, client: Client, middel: Middel
) -> None:
    link(make_account(), middel)
    makelaar()
    before = client.session.session_key or ""

    response = makelaar(pseudonym=f"{'B2' * 32}@{'0F' * 16}")

    assert response["Location"] == reverse("koppelen")
    assert who_is_in(client) is None
    assert not client.session.exists(before)


def test_R08_after_logging_in_one_gets_the_page_one_asked_for(
    makelaar: Makelaar, client: Client, middel: Middel
) -> None:
    link(make_account(), middel)
    asked = client.get(reverse("mijn_gegevens"))
    client.get(asked["Location"])

    assert makelaar()["Location"] == reverse("mijn_gegevens")
    assert makelaar()["Location"] == reverse("overzicht")  # asked for once


@pytest.mark.parametrize(
    "elsewhere", ["https://kwaad.example/", "//kwaad.example/", "/\\kwaad.example", "javascript:alert(1)", "http:///x"]
)
def test_R08_nobody_is_sent_to_another_site_after_logging_in(
    makelaar: Makelaar, client: Client, middel: Middel, elsewhere: str
) -> None:
    link(make_account(), middel)
    client.get(reverse("inloggen"), {"next": elsewhere})

    makelaar_request = makelaar.ask(next=elsewhere)
    response = makelaar.come_back(makelaar.post(makelaar.answer(makelaar_request)))

    assert response["Location"] == reverse("overzicht")


def test_R08_asking_for_a_connect_links_nothing(makelaar: Makelaar, client: Client, middel: Middel) -> None:
    account = make_account()
    link(account, middel)
    makelaar()

    request_id = makelaar.ask(process="connect")
    assert client.session["socialaccount_states"][request_id][0]["process"] == "login"
    answer = makelaar.answer(request_id, pseudonym=f"{'B2' * 32}@{'0F' * 16}")
    response = makelaar.come_back(makelaar.post(answer))

    assert response["Location"] == reverse("koppelen")
    assert Koppeling.objects.live().count() == 1
    assert SocialAccount.objects.count() == 0


def test_R18_a_login_starts_the_eighteen_months_again_and_takes_back_the_warnings(
    makelaar: Makelaar, middel: Middel, now: datetime, clock: Clock
) -> None:
    koppeling = link(make_account(), middel, used=LONG_AGO, gewaarschuwd_30_op=LONG_AGO, gewaarschuwd_7_op=LONG_AGO)
    clock(datetime(2026, 3, 31, 22, 30, tzinfo=UTC))  # the first of April in Amsterdam

    makelaar()

    koppeling.refresh_from_db()
    assert koppeling.laatst_gebruikt == datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    assert koppeling.vervalt_op.isoformat() == "2027-10-01"
    assert koppeling.gewaarschuwd_30_op is None
    assert koppeling.gewaarschuwd_7_op is None


def test_R33_the_log_says_who_logged_in_at_what_level_and_from_where(makelaar: Makelaar, middel: Middel) -> None:
    koppeling = link(make_account(), middel)

    makelaar(loa="loa4")

    (line,) = Logregel.objects.filter(gebeurtenis="ingelogd")
    assert line.actor_id == line.account_id == koppeling.account_id
    assert line.organisatie_id == koppeling.organisatie_id
    assert line.object_id == koppeling.pk
    assert line.adres == "127.0.0.1"
    assert line.gegevens["loa"].endswith("loa4")


@pytest.mark.django_db(transaction=True)
def test_R19_a_login_that_waits_for_an_unlinking_under_way_is_refused() -> None:
    koppeling = link(make_account())
    outcome: list[bool] = []
    about_to = Event()

    def log_in() -> None:
        about_to.set()
        visitor = Actor(ActorSoort.BEZOEKER)
        outcome.append(record_login(koppeling=koppeling, inlog={}, actor=visitor, now=timezone.now()))
        connection.close()

    login = Thread(target=log_in)
    with transaction.atomic():
        Koppeling.objects.filter(pk=koppeling.pk).update(beeindigd_op=timezone.now(), reden=Reden.VERLOREN)
        login.start()
        about_to.wait(5)
        login.join(0.5)
        assert login.is_alive()  # it waits for our row
    login.join(10)

    assert outcome == [False]
    assert not Logregel.objects.filter(gebeurtenis="ingelogd").exists()


def test_R08_our_metadata_is_signed_and_names_the_dienst(client: Client) -> None:
    response = client.get(reverse("eherkenning_metadata"))

    assert response["Content-Type"] == "application/samlmetadata+xml"
    assert b"Mijn DUO voor zakelijke klanten" in response.content
    assert b"SignatureValue" in response.content

"""Newsletters by topic (R31): confirmed sign-up, one-click leave, and each issue once per abonnee."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from publiek.models import Abonnement, Editie, Nieuwsbrief
from publiek.services.nieuwsbrieven import AlVerzondenError, request_abonnementen, send_editie
from publiek.services.opruimen import forget_bezoekers
from tests.factories import NOW
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "mailbox")]

STAF = Actor(ActorSoort.STAF, id=7)
ADRES = "lezer@school.example"
DAG = timedelta(days=1)
LINK = re.compile(r"http://testserver(/nieuwsbrieven/\S+)")


@pytest.fixture
def mailbox(settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]


@pytest.fixture
def brief() -> Nieuwsbrief:
    return Nieuwsbrief.objects.create(sleutel="overstap", naam="Overstap")


def ask(client: Client, *brieven: Nieuwsbrief, email: str = ADRES) -> str:
    """Sign up on the page; where it leads."""
    data = {"email": email, "nieuwsbrieven": [brief.pk for brief in brieven]}
    response = client.post("/nieuwsbrieven/", data)
    return f"{response.status_code} {response.get('Location', '')}"


def read_mails() -> list[str]:
    """Send what waits; the links in the mails that arrived, and empty the mailbox."""
    sweep_berichten(now=NOW + DAG * 0)
    links = [LINK.search(str(message.body))[1] for message in mail.outbox]  # type: ignore[index]
    mail.outbox.clear()
    return links


def subscribe(client: Client, brief: Nieuwsbrief, email: str = ADRES) -> Abonnement:
    ask(client, brief, email=email)
    (link,) = read_mails()
    client.post(link)
    return Abonnement.objects.get(nieuwsbrief=brief, email=email)


def test_an_abonnement_counts_once_confirmed_and_never_on_a_get(client: Client, brief: Nieuwsbrief) -> None:
    assert ask(client, brief) == "302 /nieuwsbrieven/gevraagd/"
    assert not Abonnement.objects.live().exists()
    (link,) = read_mails()
    assert "Overstap" in client.get(link).content.decode()
    assert not Abonnement.objects.live().exists()
    assert b"U bent aangemeld" in client.post(link).content
    assert b"U bent aangemeld" in client.post(link).content
    assert Abonnement.objects.live().get().email == ADRES


def test_one_mail_confirms_several_topics(client: Client, brief: Nieuwsbrief) -> None:
    other = Nieuwsbrief.objects.create(sleutel="gemeenten", naam="Gemeenten")
    ask(client, brief, other)
    (link,) = read_mails()
    client.post(link)
    assert Abonnement.objects.live().count() == 2


def test_nobody_learns_whether_an_address_is_known(client: Client, brief: Nieuwsbrief) -> None:
    subscribe(client, brief)
    for email in (ADRES, ADRES.upper(), "ander@school.example"):
        assert ask(client, brief, email=email) == "302 /nieuwsbrieven/gevraagd/"
    sweep_berichten(now=NOW)
    assert [message.to for message in mail.outbox] == [["ander@school.example"]]
    assert Abonnement.objects.filter(email__iexact=ADRES).count() == 1


def test_a_link_dies_after_seven_days_and_another_is_none(
    client: Client, brief: Nieuwsbrief, clock: Callable[..., None]
) -> None:
    ask(client, brief)
    (link,) = read_mails()
    assert client.post(link[:-2] + "x/").status_code == 404
    clock(NOW + 7 * DAG + timedelta(seconds=1))
    assert client.post(link).status_code == 404
    assert not Abonnement.objects.live().exists()


def test_an_address_gets_three_mails_a_day_at_most(client: Client, brief: Nieuwsbrief) -> None:
    for number in range(5):
        request_abonnementen(email=ADRES, nieuwsbrieven=[brief], now=NOW + number * timedelta(minutes=1))
    assert Bericht.objects.count() == 3


def test_a_visitor_is_held_up_after_ten_tries_an_hour(client: Client, brief: Nieuwsbrief) -> None:
    answers = [ask(client, brief, email=f"lezer{number}@school.example")[:3] for number in range(11)]
    assert answers == ["302"] * 10 + ["429"]


@pytest.mark.parametrize(
    "data", [{}, {"email": "x"}, {"email": ADRES, "nieuwsbrieven": ["99"]}, {"email": "a\x00@b.nl"}]
)
def test_odd_input_is_asked_again(client: Client, brief: Nieuwsbrief, data: dict[str, str]) -> None:
    assert client.post("/nieuwsbrieven/", data).status_code == 200
    assert not Abonnement.objects.exists()


def test_an_issue_goes_once_to_each_abonnee_and_can_be_left_with_one_click(client: Client, brief: Nieuwsbrief) -> None:
    subscribe(client, brief)
    subscribe(client, brief, "tweede@school.example")
    ask(client, brief, email="twijfelt@school.example")
    read_mails()
    editie = Editie.objects.create(nieuwsbrief=brief, onderwerp="Nieuws", tekst="Er is nieuws.")
    assert send_editie(editie=editie, actor=STAF, now=NOW) == 2
    with pytest.raises(AlVerzondenError):
        send_editie(editie=editie, actor=STAF, now=NOW)
    sweep_berichten(now=NOW)
    assert sorted(message.to[0] for message in mail.outbox) == [ADRES, "tweede@school.example"]
    message = mail.outbox[0]
    assert "Er is nieuws." in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    assert link in message.body
    assert Client(enforce_csrf_checks=True).get(link).status_code == 200
    assert Abonnement.objects.live().count() == 2
    assert Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Abonnement.objects.live().count() == 1
    assert b"U bent afgemeld" in client.get(link).content


def test_who_left_gets_no_mail_that_still_waited_and_an_old_link_brings_nobody_back(
    client: Client, brief: Nieuwsbrief, clock: Callable[..., None]
) -> None:
    ask(client, brief)
    (confirm,) = read_mails()
    client.post(confirm)
    editie = Editie.objects.create(nieuwsbrief=brief, onderwerp="Nieuws", tekst="Er is nieuws.")
    send_editie(editie=editie, actor=STAF, now=NOW)
    clock(NOW + DAG)
    Abonnement.objects.update(afgemeld_op=NOW + DAG)
    sweep_berichten(now=NOW + DAG)
    assert not mail.outbox
    assert client.post(confirm).status_code == 404
    request_abonnementen(email=ADRES, nieuwsbrieven=[brief], now=NOW + 2 * DAG)
    clock(NOW + 2 * DAG)
    sweep_berichten(now=NOW + 2 * DAG)
    client.post(LINK.search(str(mail.outbox[0].body))[1])  # type: ignore[index]
    assert Abonnement.objects.live().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_members_of_staff_at_once_send_an_issue_once(brief: Nieuwsbrief) -> None:
    Abonnement.objects.create(nieuwsbrief=brief, email=ADRES, gevraagd_op=NOW, bevestigd_op=NOW)
    editie = Editie.objects.create(nieuwsbrief=brief, onderwerp="Nieuws", tekst="Er is nieuws.")

    def send() -> int:
        try:
            return send_editie(editie=editie, actor=STAF, now=NOW)
        except AlVerzondenError:
            return 0

    assert sorted(in_parallel(send, send)) == [0, 1]
    assert Bericht.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_signing_up_twice_at_once_is_one_abonnement(brief: Nieuwsbrief) -> None:
    def sign_up() -> None:
        request_abonnementen(email=ADRES, nieuwsbrieven=[brief], now=NOW)

    in_parallel(sign_up, sign_up)
    assert Abonnement.objects.count() == 1


def test_r34_who_left_or_never_confirmed_is_forgotten_after_thirty_days(brief: Nieuwsbrief) -> None:
    old, young = NOW - 31 * DAG, NOW - 29 * DAG
    rows = {
        "unconfirmed": {"gevraagd_op": old},
        "left": {"gevraagd_op": old, "bevestigd_op": old, "afgemeld_op": old},
        "reader": {"gevraagd_op": old, "bevestigd_op": old},
        "just-left": {"gevraagd_op": old, "bevestigd_op": old, "afgemeld_op": young},
        "just-asked": {"gevraagd_op": young},
        "asked-again": {"gevraagd_op": young, "bevestigd_op": old, "afgemeld_op": old},
    }
    for name, fields in rows.items():
        Abonnement.objects.create(nieuwsbrief=brief, email=f"{name}@school.example", **fields)
    run = forget_bezoekers(now=NOW)
    assert run is not None
    assert run.tellingen["abonnementen"] == 2
    assert set(Abonnement.objects.values_list("email", flat=True)) == {
        f"{name}@school.example" for name in rows if name not in {"unconfirmed", "left"}
    }
    assert forget_bezoekers(now=NOW) is None


def test_staff_write_look_and_send_and_see_no_address(staf_client: Client, brief: Nieuwsbrief) -> None:
    Abonnement.objects.create(nieuwsbrief=brief, email=ADRES, gevraagd_op=NOW, bevestigd_op=NOW)
    data = {"nieuwsbrief": brief.pk, "onderwerp": "Nieuws", "tekst": "Er is nieuws."}
    assert staf_client.post(reverse("admin:publiek_editie_add"), data).status_code == 302
    editie = Editie.objects.get()
    voorbeeld = staf_client.get(reverse("admin:publiek_editie_voorbeeld", args=[editie.pk])).content.decode()
    assert "Er is nieuws." in voorbeeld
    send = reverse("admin:publiek_editie_verzenden", args=[editie.pk])
    asked = staf_client.get(send).content.decode()
    assert "gaat nu naar 1 abonnees" in asked
    assert not Bericht.objects.exists()
    staf_client.post(send)
    assert "al verzonden" in staf_client.post(send, follow=True).content.decode()
    assert Bericht.objects.count() == 1
    assert Logregel.objects.filter(gebeurtenis="nieuwsbrief_verzonden").get().gegevens["aantal"] == 1
    change = reverse("admin:publiek_editie_change", args=[editie.pk])
    assert staf_client.post(change, {**data, "tekst": "Anders."}).status_code == 403
    assert ADRES not in staf_client.get(reverse("admin:publiek_nieuwsbrief_changelist")).content.decode() + asked

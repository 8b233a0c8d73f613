"""R19: somebody reports his own middel from a session that is still open."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from koppeling.models import Koppeling
from koppeling.rules import Reden
from tests.factories import NOW, mail_code, make_account, make_beheerder, make_organisatie
from tests.formulier import submit, text_of
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]


@pytest.fixture
def gebruiker(clock: Callable[[datetime], None]) -> Account:
    return make_account(make_organisatie())


def report(browser: Client, reden: Reden) -> str:
    answer = submit(browser, reverse("mijn_middel_melden"), "Middel ontkoppelen", reden=reden)
    return text_of(browser.get(answer["Location"]))


@pytest.mark.parametrize("reden", [Reden.VERLOREN, Reden.GESTOLEN, Reden.DEFECT])
def test_R19_it_is_unlinked_at_once_and_he_is_out(gebruiker: Account, login: Login, reden: Reden) -> None:
    browser = login(gebruiker)
    code = mail_code(gebruiker)

    assert "kan niemand meer inloggen" in report(browser, reden)

    assert browser.get(reverse("overzicht")).status_code == 302
    koppeling = Koppeling.objects.get(account=gebruiker)
    assert (koppeling.reden, koppeling.beeindigd_op) == (reden, NOW)
    assert (koppeling.middel.gestolen_op is not None) is (reden is Reden.GESTOLEN)
    code.refresh_from_db()
    assert code.ingetrokken_op == NOW
    assert Logregel.objects.get(gebeurtenis="ontkoppeld").actor_id == gebruiker.pk


def test_R19_every_beheerder_is_told_once_and_what_to_do(gebruiker: Account, login: Login) -> None:
    beheerders = [make_beheerder(gebruiker.organisatie), make_beheerder(gebruiker.organisatie)]
    make_beheerder(make_organisatie("Gemeente Zonderdam", "90004321"))

    report(login(gebruiker), Reden.GESTOLEN)

    berichten = Bericht.objects.filter(soort="middel_gemeld").order_by("account_id")
    assert [bericht.account_id for bericht in berichten] == [beheerder.pk for beheerder in beheerders]
    post = berichtsoorten["middel_gemeld"].render(berichten[0], NOW)
    assert post is not None
    assert post.aan == beheerders[0].email
    assert "het is gestolen" in post.tekst
    assert gebruiker.gebruikersnaam not in post.tekst


def test_R19_of_a_sole_beheerder_duo_is_told(login: Login, clock: Callable[[datetime], None]) -> None:
    beheerder = make_beheerder(make_organisatie())

    report(login(beheerder), Reden.VERLOREN)

    (bericht,) = Bericht.objects.filter(soort__startswith="middel_gemeld")
    post = berichtsoorten[bericht.soort].render(bericht, NOW)
    assert post is not None
    assert "geen andere beheerder" in post.tekst


def test_R19_nothing_happens_without_an_answer(gebruiker: Account, login: Login) -> None:
    browser = login(gebruiker)

    page = submit(browser, reverse("mijn_middel_melden"), "Middel ontkoppelen")

    assert "Kies wat er met uw middel is" in text_of(page)
    assert Koppeling.objects.live().filter(account=gebruiker).exists()

"""Stopping a signaal about a changed e-mail address undoes the change, or says that it could not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, EmailWijziging
from accounts.services.blokkades import unblock_account
from beheer.models import Signaal
from beheer.services.signaalantwoord import answer_signaal
from beheer.services.signalen import raise_signalen
from koppeling.services.opruimen import delete_what_has_ended
from tests.beheer.signaal import HENK, HOUR, MINUTE, Wereld, act, mails, render
from tests.factories import NOW
from tests.formulier import text_of
from verantwoording.models import Bericht, Logregel

pytestmark = pytest.mark.django_db

TERUG = "Het e-mailadres van vóór de wijziging geldt weer."
BLIJFT = "Het e-mailadres verandert niet."


@pytest.fixture
def wereld(clock: Callable[[datetime], None]) -> Wereld:
    return Wereld()


def email_of(wereld: Wereld) -> str:
    return Account.objects.get(pk=wereld.henk.pk).email


def stop(wereld: Wereld, signaal: Signaal) -> None:
    answer_signaal(signaal=signaal, klopt=False, beheerder=wereld.piet, actor=act(wereld.piet), now=NOW)


def page_of(wereld: Wereld, signaal: Signaal, login: Callable[[Account], Client]) -> str:
    return text_of(login(wereld.piet).get(reverse("signaal_stoppen", args=[signaal.pk])))


def test_the_address_from_before_counts_again_and_the_other_one_is_told(
    wereld: Wereld, login: Callable[[Account], Client], staf_client: Client
) -> None:
    """R23: else the code after the block goes to the new address again."""
    signaal = wereld.mail_signaal()
    assert email_of(wereld) == "ander@elders.example"
    assert TERUG in page_of(wereld, signaal, login)
    admin = text_of(staf_client.get(reverse("admin:beheer_signaal_stop", args=[signaal.pk])))
    assert "Het vorige e-mailadres geldt weer." in admin
    versie = Account.objects.get(pk=wereld.henk.pk).versie
    stop(wereld, signaal)
    henk = Account.objects.get(pk=wereld.henk.pk)
    assert (henk.email, henk.versie) == (HENK["email"], versie + 1)
    told = render(Bericht.objects.filter(soort="adres_gewijzigd").latest("pk"))
    assert told is not None
    assert told.aan == "ander@elders.example"
    line = Logregel.objects.get(gebeurtenis="email_teruggezet")
    assert (line.actor_id, line.account_id) == (wereld.piet.pk, wereld.henk.pk)
    (gestopt,) = mails("signaal_gestopt")
    post = render(gestopt)
    assert post is not None
    assert "Laat een beheerder het e-mailadres controleren" in post.tekst


def test_of_more_changes_before_the_code_the_first_is_undone(wereld: Wereld) -> None:
    wereld.change_mail(now=NOW - 3 * HOUR)
    wereld.change_mail("derde@elders.example", now=NOW - 2 * HOUR)
    wereld.mail_code(now=NOW - HOUR)
    raise_signalen(now=NOW - MINUTE)
    stop(wereld, Signaal.objects.get())
    assert email_of(wereld) == HENK["email"]


def test_an_address_that_was_changed_again_since_stays_and_the_page_says_so(
    wereld: Wereld, login: Callable[[Account], Client]
) -> None:
    signaal = wereld.mail_signaal()
    wereld.change_mail("hersteld@regenboog.example", now=NOW + MINUTE)
    assert BLIJFT in page_of(wereld, signaal, login)
    stop(wereld, signaal)
    assert email_of(wereld) == "hersteld@regenboog.example"
    assert not Logregel.objects.filter(gebeurtenis="email_teruggezet").exists()


def test_an_old_address_that_was_forgotten_does_not_come_back(
    wereld: Wereld, login: Callable[[Account], Client]
) -> None:
    """R34: a change is kept for 30 days; who stops it later reads that the address stays."""
    signaal = wereld.mail_signaal()
    delete_what_has_ended(now=NOW + timedelta(days=31))
    assert not EmailWijziging.objects.exists()
    assert BLIJFT in page_of(wereld, signaal, login)
    stop(wereld, signaal)
    assert email_of(wereld) == "ander@elders.example"


def test_a_right_answer_leaves_the_address(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    answer_signaal(signaal=signaal, klopt=True, beheerder=wereld.piet, actor=act(wereld.piet), now=NOW)
    assert email_of(wereld) == "ander@elders.example"


def test_a_code_to_the_address_from_before_is_no_new_signaal(wereld: Wereld) -> None:
    stop(wereld, wereld.mail_signaal())
    unblock_account(account=wereld.henk, actor=act(wereld.piet), now=NOW + HOUR)
    wereld.henk.refresh_from_db()
    wereld.mail_code(now=NOW + 2 * HOUR)
    raise_signalen(now=NOW + 3 * HOUR)
    assert Signaal.objects.count() == 1

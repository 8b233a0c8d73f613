"""R08, D2: the last look at a login before it becomes a session."""

import pytest
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import pre_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts.backends import SessionStore
from accounts.models import Account
from koppeling.models import Koppeling
from koppeling.rules import Reden
from koppeling.services.inloggen import record_login
from tests.factories import link, make_account, make_middel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


def sociallogin_of(koppeling: Koppeling, *, process: str = "login") -> tuple[HttpRequest, SocialLogin]:
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    provider = get_adapter().get_provider(request, provider="eherkenning")
    sociallogin = provider.sociallogin_from_response(request, koppeling)
    sociallogin.state = {"process": process}
    return request, sociallogin


def test_R08_a_koppeling_gives_its_account_and_leaves_nothing_of_allauth_behind() -> None:
    koppeling = link(make_account())
    request, sociallogin = sociallogin_of(koppeling)

    pre_social_login(request, sociallogin)

    assert sociallogin.user == koppeling.account
    assert (Account.objects.count(), SocialAccount.objects.count()) == (1, 0)


@pytest.mark.parametrize("state", ["ended", "barred"])
def test_R19_a_koppeling_that_counts_no_more_is_not_noted_as_a_login(state: str) -> None:
    now = timezone.now()
    koppeling = {
        "ended": lambda: link(make_account(), beeindigd_op=now, reden=Reden.VERLOREN),
        "barred": lambda: link(make_account(), make_middel(gestolen_op=now)),
    }[state]()

    assert not record_login(koppeling=koppeling, inlog={}, actor=Actor(ActorSoort.BEZOEKER), now=now)


@pytest.mark.parametrize("process", ["connect", "redirect", ""])
def test_R08_anything_but_logging_in_is_refused(process: str) -> None:
    request, sociallogin = sociallogin_of(link(make_account()), process=process)

    with pytest.raises(PermissionDenied):
        pre_social_login(request, sociallogin)


def test_R08_nobody_can_sign_up() -> None:
    request, sociallogin = sociallogin_of(link(make_account()))

    assert not get_adapter().is_open_for_signup(request, sociallogin)

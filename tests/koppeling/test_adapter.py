"""R08, D2: the last look at a login before it becomes a session; between noting it and this, it can have ended."""

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from koppeling.models import Koppeling
from koppeling.rules import Reden
from tests.factories import link, make_account, make_middel

pytestmark = pytest.mark.django_db


def sociallogin_of(
    koppeling: Koppeling, *, process: str = "login", middel_id: int = 0
) -> tuple[HttpRequest, SocialLogin]:
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    provider = get_adapter().get_provider(request, provider="eherkenning")
    data = {"middel_id": middel_id or koppeling.middel_id, "koppeling_id": koppeling.pk}
    sociallogin = provider.sociallogin_from_response(request, data)
    sociallogin.state = {"process": process}
    return request, sociallogin


def test_R08_a_live_koppeling_gives_its_account() -> None:
    koppeling = link(make_account())
    request, sociallogin = sociallogin_of(koppeling)

    get_adapter().pre_social_login(request, sociallogin)

    assert sociallogin.user == koppeling.account


@pytest.mark.parametrize("state", ["ended", "barred", "of another middel"])
def test_R19_a_koppeling_that_counts_no_more_gives_a_page_that_says_to_log_in_again(state: str) -> None:
    now = timezone.now()
    koppeling = {
        "ended": lambda: link(make_account(), beeindigd_op=now, reden=Reden.VERLOREN),
        "barred": lambda: link(make_account(), make_middel(gestolen_op=now)),
        "of another middel": lambda: link(make_account()),
    }[state]()
    other = make_middel().pk if state == "of another middel" else 0
    request, sociallogin = sociallogin_of(koppeling, middel_id=other)

    with pytest.raises(ImmediateHttpResponse) as refusal:
        get_adapter().pre_social_login(request, sociallogin)

    assert refusal.value.response.status_code == 400
    assert "Log opnieuw in" in refusal.value.response.content.decode()


@pytest.mark.parametrize("process", ["connect", "redirect", ""])
def test_R08_anything_but_logging_in_is_refused(process: str) -> None:
    request, sociallogin = sociallogin_of(link(make_account()), process=process)

    with pytest.raises(PermissionDenied):
        get_adapter().pre_social_login(request, sociallogin)


def test_R08_nobody_can_sign_up() -> None:
    request, sociallogin = sociallogin_of(link(make_account()))

    assert not get_adapter().is_open_for_signup(request, sociallogin)

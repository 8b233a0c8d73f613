from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import account_of
from koppeling.models import Koppeling
from koppeling.services.weigeringen import OORZAKEN, record_weigering


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: accounts come from a beheerder or from DUO staff (R08)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff go to the admin, accounts to the overzicht."""
        return reverse("admin:index") if account_of(request).is_staff else super().get_login_redirect_url(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count of wrong passwords per name; allauth's own also hangs on the port that the Host header names."""
        return str(credentials["username"]).casefold()


class EHerkenningAdapter(DefaultSocialAccountAdapter):
    """A verified login becomes the account of its live koppeling (D2); without one nothing is logged in or created."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """EHerkenning alone: no row in the database can add another way in."""
        app = SocialApp(provider="saml", provider_id="eherkenning", client_id="eherkenning", name="eHerkenning")
        return [app] if provider in {None, "saml", "eherkenning"} else []

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise PermissionDenied
        koppeling = (
            Koppeling.objects.live()
            .select_related("account")
            .filter(pk=sociallogin.account.extra_data["koppeling_id"], middel_id=sociallogin.account.uid)
            .filter(middel__gestolen_op__isnull=True)
            .first()
        )
        if koppeling is None:  # it ended, or the middel was barred, since the login was noted
            referentie = record_weigering("verlopen", check="koppeling", now=timezone.now())
            context = {"oorzaak": OORZAKEN["verlopen"], "foutreferentie": referentie}
            raise ImmediateHttpResponse(render(request, "koppeling/geweigerd/verlopen.html", context, status=400))
        sociallogin.user = koppeling.account

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Nothing comes from eHerkenning: the name and address are those of our own account."""
        return sociallogin.user

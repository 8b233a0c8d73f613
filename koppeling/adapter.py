from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import account_of


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: accounts come from a beheerder or from DUO staff (R08)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff go to the admin, accounts to the overzicht."""
        return reverse("admin:index") if account_of(request).is_staff else super().get_login_redirect_url(request)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Not for logging in or out: the page that one gets says so, and a gebruikersnaam stands in no message (D6)."""
        if message_template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(request, level, message_template, *args, **kwargs)

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
        """Nothing but logging in: connecting would link a middel past the koppelproces."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise PermissionDenied

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

import time
from typing import Any

from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from koppeling.models import Koppeling
from koppeling.rules import MERKEN
from koppeling.services.eherkenning import start_login


class KoppelingLogin(SocialLogin):
    """A login whose account is that of a koppeling: allauth has no rows of its own to look it up in (D2)."""

    def lookup(self) -> None:
        """Take the account of the koppeling; that it counts, `record_login` has just seen to."""
        self.user, self._did_authenticate_by_email = self.account.user, None

    @property
    def is_existing(self) -> bool:
        """Nobody becomes an account by logging in (R08): once looked up it is there."""
        return self.user is not None


class EHerkenningProvider(SAMLProvider):
    """allauth's SAML provider on the eHerkenning profile.

    allauth keeps the state of the login and completes it; the messages are `koppeling.eherkenning`'s. The uid is the
    primary key of our Middel, so that no pseudonym ends up in a session.
    """

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Our own entrance; allauth's has an organisation in its path."""
        return reverse("inloggen_eherkenning")

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Always a login: `?process=connect` would link the next assertion past the koppelproces."""
        return {**super().get_redirect_from_request_kwargs(request), "process": AuthProcess.LOGIN}

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        """To the makelaar with a signed AuthnRequest whose ID is bound to this browser's session (R08, D7).

        kwargs are kept there with it: what the answer will be used for is decided here and never by the answer. `soort`
        names a use other than logging in (TEST or OPNIEUW of koppeling.rules).
        """
        authn = start_login(now=timezone.now(), merk=MERKEN.get(kwargs.get("soort", ""), ""))
        self.stash_redirect_state(request, process, next_url, data, state_id=authn.request_id, **kwargs)
        response = HttpResponseRedirect(authn.url)
        response["Cache-Control"], response["Pragma"] = "no-cache, no-store", "no-cache"
        return response

    def unstash_redirect_state(self, request: HttpRequest, state_id: str) -> dict[str, Any]:
        """Take the state of this login out of the session, once. Raises PermissionDenied when this browser has none.

        allauth writes and reads the session again here, for parallel tabs; ours is written when the request ends, and
        no two requests get this far with one answer (`claim_parked_login`).
        """
        state, op, provider_id = statekit.get_states(request).pop(state_id, ({}, 0.0, ""))
        if provider_id != self.sub_id or time.time() - op > statekit.STATE_TTL:
            raise PermissionDenied
        request.session.modified = True
        return state

    def sociallogin_from_response(self, request: HttpRequest, response: Koppeling) -> SocialLogin:
        """The login of a koppeling, unsaved: in allauth's terms its middel is the social account."""
        account = SocialAccount(provider=self.sub_id, uid=str(response.middel_id), user=response.account)
        return KoppelingLogin(provider=self, account=account)


provider_classes = [EHerkenningProvider]

from typing import Any

from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from koppeling.rules import MERKEN
from koppeling.services.eherkenning import start_login


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

    def extract_uid(self, data: Any) -> str:
        return str(data["middel_id"])

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {"koppeling_id": data["koppeling_id"]}

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        return {}


provider_classes = [EHerkenningProvider]

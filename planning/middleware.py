from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Account
from koppeling.haken import INLOGWIJZE
from planning.rules.token import TOKEN
from planning.services.tokens import session_counts

WACHTWOORD = "token_wachtwoord"  # in a session that began with a token: a fingerprint of the wachtwoord that opened it


def fingerprint_wachtwoord(account: Account) -> str:
    """What tells whether the wachtwoord of a token is still the same, without holding it."""
    return salted_hmac("planning.token.wachtwoord", account.password, algorithm="sha256").hexdigest()


class TokenMiddleware:
    """A session that began with a token ends as soon as the token does: its day came, or the overstap is done (R15).

    It ends with another wachtwoord too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = request.user
        if (
            isinstance(account, Account)
            and request.session.get(INLOGWIJZE) == TOKEN
            and not (
                request.session.get(WACHTWOORD) == fingerprint_wachtwoord(account)
                and session_counts(account, timezone.now())
            )
        ):
            logout(request)
            messages.warning(request, "Uw token werkt niet meer. Hieronder leest u hoe u nu inlogt.")
            return redirect("inloggen_token")
        return self.get_response(request)

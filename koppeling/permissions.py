from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.middleware import BEGONNEN, keep_form
from accounts.permissions import account_of
from koppeling.eherkenning.levels import Niveau, meets
from koppeling.haken import INLOGWIJZE

View = Callable[..., HttpResponse]
OPNIEUW_GEVRAAGD = "opnieuw_inloggen"  # the page of ours that asked for a fresh or higher login, and what it asked


def requires_inlog(*, niveau: Niveau | None = None, binnen: timedelta | None = None) -> Callable[[View], View]:
    """A view that asks for more than being logged in: a level (R13), or a login of at most `binnen` ago.

    Who lacks it is led to the makelaar, or for a fresh login to the other way in which he logged in (R14), and comes
    back to this page, with the form that he sent filled in (`form_data`) and not yet acted on; somebody who comes back
    with another account does not. Put it below the decorator that says who may see the page: nobody learns from it that
    the page is there.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
            if has_inlog(request, niveau=niveau, binnen=binnen, now=timezone.now()):
                return view(request, *args, **kwargs)
            account = account_of(request).pk
            request.session[OPNIEUW_GEVRAAGD] = {
                "account": account,
                "pad": request.get_full_path() if request.method == "GET" else request.path,
                "niveau": niveau,
                "bewaard": request.method == "POST" and keep_form(request, str(account)),
            }
            return redirect("inloggen_opnieuw")

        return guarded

    return decorate


def has_inlog(request: HttpRequest, *, niveau: Niveau | None, binnen: timedelta | None, now: datetime) -> bool:
    """Whether the login that this session rests on has this level and is no older than that.

    Only one at eHerkenning has a level. In another way a session is as old as its login.
    """
    inlog = request.session.get("eherkenning", {})
    if niveau is not None and not meets(inlog.get("loa", ""), niveau):
        return False
    op = request.session[BEGONNEN] if INLOGWIJZE in request.session else inlog.get("op")
    return op is not None and (binnen is None or now - datetime.fromisoformat(op) <= binnen)

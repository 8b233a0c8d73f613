from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import Account

GetResponse = Callable[[HttpRequest], HttpResponse]

BEGONNEN = "sessie_begonnen"
SESSIE_HOOGSTENS = timedelta(hours=4)  # R17; the quarter of an hour is SESSION_COOKIE_AGE


def session_end(request: HttpRequest) -> datetime | None:
    """When this session ends in any case (R17): four hours after it began. None for a visitor."""
    begonnen = request.session.get(BEGONNEN)
    return datetime.fromisoformat(begonnen) + SESSIE_HOOGSTENS if begonnen else None


class SessieMiddleware:
    """Ends a session four hours after it began, whatever its activity (R17)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now()
            end = session_end(request)
            if end is None:
                request.session[BEGONNEN] = now.isoformat()
            elif now >= end:
                logout(request)
                return redirect("uitgelogd")
        return self.get_response(request)


class OrganisatieMiddleware:
    """Two tabs never act for the wrong organisatie (D5): a POST names the account it was shown for, or gets a 409 page.

    The field `_account` comes from the template tag `{% post_velden %}`; a view marked `any_account` needs none.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        account = request.user
        if request.method != "POST" or not isinstance(account, Account) or account.is_staff:
            return None
        if getattr(view, "any_account", False) or request.POST.get("_account") == str(account.pk):
            return None
        return render(request, "409.html", status=409)


def any_account(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view whose POST means the same for every account, such as logging out."""
    view.any_account = True  # type: ignore[attr-defined]  # read by OrganisatieMiddleware
    return view

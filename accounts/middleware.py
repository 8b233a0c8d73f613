from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from accounts.models import Account
from accounts.permissions import sealed_account
from accounts.rules import SESSIE_HOOGSTENS

GetResponse = Callable[[HttpRequest], HttpResponse]

BEGONNEN = "sessie_begonnen"
BEWAARD = "bewaard_formulier"  # a form that was posted after the session had ended (D12)
BEWAARD_HOOGSTENS = 20_000  # signs; a larger form is not kept


def session_end(request: HttpRequest) -> datetime | None:
    """When this session ends in any case (R17): four hours after it began. None for a visitor."""
    begonnen = request.session.get(BEGONNEN)
    return datetime.fromisoformat(begonnen) + SESSIE_HOOGSTENS if begonnen else None


class SessieMiddleware:
    """Ends a session four hours after it began, whatever its activity (R17).

    No browser keeps a page that was made for somebody: after logging out the back button shows nothing.
    """

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
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response


class AanmeldMiddleware(LoginRequiredMiddleware):
    """Every page asks for a login unless it says otherwise. A form posted after the session's end is kept (R17, D12).

    What was filled in waits in this browser's session and comes back, for the same account only (`form_data`).
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        account = sealed_account(request.POST.get("_zegel", ""))
        if account and keep_form(request, account):
            messages.warning(
                request,
                "U was uitgelogd voordat u het formulier verstuurde. Log opnieuw in, dan staat er nog wat u invulde.",
            )
        return super().handle_no_permission(request, view_func)


def keep_form(request: HttpRequest, account: str) -> bool:
    """Keep what was posted here for this account (its id); False when it is too large. `form_data` gives it back."""
    data = request.POST.urlencode()
    if len(data) > BEWAARD_HOOGSTENS:
        return False
    request.session[BEWAARD] = {"account": account, "pad": request.path, "data": data}
    return True


def form_data(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: what was posted, or what this account posted here after its session had ended (D12).

    A copy that may be changed; None for a form that starts empty. Kept data come back once, on a GET, and count only
    when they are posted again.
    """
    if request.method == "POST":
        return request.POST.copy()
    kept = request.session.get(BEWAARD)
    if not kept or kept["pad"] != request.path or kept["account"] != str(request.user.pk):
        return None
    del request.session[BEWAARD]
    return QueryDict(kept["data"], mutable=True)


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

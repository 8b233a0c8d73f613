from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from accounts.models import Account, Machtiging
from accounts.models.organisatie import live
from accounts.permissions import NAMENS, sealed_account
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
    namens = request.POST.get("_namens", "")
    request.session[BEWAARD] = {"account": account, "namens": namens, "pad": request.path, "data": data}
    return True


def form_data(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: what was posted, or what this account posted here after its session had ended (D12).

    A copy that may be changed; None for a form that starts empty. Kept data come back once, on a GET, for the same
    organisatie, and count only when they are posted again.
    """
    if request.method == "POST":
        return request.POST.copy()
    kept = request.session.get(BEWAARD)
    if not kept or kept["pad"] != request.path or kept["account"] != str(request.user.pk):
        return None
    if kept["namens"] != str(request.session.get(NAMENS, "")):
        return None
    del request.session[BEWAARD]
    return QueryDict(kept["data"], mutable=True)


class OrganisatieMiddleware:
    """Whom a session acts for, and that it still may (D4, D5, R30).

    Two tabs never act for the wrong organisatie: a POST names the account, and whom it acts for by machtiging, that it
    was shown for, or gets a 409 page. Both come from the template tag `{% post_velden %}`; a view marked `any_account`
    needs none. A session that rests on a machtiging ends with it, at its first request after that, whatever ended it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        account = request.user
        if not isinstance(account, Account) or account.is_staff:
            return None
        any_account = getattr(view, "any_account", False)
        if not _find_machtiging(request, account) and not any_account:
            logout(request)
            return render(request, "machtiging_voorbij.html", status=403)
        if request.method != "POST" or any_account:
            return None
        namens = str(request.session.get(NAMENS, ""))
        if (request.POST.get("_account"), request.POST.get("_namens", "")) == (str(account.pk), namens):
            return None
        return render(request, "409.html", status=409)


def _find_machtiging(request: HttpRequest, account: Account) -> bool:
    """Whether every machtiging that this session rests on holds now; remembers for whom it acts (`namens_of`).

    Two ways to rest on one (D4): acting for another organisatie, and a login with a middel of an organisatie that was
    gemachtigd by one's own. With a ketenmachtiging neither counts. Most sessions rest on none, and cost no query.
    """
    now = timezone.now()
    namens = request.session.get(NAMENS)
    if namens is not None:
        given = Machtiging.objects.filter(live(now), verlener=namens, gemachtigde=account.organisatie)
        found = given.filter(verlener__beeindigd_op=None).select_related("verlener").first()
        if found is None:
            return False
        request.__dict__["_namens"] = found.verlener
    inlog = request.session.get("eherkenning") or {}
    kvk = inlog.get("kvk")
    if account.organisatie is None or not kvk or kvk == account.organisatie.kvk_nummer or inlog.get("intermediair"):
        return True
    return Machtiging.objects.filter(live(now), verlener=account.organisatie, gemachtigde__kvk_nummer=kvk).exists()


def any_account(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view whose POST means the same for every account, such as logging out."""
    view.any_account = True  # type: ignore[attr-defined]  # read by OrganisatieMiddleware
    return view

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from allauth.account.views import logout
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.permissions import account_of, actor_of, client_address
from mijnduo.beheersite import used_second_factor
from planning.exports import as_text
from planning.services.tabel import list_planning
from publiek.services.inhoud import list_gemaakt, search_portalen
from publiek.services.paginas import search_paginas
from verantwoording.services import write_logregel

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
VRAAG_HOOGSTENS: Final = 200  # signs of a search


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose CSRF token is missing or old: says what to do, keeps quiet about why."""
    return render(request, "csrf.html", status=403)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read; one that is too large says what to do."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


@login_not_required
@require_safe
def zoeken(request: HttpRequest) -> HttpResponse:
    """Search the public pages, what the portal itself puts on them, and the portalen (R25, R26, R31); best first.

    Nothing of a page behind the login: each of these says what everybody may read.
    """
    vraag = request.GET.get("q", "").replace("\x00", "").strip()[:VRAAG_HOOGSTENS]
    gevonden: list[tuple[float, str, str, str]] = []
    if vraag:
        now = timezone.now()
        gemaakt = list_gemaakt(now=now) | {"planning": as_text(list_planning())}
        gevonden += [
            (rang, versie.pagina.get_absolute_url(), versie.titel, versie.samenvatting)
            for rang, versie in search_paginas(vraag, gemaakt=gemaakt, now=now)
        ]
        gevonden += [
            (rang, reverse("portaal", args=[portaal.sleutel]), portaal.naam, portaal.omschrijving)
            for rang, portaal in search_portalen(vraag)
        ]
        gevonden.sort(key=lambda found: -found[0])
    return render(request, "mijnduo/zoeken.html", {"vraag": vraag, "gevonden": gevonden})


# --- How DUO staff log in: allauth's pages, for nobody else (R32) ---------------------------------------------------


def staf_entrance(view: View) -> View:
    """A page on the way in: for visitors, a 404 for accounts. Writes down who came in, and how (R33)."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        already = _account(request)
        if already is not None:
            return _away(already)
        response = view(request, *args, **kwargs)
        if _account(request) is not None:
            _log(request, "staf_ingelogd", gegevens={"tweede_factor": used_second_factor(request)})
        elif request.method == "POST" and response.status_code == HTTPStatus.OK:
            logger.warning("login of staff refused, from %s", client_address(request))
        return response

    return guarded


def _account(request: HttpRequest) -> Account | None:
    return request.user if isinstance(request.user, Account) else None


def _away(account: Account) -> HttpResponse:
    if not account.is_staff:
        raise Http404
    return redirect("admin:index")


def staf_page(view: View) -> View:
    """A page about one's own login: for staff that is logged in, a 404 for accounts of organisaties."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not account_of(request).is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    guarded.login_url = reverse_lazy("account_login")  # type: ignore[attr-defined]  # LoginRequiredMiddleware's
    return guarded


def second_factor_page(view: View) -> View:
    """A page about one's second factor: whoever has one, must have used it in this session.

    Else a password alone would be enough to take a colleague's app away and to put another in its place.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        before = _factors(request)
        if Authenticator.Type.TOTP in before and not used_second_factor(request):
            return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
        response = view(request, *args, **kwargs)
        if _factors(request) != before:
            _log(request, "tweede_factor_gewijzigd")
        return response

    return staf_page(guarded)


def _factors(request: HttpRequest) -> dict[str, int]:
    return dict(Authenticator.objects.filter(user=account_of(request)).values_list("type", "pk"))


@login_not_required
def account_logout(request: HttpRequest) -> HttpResponseBase:
    """Ends the session of staff, or a login that was left half way; accounts of organisaties have their own."""
    account = _account(request)
    if account is not None and not account.is_staff:
        raise Http404
    return logout(request)


class ActivateApp(ActivateTOTPView):
    """allauth's set-up of an authenticator app. The code typed here is used up: it does not log in as well."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=account_of(self.request), type=Authenticator.Type.TOTP)
        app.wrap().validate_code(form.cleaned_data["code"])
        return response


def _log(request: HttpRequest, gebeurtenis: str, gegevens: dict[str, Any] | None = None) -> None:
    actor = actor_of(request)
    write_logregel(gebeurtenis=gebeurtenis, actor=actor, now=timezone.now(), account_id=actor.id, gegevens=gegevens)

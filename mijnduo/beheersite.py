from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any, TypeVar, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.models import Account
from accounts.permissions import actor_of
from verantwoording.services import write_logregel

OWN = {"verantwoording", "accounts", "koppeling", "autorisatie", "beheer", "planning", "publiek"}
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponseBase])


def used_second_factor(request: HttpRequest) -> bool:
    """Whether this session, not just this person, was opened or confirmed with a second factor (R32)."""
    account = request.user if isinstance(request.user, Account) else None
    return any(record["method"] == "mfa" for record in get_authentication_records(request, account))


def has_second_factor(account: Account) -> bool:
    """Whether this member of staff has an authenticator app; recovery codes alone do not count."""
    return bool(is_mfa_enabled(account, [Authenticator.Type.TOTP]))


def _views(urls: Iterable[URLPattern | URLResolver]) -> Iterator[Callable[..., object]]:
    for url in urls:
        if isinstance(url, URLResolver):
            yield from _views(url.url_patterns)
        elif isinstance(url.callback, FunctionType):  # the login page itself is a method
            yield url.callback


class Beheersite(AdminSite):
    """The admin of DUO staff (R32): a second factor is enforced, and for everybody else there is nothing here."""

    site_title = "Mijn DUO beheer"
    site_header = "Mijn DUO beheer"
    index_title = "Beheer"
    site_url = None
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Our own pages only: those of libraries would show and set logins and second factors (R32)."""
        if admin_class is not None and admin_class.__module__.partition(".")[0] in OWN:
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff that has not been ended, in a session with a second factor."""
        account = request.user
        return isinstance(account, Account) and account.is_active and account.is_staff and used_second_factor(request)

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leads to what is still missing: password, authenticator app or code. Asks for nothing itself."""
        account, begin = request.user, reverse("admin:index")
        next_url = get_next_redirect_url(request) or begin
        if not isinstance(account, Account):
            return redirect_to_login(next_url, reverse("account_login"))
        if not account.is_staff:
            raise Http404
        if self.has_permission(request):
            return redirect(begin)
        if not has_second_factor(account):
            return redirect("mfa_activate_totp")
        return redirect_to_login(next_url, reverse("mfa_reauthenticate"))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's own, without the hop to a page elsewhere; visitors go to the login of staff, not of organisaties."""
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        for view in _views(urls):
            view.login_url = reverse_lazy("account_login")  # type: ignore[attr-defined]  # LoginRequiredMiddleware's
        return urls

    def password_change(  # type: ignore[override]  # the stubs forget the redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password, after the old one; nobody sets somebody else's here."""
        response: HttpResponse = super().password_change(request, extra_context)
        if isinstance(response, HttpResponseRedirect):
            actor = actor_of(request)
            write_logregel(gebeurtenis="wachtwoord_gewijzigd", actor=actor, now=timezone.now(), account_id=actor.id)
        return response

    def admin_view(self, view: ViewT, cacheable: bool = False) -> ViewT:  # noqa: FBT001, FBT002  # Django's signature
        """Every page: a 404 for accounts of organisaties, who need not learn what is here."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if isinstance(request.user, Account) and not request.user.is_staff:
                raise Http404
            return guarded(request, *args, **kwargs)

        return cast("ViewT", inner)

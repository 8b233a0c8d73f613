from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from ipaddress import ip_address, ip_network
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import Account, AccountQuerySet, Organisatie
from verantwoording.rules import Actor, ActorSoort

P = ParamSpec("P")
Antwoord = TypeVar("Antwoord", bound=HttpResponseBase)
ZEGEL = "formulier"
ZEGEL_GELDIG = timedelta(days=1)
NAMENS = "namens"  # in the session: the id of the organisatie that is acted for by machtiging; absent: one's own


def client_address(request: HttpRequest) -> str | None:
    """The visitor's IP address. X-Forwarded-For counts only from a proxy that the settings name."""
    remote: str = request.META.get("REMOTE_ADDR", "")
    if not _is_address(remote):
        return None
    proxies = [ip_network(proxy) for proxy in settings.VERTROUWDE_PROXIES]
    if any(ip_address(remote) in proxy for proxy in proxies):
        forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1].strip()
        return forwarded if _is_address(forwarded) else remote
    return remote


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def actor_of(request: HttpRequest, *, reden: str = "") -> Actor:
    """Who acts in this request (R33): the account or staff member that is logged in, else a visitor.

    namens is whom one acts for (D5): the organisatie that gave a machtiging, else one's own.
    """
    adres = client_address(request)
    if not request.user.is_authenticated:
        return Actor(ActorSoort.BEZOEKER, adres=adres, reden=reden)
    account = account_of(request)
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    verlener = namens_of(request)
    namens = verlener.pk if verlener else account.organisatie_id
    return Actor(soort, id=account.pk, namens=namens, adres=adres, reden=reden)


def account_of(request: HttpRequest) -> Account:
    """The account that is logged in. Only behind a login: TypeError otherwise."""
    if not isinstance(request.user, Account):
        raise TypeError("nobody is logged in")
    return request.user


def namens_of(request: HttpRequest) -> Organisatie | None:
    """The organisatie that is acted for by machtiging in this session (D5, R30); None: one's own.

    OrganisatieMiddleware found it, and that the machtiging holds, at the beginning of this request.
    """
    return request.__dict__.get("_namens")


def organisatie_of(request: HttpRequest) -> Organisatie:
    """The organisatie at which the visitor has his account. Http404 for DUO staff, who act for none."""
    organisatie = account_of(request).organisatie
    if organisatie is None:
        raise Http404
    return organisatie


def is_beheerder(account: Account, now: datetime) -> bool:
    """Whether this account is beheerder of its organisatie at `now` (R02)."""
    if not account.is_active:
        return False
    with connection.cursor() as cursor:  # every page asks: putting the query together costs more than answering it
        cursor.execute(
            "SELECT EXISTS (SELECT FROM accounts_beheerderschap"
            " WHERE account_id = %(account)s AND van <= %(now)s AND (tot IS NULL OR tot > %(now)s))",
            {"account": account.pk, "now": now},
        )
        return bool(cursor.fetchone()[0])


def reader_is_beheerder(request: HttpRequest, now: datetime) -> bool:
    """`is_beheerder` for who is logged in, looked up once in a request: menu and pages ask it several times.

    Nobody is beheerder while he acts for another organisatie: a machtiging opens taken, nothing of beheer (R30).
    """
    if namens_of(request):
        return False
    known = request.__dict__
    if "_reader_is_beheerder" not in known:
        known["_reader_is_beheerder"] = is_beheerder(account_of(request), now)
    return bool(known["_reader_is_beheerder"])


def beheerder_required(
    view: Callable[Concatenate[HttpRequest, P], Antwoord],
) -> Callable[Concatenate[HttpRequest, P], Antwoord]:
    """A view for beheerders; a 404 for everybody else, so that nobody learns that the page is there."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Antwoord:
        if not reader_is_beheerder(request, timezone.now()):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def gebruikers_of(request: HttpRequest) -> AccountQuerySet:
    """The accounts a beheerder may see: those of her own organisatie. Every list and every id starts here."""
    return Account.objects.of_organisatie(organisatie_of(request))


def seal_account(account: Account) -> str:
    """Proof, in a form, that it was shown to this account: only then what is posted may be kept (D12, D13)."""
    return TimestampSigner(salt=ZEGEL).sign(str(account.pk))


def sealed_account(seal: str) -> str | None:
    """The primary key in a seal of at most a day old, as text; None when it is not ours."""
    try:
        return TimestampSigner(salt=ZEGEL).unsign(seal, max_age=ZEGEL_GELDIG)
    except BadSignature:
        return None

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import beheerder_required, gebruikers_of, organisatie_of
from autorisatie.forms import WaaromForm, WaaromNamensForm
from autorisatie.services.namens import verleners_ever
from autorisatie.services.waarom import accounts_with_access, explain_account, explain_kenmerk, last_inlog
from beheer.permissions import kenmerken_of
from beheer.rules import PER_PAGINA
from beheer.services.kenmerken import with_viewers


@beheerder_required
@require_safe
def gebruiker_waarom(request: HttpRequest, pk: int) -> HttpResponse:
    """What a gebruiker can open and why, and what is missing for the rest; now or on a day in the past (R22, D20).

    For the own organisatie, or for one that gave a machtiging (R30). Also for who has left: the question is often asked
    afterwards.
    """
    account = get_object_or_404(gebruikers_of(request).select_related("organisatie"), pk=pk)
    now = timezone.now()
    form = WaaromNamensForm(request.GET or None, verleners=verleners_ever(account=account))
    op, namens = form.moment(now), form.verlener()
    uitleg = explain_account(account=account, op=op, inlog=last_inlog(account=account, op=op), namens=namens)
    context = {"gebruiker": account, "form": form, "uitleg": uitleg, "nu": op == now, "namens": namens}
    return render(request, "beheer/gebruiker_waarom.html", context)


@beheerder_required
@require_safe
def kenmerken(request: HttpRequest) -> HttpResponse:
    """The kenmerken of the own organisatie, with how many people can open something for each (R22)."""
    now = timezone.now()
    pagina = Paginator(kenmerken_of(request).order_by("soort", "waarde"), PER_PAGINA).get_page(
        request.GET.get("pagina")
    )
    rijen = with_viewers(list(pagina), organisatie=organisatie_of(request), now=now)
    return render(request, "beheer/kenmerken.html", {"pagina": pagina, "rijen": rijen})


@beheerder_required
@require_safe
def kenmerk_wie(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the own organisatie can open which taken for a kenmerk, and why; now or on a day in the past (R22)."""
    kenmerk = get_object_or_404(kenmerken_of(request), pk=pk)
    now = timezone.now()
    form = WaaromForm(request.GET or None)
    op = form.moment(now)
    accounts = accounts_with_access(kenmerk=kenmerk, organisatie=organisatie_of(request), op=op)
    pagina = Paginator(accounts.select_related("organisatie"), PER_PAGINA).get_page(request.GET.get("pagina"))
    kijkers = explain_kenmerk(kenmerk=kenmerk, accounts=list(pagina), op=op)
    context = {"kenmerk": kenmerk, "form": form, "pagina": pagina, "kijkers": kijkers, "op": op, "nu": op == now}
    return render(request, "beheer/kenmerk_wie.html", context)

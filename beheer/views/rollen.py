from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import form_data
from accounts.models import Account
from accounts.permissions import account_of, actor_of, organisatie_of
from autorisatie.models import Rol
from autorisatie.services import Weigering, kenmerken_for, rollen_of_machtiging, rollen_to_hand_out
from autorisatie.services.geven import plan_autorisatie
from autorisatie.services.namens import received_machtigingen
from autorisatie.services.voorleggen import to_propose
from beheer.forms import IntrekkenForm, RolForm
from beheer.permissions import for_gebruiker
from beheer.services.gebruikers import has_other_beheerder
from beheer.services.rollen import GegevenRol, grant_rol, read_rollen, read_stand, withdraw_rol
from beheer.views.plannen import lay_before

VERANDERD = "Iemand anders heeft deze rol net gewijzigd. Er is niets ingetrokken. Controleer de rol hieronder."


@for_gebruiker
@require_safe
def gebruiker_rollen(request: HttpRequest, account: Account) -> HttpResponse:
    """The rollen that somebody has, and those that this beheerder can add (R02, R04)."""
    now = timezone.now()
    beheerder = account_of(request)
    given = read_rollen(account=account, beheerder=beheerder, now=now)
    to_add = rollen_to_hand_out(beheerder=beheerder, now=now).exclude(pk__in=[row.rol.pk for row in given])
    return render(
        request,
        "beheer/gebruiker_rollen.html",
        {
            "gebruiker": account,
            "rollen": given,
            "toe_te_voegen": list(to_add.order_by("naam")),
            "namens": [
                (given, given.aanbod.pk, list(rollen_of_machtiging(machtiging=given, beheerder=beheerder, now=now)))
                for given in received_machtigingen(organisatie=organisatie_of(request), now=now)
            ],
            "eigen": account.pk == beheerder.pk,
            "collega": account.pk == beheerder.pk and has_other_beheerder(account=account, now=now),
        },
    )


@for_gebruiker
def gebruiker_rol(request: HttpRequest, account: Account, sleutel: str) -> HttpResponse:
    """Choose for which kenmerken somebody gets a rol (R04); she answers for the right person."""
    now = timezone.now()
    rol = get_object_or_404(rollen_to_hand_out(beheerder=account_of(request), now=now), sleutel=sleutel)
    current = _current(request, account, rol, now)
    offered = list(kenmerken_for(rol=rol, organisatie=organisatie_of(request), now=now))
    data = form_data(request) or QueryDict()
    form = RolForm(
        data or None,
        rol=rol,
        naam=account.get_full_name(),
        kenmerken=offered,
        gegeven=current.kenmerken if current else [],
        initial={
            "stand": read_stand(account=account, rol=rol, now=now),
            "kenmerken": [kenmerk.pk for kenmerk in current.kenmerken] if current else [],
            "tot": current.laatste_dag if current else None,
            **({f"tot_{pk}": einde for pk, einde in current.einden.items()} if current else {}),
        },
    )
    changed_by_other, voor_te_leggen = False, []
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("kenmerken", [])
        beheerder = account_of(request)
        kenmerken, tot = [kenmerk for kenmerk in offered if kenmerk.pk in chosen], form.cleaned_data["tot"]
        einden = {pk: einde for pk, einde in form.einden.items() if pk in chosen}
        plan = plan_autorisatie(
            account=account, rol=rol, kenmerken=kenmerken, beheerder=beheerder, now=now, tot=tot, einden=einden
        )
        voor_te_leggen = to_propose(plan)
        if voor_te_leggen and "voorleggen" in request.POST:
            return lay_before(request, voor_te_leggen)
        try:
            saved = grant_rol(
                account=account,
                rol=rol,
                kenmerken=kenmerken,
                stand=form.cleaned_data["stand"],
                actor=actor_of(request),
                beheerder=beheerder,
                now=now,
                tot=tot,
                einden=einden,
            )
        except Weigering as refusal:
            form.add_error(None, str(refusal))
        else:
            if saved:
                messages.success(request, f"{account} heeft nu de rol {rol}.")
                return redirect("gebruiker_rollen", pk=account.pk)
            changed_by_other = True
            data["stand"] = read_stand(account=account, rol=rol, now=timezone.now())
    return render(
        request,
        "beheer/gebruiker_rol.html",
        {
            "gebruiker": account,
            "rol": rol,
            "huidig": current,
            "kenmerken": offered,
            "veranderd": changed_by_other,
            "voor_te_leggen": bool(voor_te_leggen),
            "form": form,
        },
    )


@for_gebruiker
def gebruiker_rol_intrekken(request: HttpRequest, account: Account, sleutel: str) -> HttpResponse:
    """Withdraw a rol, asked first. Pressing twice is harmless."""
    now = timezone.now()
    rol = get_object_or_404(rollen_to_hand_out(beheerder=account_of(request), now=now), sleutel=sleutel)
    current = _current(request, account, rol, now)
    form = IntrekkenForm(request.POST or None, initial={"stand": current.stand if current else ""})
    if request.method == "POST" and form.is_valid():
        try:
            withdrawn = withdraw_rol(
                account=account,
                rol=rol,
                stand=form.cleaned_data["stand"],
                actor=actor_of(request),
                beheerder=account_of(request),
                now=now,
            )
        except Weigering as refusal:
            messages.error(request, str(refusal))
            return redirect("gebruiker_rollen", pk=account.pk)
        if withdrawn:
            messages.success(request, f"{account} heeft de rol {rol} niet meer.")
            return redirect("gebruiker_rollen", pk=account.pk)
        messages.warning(request, VERANDERD)
        return redirect("gebruiker_rol_intrekken", pk=account.pk, sleutel=rol.sleutel)
    if current is None:
        messages.info(request, f"{account} heeft de rol {rol} niet.")
        return redirect("gebruiker_rollen", pk=account.pk)
    return render(
        request,
        "beheer/gebruiker_rol_intrekken.html",
        {
            "gebruiker": account,
            "rol": rol,
            "huidig": current,
            "form": form,
            "titel": "Rol intrekken",
            "knop": "Rol intrekken",
            "annuleren_url": reverse("gebruiker_rollen", kwargs={"pk": account.pk}),
        },
    )


def _current(request: HttpRequest, account: Account, rol: Rol, now: datetime) -> GegevenRol | None:
    given = read_rollen(account=account, beheerder=account_of(request), now=now)
    return next((row for row in given if row.rol.pk == rol.pk), None)

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.permissions import account_of, actor_of, organisatie_of
from autorisatie.rules import Vraag, gives_more
from autorisatie.services.beoordelen import Plan, Planregel
from autorisatie.services.voorleggen import propose_eigen_rollen, to_propose
from autorisatie.services.wijzigen import change_autorisaties, plan_autorisaties
from beheer.forms.vakken import PlanForm

HOOGSTENS_GETOOND = 500


def show_plan(
    request: HttpRequest,
    template: str,
    *,
    vragen: Sequence[Vraag],
    velden: Sequence[tuple[str, str]],
    terug: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show what requests would change, and carry it out once that was confirmed: all of it, or nothing.

    velden: the hidden fields from which the caller makes the same requests again. terug: where to go afterwards. When
    somebody else changed something meanwhile, what would happen now is shown, and asked again (D23).
    """
    now, organisatie, beheerder = timezone.now(), organisatie_of(request), account_of(request)
    confirmed = request.method == "POST" and "stand" in request.POST
    plan = plan_autorisaties(organisatie=organisatie, vragen=vragen, beheerder=beheerder, now=now)
    form = _form(plan, request.POST if confirmed else None)
    changed_by_other = False
    if request.method == "POST" and "voorleggen" in request.POST and (regels := to_propose(plan)):
        return lay_before(request, regels)
    if confirmed and form.is_valid():
        done, plan = change_autorisaties(
            organisatie=organisatie,
            vragen=vragen,
            stand=form.cleaned_data["stand"],
            actor=actor_of(request),
            beheerder=beheerder,
            now=now,
        )
        if done:
            messages.success(request, _told(plan))
            return redirect(terug)
        changed_by_other, form = True, _form(plan, None)
    elif not plan.wijzigingen and not plan.geweigerd:
        messages.info(request, "Dit was al zo. Er is niets gewijzigd.")
        return redirect(terug)
    shown = {
        "plan": plan,
        "wijzigingen": plan.wijzigingen[:HOOGSTENS_GETOOND],
        "geweigerd": plan.geweigerd[:HOOGSTENS_GETOOND],
        "form": form,
        "velden": velden,
        "veranderd": changed_by_other,
        "voor_te_leggen": bool(to_propose(plan)),
        "terug": terug,
    }
    return render(request, template, context | shown)


def lay_before(request: HttpRequest, regels: Sequence[Planregel]) -> HttpResponse:
    """Put before her colleagues what she may not give herself (R02, D22), and show where that waits."""
    propose_eigen_rollen(beheerder=account_of(request), regels=regels, actor=actor_of(request), now=timezone.now())
    messages.success(request, "Uw vraag is voorgelegd aan uw collega-beheerders. Zij beslissen erover.")
    return redirect("rolvoorstellen")


def _form(plan: Plan, data: Any) -> PlanForm:
    private = any(regel.rol.privacygevoelig and gives_more(regel.voor, regel.na) for regel in plan.wijzigingen)
    return PlanForm(data, initial={"stand": plan.stand}, privacygevoelig=private)


def _told(plan: Plan) -> str:
    if not plan.wijzigingen:
        return "Dit was al zo. Er is niets gewijzigd."
    people = {regel.account.pk for regel in plan.wijzigingen}
    if len(people) > 1:
        return f"De rollen van {len(people)} gebruikers zijn gewijzigd."
    return f"De rollen van {plan.wijzigingen[0].account} zijn gewijzigd."

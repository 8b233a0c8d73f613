from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import form_data
from accounts.models import Account
from accounts.permissions import account_of, actor_of, beheerder_required, gebruikers_of
from autorisatie.services import Weigering
from autorisatie.services.voorleggen import decide_eigen_rollen, plan_voorstel
from beheer.forms.vakken import VoorstelForm
from beheer.permissions import rolvoorstellen_of
from verantwoording.services import AlBesloten, ZelfdePersoon, withdraw

BESLUITEN = {"akkoord": "U bent akkoord. De rollen zijn gegeven.", "afwijzen": "U hebt het voorstel afgewezen."}


@beheerder_required
@require_safe
def rolvoorstellen(request: HttpRequest) -> HttpResponse:
    """What colleagues ask for themselves and still waits for a decision (R02, D22)."""
    now = timezone.now()
    found = list(rolvoorstellen_of(request).open(now).order_by("-id"))
    names = gebruikers_of(request).in_bulk({voorstel.account_id for voorstel in found})
    rijen = [(voorstel, names[voorstel.account_id]) for voorstel in found if voorstel.account_id in names]
    return render(request, "beheer/rolvoorstellen.html", {"rijen": rijen, "eigen_id": account_of(request).pk})


@beheerder_required
def rolvoorstel(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: what would change; a colleague agrees or refuses with a reason, its maker can take it back (D22)."""
    now, beheerder = timezone.now(), account_of(request)
    voorstel = get_object_or_404(rolvoorstellen_of(request), pk=pk)
    maker: Account = get_object_or_404(gebruikers_of(request), pk=voorstel.account_id)
    eigen = maker.pk == beheerder.pk
    form = VoorstelForm(form_data(request), eigen=eigen)
    if request.method == "POST" and form.is_valid():
        besluit = form.cleaned_data["besluit"]
        actor = actor_of(request, reden=form.cleaned_data["reden"])
        try:
            if besluit == "intrekken":
                withdraw(voorstel=voorstel, actor=actor, now=now)
            else:
                akkoord = besluit == "akkoord"
                decide_eigen_rollen(voorstel=voorstel, akkoord=akkoord, actor=actor, beheerder=beheerder, now=now)
        except (AlBesloten, ZelfdePersoon, Weigering) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, BESLUITEN.get(besluit, "Het voorstel is ingetrokken."))
        return redirect("rolvoorstellen")
    if not voorstel.is_open(now):
        messages.info(request, "Over dit voorstel is al besloten, of het is verlopen.")
        return redirect("rolvoorstellen")
    plan = plan_voorstel(voorstel=voorstel, beheerder=beheerder, now=now)
    context = {"voorstel": voorstel, "maker": maker, "eigen": eigen, "plan": plan, "form": form}
    return render(request, "beheer/rolvoorstel.html", context)

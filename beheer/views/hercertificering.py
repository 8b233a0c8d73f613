from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.middleware import form_data
from accounts.permissions import account_of, actor_of, beheerder_required, organisatie_of
from autorisatie.services import Weigering
from beheer.forms.hercertificering import BeoordelenForm
from beheer.letters import make_pdf, why_no_pdf
from beheer.models import Hercertificering
from beheer.rules import PER_PAGINA, read_ids
from beheer.services.hercertificering import (
    answer_beoordelingen,
    count_answers,
    open_hercertificering,
    record_verklaring,
    to_judge,
)

TEMPLATE = "brief/verklaring.html"


@beheerder_required
@require_http_methods(["GET", "HEAD", "POST"])
def hercertificering(request: HttpRequest) -> HttpResponse:
    """The round that is open: what she has to judge, with last use beside it; and the statements of earlier rounds.

    POST keeps the answers that were chosen; the rest stays for another time.
    """
    now, organisatie, beheerder = timezone.now(), organisatie_of(request), account_of(request)
    ronde = open_hercertificering(organisatie=organisatie)
    verklaringen = Hercertificering.objects.filter(organisatie=organisatie, afgerond_op__isnull=False)
    context: dict[str, Any] = {"ronde": ronde, "verklaringen": verklaringen[:PER_PAGINA], "geen_pdf": why_no_pdf()}
    if ronde is None:
        return render(request, "beheer/hercertificering.html", context)
    rows = to_judge(ronde=ronde, beheerder=beheerder, now=now)
    pagina = Paginator(rows, PER_PAGINA).get_page(request.GET.get("pagina"))
    data = form_data(request)
    # What a colleague answered while this page was open is on it no more: it is still a choice that was given.
    rijen = list(pagina) if data is None else list(rows.filter(pk__in=_named(data)))
    form = BeoordelenForm(data, rijen=rijen)
    if request.method == "POST" and form.is_valid():
        try:
            aantal = answer_beoordelingen(
                ronde=ronde, antwoorden=form.antwoorden(), beheerder=beheerder, actor=actor_of(request), now=now
            )
        except Weigering as refusal:
            form.add_error(None, str(refusal))
        else:
            if aantal:
                messages.success(request, f"Opgeslagen. Aantal rollen dat u hebt beoordeeld: {aantal}.")
            else:
                messages.info(request, "U hebt niets gekozen, of een collega was u voor. Er is niets gewijzigd.")
            return redirect("hercertificering")
    aantallen = count_answers(ronde=ronde)
    context |= {"pagina": pagina, "form": form, "aantallen": aantallen, "ik": beheerder}
    context["velden"] = [(rij, form[f"rij_{rij.pk}"], form.standen[rij.pk]) for rij in rijen]
    return render(request, "beheer/hercertificering.html", context)


def _named(data: QueryDict) -> list[int]:
    """The beoordelingen of which a form names the field."""
    return read_ids(str(key).removeprefix("rij_") for key in data)


@never_cache
@beheerder_required
@require_POST
def hercertificering_verklaring(request: HttpRequest, pk: int) -> HttpResponse:
    """The sealed statement of a round that is over, as PDF; a page to print where none can be made. Logged (R33)."""
    rows = Hercertificering.objects.filter(organisatie=organisatie_of(request), afgerond_op__isnull=False)
    ronde = get_object_or_404(rows, pk=pk)
    record_verklaring(ronde=ronde, actor=actor_of(request), now=timezone.now())
    html = render_to_string(TEMPLATE, {"ronde": ronde, "verklaring": ronde.verklaring})
    if why_no_pdf():
        return HttpResponse(html)
    return HttpResponse(
        make_pdf(html),
        content_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="verklaring-mijn-duo.pdf"'},
    )

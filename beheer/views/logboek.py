from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import beheerder_required, gebruikers_of, organisatie_of
from beheer.forms import LogboekForm
from beheer.rules import HOOGSTENS_IN_KEUZELIJST, LOGGROEPEN, OVERIG, PER_PAGINA, read_ids
from beheer.services.logboek import lines_of, read_lines


@beheerder_required
@require_safe
def logboek(request: HttpRequest) -> HttpResponse:
    """What happened at the own organisatie, in words, newest first (R33). Pages go by line, so nothing is counted."""
    organisatie = organisatie_of(request)
    form, too_many = logboek_form(request, request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    found = list(lines_of(organisatie, **filters)[: PER_PAGINA + 1])
    lines = found[:PER_PAGINA]
    return render(
        request,
        "beheer/logboek.html",
        {
            "form": form,
            "regels": read_lines(lines, organisatie),
            "oudere": lines[-1].pk if len(found) > PER_PAGINA else None,
            "te_veel": too_many,
            "gefilterd": any(filters.values()),
        },
    )


def logboek_form(request: HttpRequest, data: QueryDict) -> tuple[LogboekForm, bool]:
    """The filters, with the own gebruikers to choose from; and whether they are too many for that."""
    people = gebruikers_of(request).order_by("achternaam", "voornaam", "id")
    personen = [(account.pk, account.lijstnaam) for account in people[: HOOGSTENS_IN_KEUZELIJST + 1]]
    too_many = len(personen) > HOOGSTENS_IN_KEUZELIJST
    if too_many:
        chosen = people.filter(pk__in=read_ids([data.get("persoon", "")]))
        personen = [(account.pk, account.lijstnaam) for account in chosen]
    groepen = [(key, naam) for key, (naam, _) in LOGGROEPEN.items()]
    return LogboekForm(data, groepen=[*groepen, (OVERIG, "Overig")], personen=personen), too_many

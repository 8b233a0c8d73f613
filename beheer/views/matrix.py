from itertools import groupby
from operator import attrgetter

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import form_data
from accounts.models import Account, AccountQuerySet, Kenmerk
from accounts.permissions import account_of, beheerder_required, gebruikers_of, organisatie_of
from autorisatie.imports import domeinnamen
from autorisatie.services import rollen_to_hand_out
from beheer.forms.vakken import EindeForm, KiesForm, MatrixForm, WijzigingForm
from beheer.permissions import for_gebruiker, rolvoorstellen_of
from beheer.rules import KOLOMMEN, PER_PAGINA
from beheer.rules.vakken import ZONDER, read_vakken, write_vakken
from beheer.services.matrix import (
    Matrix,
    all_own_kenmerken,
    ask_boxes,
    holders_of,
    own_kenmerken,
    read_matrix,
    rollen_of_gebruiker,
)
from beheer.views.plannen import show_plan


@beheerder_required
@require_safe
def rollen(request: HttpRequest) -> HttpResponse:
    """The rollen that this beheerder hands out (R02), by domein, with how many people of hers have each."""
    now = timezone.now()
    holders = Q(autorisaties__account__organisatie=organisatie_of(request)) & Q(autorisaties__van__lte=now)
    holders &= Q(autorisaties__machtiging=None)
    holders &= Q(autorisaties__tot__isnull=True) | Q(autorisaties__tot__gt=now)
    found = rollen_to_hand_out(beheerder=account_of(request), now=now).annotate(
        aantal=Count("autorisaties__account", filter=holders, distinct=True)
    )
    names = domeinnamen()
    groups = groupby(found.order_by("domein", "naam"), key=attrgetter("domein"))
    domeinen = [(names.get(domein, domein), list(group)) for domein, group in groups]
    voorstellen = rolvoorstellen_of(request).open(now).exists()
    return render(request, "beheer/rollen.html", {"domeinen": domeinen, "voorstellen": voorstellen})


@for_gebruiker
def gebruiker_matrix(request: HttpRequest, account: Account) -> HttpResponse:
    """All rollen and kenmerken of a gebruiker in one form, saved as one act after a preview (R02, R04, D23)."""
    now, beheerder = timezone.now(), account_of(request)
    rows = rollen_of_gebruiker(account=account, beheerder=beheerder, now=now)
    soorten = {soort for rol, _ in rows for soort in rol.kenmerksoorten}
    kolommen = _columns(request, soorten)
    matrix = read_matrix(
        rijen=[(account, rol, mag) for rol, mag in rows],
        kenmerken=list(kolommen),
        organisatie=organisatie_of(request),
        now=now,
    )
    names = domeinnamen()
    data = form_data(request)
    shown = _as_posted(data, matrix)
    groepen = [(names.get(domein, domein), rijen) for domein, rijen in shown.domeinen]
    context = {
        "gebruiker": account,
        "matrix": shown,
        "groepen": groepen,
        "kolommen": kolommen,
        "einde": EindeForm(),
    }
    hers = {rol.pk for rol, mag in rows if mag}
    of_account = gebruikers_of(request).filter(pk=account.pk)
    response = _save(request, data, "beheer/gebruiker_matrix.html", matrix, of_account, hers, context)
    return response or render(request, "beheer/gebruiker_matrix.html", context)


@beheerder_required
def rol(request: HttpRequest, sleutel: str) -> HttpResponse:
    """Gebruikers × kenmerken of one rol, saved as one act after a preview (R02, R04, D23). A 404 for a rol not hers."""
    now, organisatie = timezone.now(), organisatie_of(request)
    found = get_object_or_404(rollen_to_hand_out(beheerder=account_of(request), now=now), sleutel=sleutel)
    filters = KiesForm(request.GET, rollen=[(found.sleutel, found.naam)])
    chosen = filters.cleaned_data if filters.is_valid() else {"q": "", "rol": ""}
    people = gebruikers_of(request).active().named(chosen["q"])
    if chosen["rol"]:
        people = holders_of(people, found, now)
    pagina = Paginator(people, PER_PAGINA).get_page(request.GET.get("pagina"))
    kolommen = _columns(request, found.kenmerksoorten)
    matrix = read_matrix(
        rijen=[(account, found, True) for account in pagina],
        kenmerken=list(kolommen),
        organisatie=organisatie,
        now=now,
    )
    data = form_data(request)
    shown = _as_posted(data, matrix)
    context = {
        "rol": found,
        "matrix": shown,
        "groepen": [("", shown.rijen)],
        "kolommen": kolommen,
        "einde": EindeForm(),
        "pagina": pagina,
        "kies": filters,
        "gefilterd": bool(chosen["q"] or chosen["rol"]),
    }
    response = _save(request, data, "beheer/rol.html", matrix, gebruikers_of(request).active(), {found.pk}, context)
    return response or render(request, "beheer/rol.html", context)


def _columns(request: HttpRequest, soorten: list[str] | set[str]) -> Page[Kenmerk]:
    found = own_kenmerken(organisatie_of(request), soorten, timezone.now())
    return Paginator(found, KOLOMMEN).get_page(request.GET.get("kenmerken"))


def _as_posted(data: QueryDict | None, matrix: Matrix) -> Matrix:
    """What is shown again when the rest of the form was refused."""
    if data is None or "basis" not in data:
        return matrix
    return matrix.as_posted(read_vakken(data.getlist("vak")), str(data["basis"]))


def _save(
    request: HttpRequest,
    data: QueryDict | None,
    template: str,
    matrix: Matrix,
    accounts: AccountQuerySet,
    rollen: set[int],
    context: dict[str, object],
) -> HttpResponse | None:
    """The preview of what was ticked or cleared, or its confirmation; None when nothing was posted.

    Only boxes of these accounts and rollen, and of the organisatie's own kenmerken, are hers: what else is posted was
    never shown to her, and is left out.
    """
    if data is None:
        return None
    changed = MatrixForm(data) if "basis" in data else WijzigingForm(data)
    if not changed.is_valid():
        context["einde"] = context["form"] = changed
        return None
    found = changed.cleaned_data
    known = set(accounts.filter(pk__in={vak[0] for vak in found["erbij"] | found["eraf"]}).values_list("pk", flat=True))
    own = {ZONDER, *all_own_kenmerken(organisatie_of(request), timezone.now())}
    eraf = frozenset(vak for vak in found["eraf"] if vak[0] in known and vak[1] in rollen)
    erbij = frozenset(vak for vak in found["erbij"] if vak[0] in known and vak[1] in rollen and vak[2] in own)
    basis = found.get("basis")
    meanwhile = matrix.aan ^ basis if basis is not None else frozenset()
    return show_plan(
        request,
        template,
        vragen=ask_boxes(erbij, eraf, found["tot"]),
        velden=[("erbij", write_vakken(erbij)), ("eraf", write_vakken(eraf)), ("tot", data.get("tot", ""))],
        terug=request.get_full_path(),
        context=context | {"intussen": matrix.names(meanwhile)},
    )

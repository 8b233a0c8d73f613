from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.middleware import form_data
from accounts.models import Account, AccountQuerySet
from accounts.permissions import account_of, beheerder_required, gebruikers_of, organisatie_of
from autorisatie.models import Rol
from autorisatie.services import rollen_to_hand_out
from beheer.forms.vakken import HOOGSTENS_GEBRUIKERS, CollegaForm, IdsField, KiesForm, MassaForm
from beheer.permissions import for_gebruiker
from beheer.rules import HOOGSTENS_IN_KEUZELIJST, KIEZEN_PER_PAGINA
from beheer.services.massa import ask_as_colleague, ask_to_give, ask_to_take
from beheer.services.matrix import holders_of, own_kenmerken
from beheer.views.plannen import show_plan

NIEMAND = "Kies minstens één gebruiker."
TE_VEEL = "Dit zijn meer dan 10.000 gebruikers. Maak de lijst eerst korter met het filter."


@beheerder_required
def rol_geven(request: HttpRequest, sleutel: str) -> HttpResponse:
    """Give a rol to many at once: choose whom, for which kenmerken and until when; preview; all or nothing (R04)."""
    return _for_many(request, sleutel, "beheer/rol_geven.html", geven=True)


@beheerder_required
def rol_intrekken(request: HttpRequest, sleutel: str) -> HttpResponse:
    """Withdraw a rol, or some of its kenmerken, from many at once: choose, preview, all or nothing (D20)."""
    return _for_many(request, sleutel, "beheer/rol_intrekken.html", geven=False)


def _for_many(request: HttpRequest, sleutel: str, template: str, *, geven: bool) -> HttpResponse:
    now = timezone.now()
    uitdeelbaar = rollen_to_hand_out(beheerder=account_of(request), now=now)
    rol = get_object_or_404(uitdeelbaar, sleutel=sleutel)
    kenmerken = list(own_kenmerken(organisatie_of(request), rol.kenmerksoorten, now))
    filters = KiesForm(request.GET, rollen=list(uitdeelbaar.order_by("naam").values_list("sleutel", "naam")))
    people = _people(request, filters, rol, geven=geven)
    data = form_data(request)
    form = MassaForm(data, rol=rol, kenmerken=kenmerken, geven=geven)
    gekozen = _chosen(request, data, people) if data else []
    if data and form.is_valid():
        if 0 < len(gekozen) <= HOOGSTENS_GEBRUIKERS:
            chosen = form.cleaned_data
            ids = chosen.get("kenmerken", [])
            vragen = (
                ask_to_give(accounts=gekozen, rol=rol, kenmerken=ids, tot=chosen["tot"])
                if geven
                else ask_to_take(accounts=gekozen, rol=rol, kenmerken=ids)
            )
            velden = [("wie", ",".join(map(str, gekozen))), *(("kenmerken", str(pk)) for pk in ids)]
            return show_plan(
                request,
                template,
                vragen=vragen,
                velden=[*velden, ("tot", data.get("tot", ""))],
                terug=reverse("rol", kwargs={"sleutel": rol.sleutel}),
                context={"rol": rol},
            )
        form.add_error(None, TE_VEEL if gekozen else NIEMAND)
    pagina = Paginator(people, KIEZEN_PER_PAGINA).get_page(request.GET.get("pagina"))
    context = {
        "rol": rol,
        "kies": filters,
        "gefilterd": any(request.GET.get(name) for name in ("q", "rol")),
        "pagina": pagina,
        "gekozen": set(gekozen),
        "form": form,
        "geen_kenmerk": bool(rol.kenmerksoorten) and not kenmerken,
    }
    return render(request, template, context)


def _people(request: HttpRequest, filters: KiesForm, rol: Rol, *, geven: bool) -> AccountQuerySet:
    """Whom she chooses from; for withdrawing those who have the rol."""
    now = timezone.now()
    chosen = filters.cleaned_data if filters.is_valid() else {"q": "", "rol": ""}
    people = gebruikers_of(request).active().named(chosen["q"])
    if chosen["rol"]:
        people = holders_of(people, Rol.objects.get(sleutel=chosen["rol"]), now)
    return people if geven else holders_of(people, rol, now)


def _chosen(request: HttpRequest, data: QueryDict, people: AccountQuerySet) -> list[int]:
    """The ids of whom she ticked, or of everybody in the filtered list. Other ids were never shown: left out."""
    if data.get("alle"):
        return sorted(people.values_list("pk", flat=True))
    ids = IdsField(required=False).clean(",".join(data.getlist("wie")))
    return sorted(gebruikers_of(request).active().filter(pk__in=ids).values_list("pk", flat=True))


@for_gebruiker
def gebruiker_overnemen(request: HttpRequest, account: Account) -> HttpResponse:
    """Give somebody the rollen of a colleague: which come and which do not and why, shown first (R04)."""
    now = timezone.now()
    zoek = KiesForm(request.GET, rollen=[])
    naam = zoek.cleaned_data["q"] if zoek.is_valid() else ""
    found = holders_of(gebruikers_of(request).active().named(naam).exclude(pk=account.pk), None, now)
    people = found[: HOOGSTENS_IN_KEUZELIJST + 1]
    collegas = [(collega.pk, collega.lijstnaam) for collega in people]
    data = form_data(request)
    form = CollegaForm(data, collegas=collegas[:HOOGSTENS_IN_KEUZELIJST])
    context: dict[str, Any] = {"gebruiker": account}
    if data and form.is_valid():
        collega = get_object_or_404(gebruikers_of(request).active(), pk=form.cleaned_data["collega"])
        vragen, left_out = ask_as_colleague(account=account, collega=collega, now=now)
        return show_plan(
            request,
            "beheer/gebruiker_overnemen.html",
            vragen=vragen,
            velden=[("collega", str(collega.pk))],
            terug=reverse("gebruiker_rollen", kwargs={"pk": account.pk}),
            context=context | {"collega": collega, "niet_mee": left_out},
        )
    context |= {"form": form, "zoek": zoek, "te_veel": len(collegas) > HOOGSTENS_IN_KEUZELIJST, "collegas": collegas}
    return render(request, "beheer/gebruiker_overnemen.html", context)

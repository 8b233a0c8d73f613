from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import actor_of, beheerder_required, gebruikers_of, organisatie_of
from beheer.exports import SOORTEN, make_download
from beheer.services.gebruikersbestand import KOP, read_gebruikersbestand
from beheer.services.logboek import download_lines
from beheer.views.logboek import logboek_form

LOGKOP = ["Wanneer", "Wat", "Over", "Door", "Internetadres", "Reden"]


@beheerder_required
@require_POST
def gebruikersbestand(request: HttpRequest) -> HttpResponseBase:
    """Everybody with autorisaties, login means and last login, as a file (R28). Logged, so by POST (R33)."""
    if request.POST.get("soort") not in SOORTEN:
        raise Http404
    now = timezone.now()
    rows = read_gebruikersbestand(
        organisatie=organisatie_of(request), gebruikers=gebruikers_of(request), actor=actor_of(request), now=now
    )
    return make_download(f"gebruikers-{timezone.localdate(now)}", request.POST["soort"], KOP, rows)


@beheerder_required
@require_POST
def logboek_downloaden(request: HttpRequest) -> HttpResponseBase:
    """The log as a CSV, filtered as it was on the screen (R33)."""
    form, _ = logboek_form(request, request.POST)
    if not form.is_valid():
        raise Http404
    now = timezone.now()
    filters = form.cleaned_data | {"voor": None}
    rows = download_lines(organisatie=organisatie_of(request), filters=filters, actor=actor_of(request), now=now)
    return make_download(f"logboek-{timezone.localdate(now)}", "csv", LOGKOP, rows)

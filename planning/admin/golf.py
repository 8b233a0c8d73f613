from dataclasses import fields
from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from beheer.admin.handeling import MetHandelingen
from beheer.exports import make_download
from planning.admin.forms import DagField
from planning.models import Overstap
from planning.rules.golf import UITLEG, Aannames
from planning.services.golf import Simulatie, simulate_golf

REGELS_PER_PAGINA = 50
KOP = ("Organisatie", "Code", "Advies", "Nog over te stappen", "Buitengesloten", "Redenen")


class GolfForm(forms.Form):
    """The chosen day and size of a golf, and every assumption (R26)."""

    datum = DagField(label="Eerste dag zonder token")
    per_dag = forms.IntegerField(label="Organisaties per dag", min_value=1, max_value=100_000)

    def __init__(self, *args: Any, overstap: Overstap, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overstap = overstap
        for veld in fields(Aannames):
            self.fields[veld.name] = forms.IntegerField(label=UITLEG[veld.name], min_value=0, max_value=1_000)

    def clean_datum(self) -> Any:
        datum = self.cleaned_data["datum"]
        vandaag = timezone.localdate()
        if not vandaag < datum <= vandaag + timedelta(days=730):
            raise forms.ValidationError("Kies een dag die nog komt, hoogstens twee jaar vooruit.")
        openen_op = self.overstap.openen_op
        if openen_op and datum <= openen_op:
            raise forms.ValidationError(f"Kies een dag na {date_format(openen_op, 'j F Y')}: dan opent de overstap.")
        return datum

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("eerste_dag", 0) + data.get("eerste_week", 0) > 100:  # noqa: PLR2004  # per cent
            raise forms.ValidationError("De delen van de eerste dag en de eerste week zijn samen meer dan 100%.")
        return data

    @property
    def aannames(self) -> Aannames:
        """The assumptions as filled in."""
        return Aannames(**{veld.name: self.cleaned_data[veld.name] for veld in fields(Aannames)})


def show_golf(page: MetHandelingen, request: HttpRequest, overstap: Overstap) -> Any:
    """What a golf would bring, for a chosen day and size (R26). A GET: nothing is changed by looking."""
    vandaag = timezone.localdate()
    einde = overstap.einde_token if overstap.einde_token and overstap.einde_token > vandaag else None
    start = {veld.name: veld.default for veld in fields(Aannames)} | {
        "datum": einde or vandaag + timedelta(days=60),
        "per_dag": overstap.per_dag or 250,
    }
    form = GolfForm(request.GET if "datum" in request.GET else None, overstap=overstap, initial=start)
    simulatie: Simulatie | None = None
    if form.is_valid():
        simulatie = simulate_golf(
            overstap=overstap,
            datum=form.cleaned_data["datum"],
            per_dag=form.cleaned_data["per_dag"],
            aannames=form.aannames,
            now=timezone.now(),
        )
        if "csv" in request.GET:
            return _download(simulatie)
    vraag = request.GET.copy()
    vraag.pop("pagina", None)
    context = {
        **page.admin_site.each_context(request),
        "title": "Golf doorrekenen",
        "form": form,
        "simulatie": simulatie,
        "dagen": [
            (simulatie.begin + timedelta(days=dag.dag), dag)
            for dag in simulatie.dagen
            if dag.organisaties or dag.codes or dag.vragen
        ]
        if simulatie
        else [],
        "pagina": Paginator(simulatie.no_go, REGELS_PER_PAGINA).get_page(request.GET.get("pagina"))
        if simulatie
        else None,
        "vraag": vraag.urlencode(),
        "opts": page.opts,
        "original": overstap,
        "terug_url": page.page_of(overstap),
    }
    return TemplateResponse(request, "admin/golf.html", context)


def _download(simulatie: Simulatie) -> Any:
    """The list with go or no-go for every organisatie, as CSV in which nothing is a formula."""
    rows = (
        (
            one.naam,
            one.code,
            "go" if one.go else "no-go",
            one.nog_over,
            one.buitengesloten,
            " ".join(one.redenen),
        )
        for one in simulatie.organisaties
    )
    return make_download(f"golf-{simulatie.datum:%Y-%m-%d}", "csv", KOP, rows)

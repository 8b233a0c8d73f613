from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Contactpersoon, Contract, Kenmerk, Organisatie
from beheer.forms import RegelField, regel

VERSIE = 2**31 - 1


def _regel(label: str, *, verplicht: str = "", lengte: int = 120, **attrs: str) -> RegelField:
    return RegelField(
        label=label,
        max_length=lengte,
        required=verplicht != "",
        error_messages={"required": verplicht},
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )


def _email(label: str) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        max_length=254,
        error_messages={
            "required": "Vul het e-mailadres in.",
            "invalid": "Vul een e-mailadres in, bijvoorbeeld naam@school.nl.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


def _dag(label: str, *, verplicht: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=verplicht != "",
        error_messages={"required": verplicht, "invalid": "Vul een datum in, bijvoorbeeld 31-12-2026."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class RijForm(forms.Form):
    """A row that the beheerder keeps; `versie` is that of the data it was shown with (D23)."""

    versie = forms.IntegerField(min_value=1, max_value=VERSIE, initial=1, widget=forms.HiddenInput)


class ContactpersoonForm(RijForm):
    """Whom DUO may call or write to, for one onderwerp."""

    onderwerp = forms.ChoiceField(label="Onderwerp", choices=Contactpersoon.Onderwerp)
    naam = _regel("Naam", verplicht="Vul de naam in.")
    functie = _regel("Functie")
    email = _email("E-mailadres")
    telefoon = regel("Telefoonnummer", "telefoon", type="tel")


class ContractForm(RijForm):
    """A contract with a third party."""

    partij = _regel("Met welke partij?", verplicht="Vul de naam van de partij in.", lengte=200)
    waarover = _regel("Waar gaat het over?", verplicht="Vul in waar het contract over gaat.", lengte=200)
    begint_op = _dag("Begint op", verplicht="Vul in wanneer het contract begint.")
    eindigt_op = _dag("Eindigt op")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = data.get("begint_op"), data.get("eindigt_op")
        if begin and end and end < begin:
            self.add_error("eindigt_op", "Het einde kan niet voor het begin liggen.")
        return data


class GezagForm(forms.Form):
    """Who the bevoegd gezag is to be (R01)."""

    naam = _regel("Naam van het bevoegd gezag", verplicht="Vul de naam in.")
    functie = _regel("Functie van het bevoegd gezag")
    email = _email("E-mailadres van het bevoegd gezag")


class GezagVoorstelForm(GezagForm):
    """The same, as proposed by staff, with why."""

    toelichting = RegelField(label="Reden", max_length=400, error_messages={"required": "Vul in waarom u dit doet."})


class OverdrachtForm(forms.Form):
    """Which kenmerken go to which organisatie, and on which day."""

    kenmerken = forms.ModelMultipleChoiceField(
        Kenmerk.objects.none(),
        label="Kenmerken",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Kies minstens één kenmerk."},
    )
    code_soort = forms.ChoiceField(label="Soort code van de nieuwe organisatie", choices=Organisatie.CodeSoort)
    code = _regel("Code van de nieuwe organisatie", verplicht="Vul de code in.", lengte=20)
    dag = _dag("Vanaf welke dag?", verplicht="Vul de dag in.")
    toelichting = RegelField(label="Reden", max_length=400, error_messages={"required": "Vul in waarom u dit doet."})
    bekeken = forms.BooleanField(
        label="Ik heb bekeken wie er rollen verliest en krijgt", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, van: Organisatie, kenmerken: QuerySet[Kenmerk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.van = van
        veld = self.fields["kenmerken"]
        assert isinstance(veld, forms.ModelMultipleChoiceField)  # noqa: S101  # tells the type checker what it is
        veld.queryset = kenmerken

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        running = Organisatie.objects.filter(beeindigd_op=None).exclude(pk=self.van.pk)
        naar = running.filter(code_soort=data.get("code_soort"), code=data.get("code", "").upper()).first()
        if naar is None and data.get("code"):
            self.add_error("code", "Er is geen andere organisatie met deze code.")
        if data.get("dag") and data["dag"] < timezone.localdate():
            self.add_error("dag", "Kies vandaag of een dag later.")
        data["naar"] = naar
        return data

    def ask_to_look(self) -> None:
        """Show the box that says that the preview was read; the next time it counts."""
        self.fields["bekeken"].widget = forms.CheckboxInput()
        self.fields["bekeken"].required = True
        self.fields["bekeken"].error_messages["required"] = "Bekijk wie er rollen verliest en krijgt."


class KeuzeForm(forms.Form):
    """The decision of a second person. stand: what she was shown."""

    stand = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    keuze = forms.ChoiceField(
        label="Uw besluit",
        choices=[("ja", "Akkoord"), ("nee", "Afwijzen")],
        widget=forms.RadioSelect,
        error_messages={"required": "Kies uw besluit."},
    )
    toelichting = RegelField(label="Reden", max_length=400, error_messages={"required": "Vul in waarom u dit doet."})


RIJEN: Final[dict[type[Contactpersoon | Contract], type[RijForm]]] = {
    Contactpersoon: ContactpersoonForm,
    Contract: ContractForm,
}

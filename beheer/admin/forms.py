from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet

from accounts.admin import PeriodeForm
from accounts.models import Kenmerk, Organisatie, OrganisatieKenmerk
from accounts.rules import KENMERKSOORTEN, check_kenmerk, normalise_kenmerk
from autorisatie.services.overgang import is_in_use
from beheer.forms import RegelField
from koppeling.rules import Reden

ONTKOPPELREDENEN = {
    Reden.VERLOREN: "het middel is kwijt",
    Reden.GESTOLEN: "het middel is gestolen; het wordt geblokkeerd",
    Reden.DEFECT: "het middel is kapot",
    Reden.STAF: "een andere reden",
}


class OrganisatieForm(forms.ModelForm[Organisatie]):
    """The shape of the organisatie's own codes (D3), and whether somebody else saved it first (D23)."""

    class Meta:
        model = Organisatie
        fields = [
            "naam",
            "code_soort",
            "code",
            "kvk_nummer",
            "soorten",
            "straat",
            "postcode",
            "plaats",
            "bevoegd_gezag_naam",
            "bevoegd_gezag_functie",
            "bevoegd_gezag_email",
            "versie",
        ]
        widgets = {"versie": forms.HiddenInput}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for soort, veld in [("kvk_nummer", "kvk_nummer"), (data.get("code_soort"), "code")]:
            if soort in KENMERKSOORTEN and data.get(veld):
                data[veld] = normalise_kenmerk(data[veld])
                fout = check_kenmerk(soort, data[veld])
                if fout:
                    self.add_error(veld, fout)
        if self.instance.pk:
            current = Organisatie.objects.select_for_update().get(pk=self.instance.pk)
            if current.versie != data.get("versie"):
                raise forms.ValidationError(
                    "Iemand anders heeft deze organisatie intussen gewijzigd. Er is niets opgeslagen. Open de pagina "
                    "opnieuw en kijk eerst wat er is veranderd."
                )
            data["versie"] = current.versie + 1
        return data


class OrganisatieKenmerkForm(PeriodeForm):
    """A kenmerk of the organisatie, typed by kind and code; an unknown one is made.

    It gets no end here while a grant or machtiging rests on it: what that does is shown first, to two persons (D22).
    """

    soort = forms.ChoiceField(choices=[(sleutel, soort.naam) for sleutel, soort in KENMERKSOORTEN.items()])
    waarde = forms.CharField(max_length=20)
    naam = forms.CharField(max_length=200, required=False, help_text="Bijvoorbeeld de naam van de school")

    class Meta:
        model = OrganisatieKenmerk
        fields = ["van", "tot"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for veld in ("soort", "waarde", "naam"):
                self.fields[veld].initial = getattr(self.instance.kenmerk, veld)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("soort") and data.get("waarde"):
            data["waarde"] = normalise_kenmerk(data["waarde"])
            fout = check_kenmerk(data["soort"], data["waarde"])
            if fout:
                self.add_error("waarde", fout)
        if self.instance.pk and "tot" in self.changed_data and data.get("tot"):
            row = self.instance
            if is_in_use(van=row.organisatie, kenmerk=row.kenmerk, per=data["tot"]):
                self.add_error(
                    "tot",
                    "Er zijn nog rollen of machtigingen voor dit kenmerk. Gebruik ‘Kenmerken overdragen’, of laat die "
                    "eerst intrekken.",
                )
        return data

    def save(self, commit: bool = True) -> OrganisatieKenmerk:  # noqa: FBT001, FBT002  # Django's signature
        data = self.cleaned_data
        if not self.instance.pk:
            self.instance.kenmerk, _ = Kenmerk.objects.get_or_create(
                soort=data["soort"], waarde=data["waarde"], defaults={"naam": data["naam"]}
            )
        row: OrganisatieKenmerk = super().save(commit)
        return row


class OrganisatieKenmerkFormSet(BaseInlineFormSet[OrganisatieKenmerk, Organisatie, OrganisatieKenmerkForm]):
    """No kenmerk runs twice at one organisatie; the database holds it too."""

    def clean(self) -> None:
        super().clean()
        running = [
            (form.cleaned_data["soort"], form.cleaned_data["waarde"])
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("waarde") and not form.cleaned_data.get("tot")
        ]
        if len(running) != len(set(running)):
            raise forms.ValidationError("Een kenmerk staat er twee keer bij. Vul bij de oude regel eerst ‘tot’ in.")


class RedenForm(forms.Form):
    """Why DUO does this; it stands in the log and, where the rule says so, in a mail to the bevoegd gezag."""

    toelichting = RegelField(label="Reden", max_length=400, error_messages={"required": "Vul in waarom u dit doet."})


class OntkoppelForm(RedenForm):
    """Why a middel is unlinked by staff (R19)."""

    reden = forms.ChoiceField(label="Wat is er met het middel?", choices=list(ONTKOPPELREDENEN.items()))

    field_order = ["reden", "toelichting"]


class BevestigForm(forms.Form):
    """Nothing to fill in: the button is the confirmation."""


class BriefForm(forms.Form):
    """How the letter is wanted. Without a choice: as a page."""

    vorm = forms.ChoiceField(
        label="Vorm",
        choices=[("pagina", "Pagina om af te drukken"), ("pdf", "PDF")],
        initial="pagina",
        required=False,
        widget=forms.RadioSelect,
    )

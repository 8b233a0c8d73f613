from typing import Any

from django import forms
from django.utils import timezone

from accounts.forms import with_hulp
from accounts.models import Account, Organisatie
from accounts.rules import KENMERKSOORTEN, check_kenmerk, normalise_kenmerk
from autorisatie.models import Beheerdersrol
from beheer.forms import GegevensForm, RegelField
from beheer.models import Aanvraag
from beheer.rules.aanvragen import NOOD_HOOGSTENS, normalise_referentie

SOORTEN = [
    (Aanvraag.Soort.AANMELDEN, "Een beheerder aanmelden"),
    (Aanvraag.Soort.WIJZIGEN, "Wijzigen wat een beheerder mag uitdelen"),
    (Aanvraag.Soort.INTREKKEN, "Een beheerder intrekken"),
]
CODES = [
    (Organisatie.CodeSoort.BRIN, "Instellingscode (BRIN)"),
    (Organisatie.CodeSoort.BESTUURSNUMMER, "Bestuursnummer"),
    (Organisatie.CodeSoort.GEMEENTECODE, "Gemeentecode"),
    ("", "Geen van deze, alleen een KVK-nummer"),
]


class BeheerderAanvraagForm(GegevensForm):
    """What any form about a beheerder asks (R01): which kind, who, and what she may hand out."""

    soort = forms.ChoiceField(
        label="Wat wilt u doen?",
        choices=SOORTEN,
        widget=forms.RadioSelect,
        error_messages={"required": "Kies wat u wilt doen."},
    )
    beheerdersrollen = with_hulp(
        forms.ModelMultipleChoiceField(
            Beheerdersrol.objects.all(),
            label="Wat mag de beheerder uitdelen?",
            required=False,
            widget=forms.CheckboxSelectMultiple,
        ),
        "Een beheerder geeft rollen aan gebruikers. Met ‘Beheerder Mijn DUO’ mag dat in elk domein. Kiest u een ander "
        "domein, dan mag de beheerder alleen rollen van dat domein geven.",
    )
    nood_tot = forms.DateField(
        label="Einddatum, als het om een noodbeheerder gaat",
        required=False,
        help_text="Een noodbeheerder vervangt tijdelijk. Het beheer stopt vanzelf na deze dag, uiterlijk na 3 maanden.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Vul een datum in, bijvoorbeeld 31-12-2026."},
    )
    opvolger_van = RegelField(
        label="Van wie neemt deze beheerder het over?",
        max_length=200,
        required=False,
        help_text="Vul dit alleen in als een beheerder vertrekt.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    toelichting = RegelField(
        label="Toelichting", max_length=400, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        soort = data.get("soort")
        if soort in {Aanvraag.Soort.AANMELDEN, Aanvraag.Soort.WIJZIGEN} and not data.get("beheerdersrollen"):
            self.add_error("beheerdersrollen", "Kies minstens één mogelijkheid.")
        nood_tot = data.get("nood_tot")
        if nood_tot and soort == Aanvraag.Soort.AANMELDEN:
            today = timezone.localdate()
            if not today <= nood_tot <= today + NOOD_HOOGSTENS:
                self.add_error("nood_tot", "Kies een dag vanaf vandaag, binnen 3 maanden.")
        elif soort:
            data["nood_tot"] = None
            data["opvolger_van"] = data.get("opvolger_van", "") if soort == Aanvraag.Soort.AANMELDEN else ""
        return data


class AanvraagForm(BeheerderAanvraagForm):
    """The public form: also for which organisatie, and who its bevoegd gezag is."""

    organisatie_naam = RegelField(
        label="Naam van de organisatie",
        max_length=200,
        error_messages={"required": "Vul de naam van de organisatie in."},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    code_soort = forms.ChoiceField(label="Welke code heeft de organisatie?", choices=CODES, required=False)
    code = RegelField(
        label="Code van de organisatie",
        max_length=20,
        required=False,
        help_text="Bijvoorbeeld 21AZ of 41234. Laat leeg als de organisatie alleen een KVK-nummer heeft.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kvk_nummer = RegelField(
        label="KVK-nummer",
        max_length=20,
        error_messages={"required": "Vul het KVK-nummer in."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    gezag_naam = RegelField(
        label="Naam van het bevoegd gezag",
        max_length=120,
        error_messages={"required": "Vul de naam van het bevoegd gezag in."},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    gezag_functie = RegelField(
        label="Functie van het bevoegd gezag",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    gezag_email = with_hulp(
        forms.EmailField(
            label="E-mailadres van het bevoegd gezag",
            max_length=254,
            error_messages={
                "required": "Vul het e-mailadres van het bevoegd gezag in.",
                "invalid": "Vul een e-mailadres in, bijvoorbeeld naam@school.nl.",
            },
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        ),
        "Heeft DUO al een e-mailadres van uw bevoegd gezag? Dan gaat de bevestiging daarheen, en niet naar het adres "
        "dat u hier invult.",
    )
    middel_bevestigd = forms.BooleanField(
        label="De beheerder heeft of krijgt een eigen eHerkenningsmiddel met niveau EH3 of hoger, met een machtiging "
        "voor de dienst ‘Mijn DUO voor zakelijke klanten’.",
        required=False,
    )

    def clean_kvk_nummer(self) -> str:
        return _check("kvk_nummer", self.cleaned_data["kvk_nummer"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        soort, code = data.get("code_soort", ""), data.get("code", "")
        data["code"] = normalise_kenmerk(code) if soort else ""
        fout = check_kenmerk(soort, data["code"]) if soort in KENMERKSOORTEN else None
        if fout:
            self.add_error("code", fout)
        if data.get("soort") == Aanvraag.Soort.AANMELDEN and not data.get("middel_bevestigd"):
            self.add_error("middel_bevestigd", "Controleer het middel en vink dit aan. Zonder middel kan het niet.")
        return data


class PapierForm(BeheerderAanvraagForm):
    """A paper form as staff enter it: for an organisatie that was found already."""

    def __init__(self, *args: Any, organisatie: Organisatie, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_queryset(
            self.fields["beheerdersrollen"], Beheerdersrol.objects.filter(soorten__organisaties=organisatie).distinct()
        )
        self.fields["toelichting"].label = "Hoe en wanneer kreeg DUO dit formulier?"
        self.fields["toelichting"].required = True
        self.fields["toelichting"].error_messages["required"] = "Vul in hoe en wanneer DUO dit formulier kreeg."

    field_order = ["soort"]


class StatusForm(forms.Form):
    """Looking an application up by its reference: posted, so that it stands in no address and no log."""

    referentie = forms.CharField(
        label="Referentie",
        max_length=40,
        help_text="De referentie staat in de e-mail en op het formulier. Hij heeft 12 tekens.",
        error_messages={"required": "Vul de referentie in."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_referentie(self) -> str:
        referentie = normalise_referentie(self.cleaned_data["referentie"])
        if not referentie:
            raise forms.ValidationError("Dit is geen referentie. Hij heeft 12 letters en cijfers.")
        return referentie


class BesluitForm(forms.Form):
    """The decision of staff on an application: whom it is about, what she may hand out, and why."""

    account = forms.ModelChoiceField(
        Account.objects.none(), label="Beheerder die het betreft", required=False, empty_label="Niemand"
    )
    beheerdersrollen = forms.ModelMultipleChoiceField(
        Beheerdersrol.objects.none(),
        label="Mag rollen geven van",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    toelichting = RegelField(
        label="Reden",
        max_length=400,
        help_text="Bijvoorbeeld hoe u het bevoegd gezag hebt gecontroleerd. Dit staat in het logboek.",
        error_messages={"required": "Vul in waarom u dit doet."},
    )

    def __init__(self, *args: Any, aanvraag: Aanvraag, organisatie: Organisatie | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = aanvraag.soort != Aanvraag.Soort.INTREKKEN
        if organisatie is None:
            return
        beheerders = Account.objects.of_organisatie(organisatie).beheerders(timezone.now()).order_by("achternaam", "id")
        set_queryset(self.fields["account"], beheerders)
        if aanvraag.soort == Aanvraag.Soort.AANMELDEN:
            self.fields["account"].label = "Beheerder die tegelijk stopt"
            if not aanvraag.opvolger_van:
                del self.fields["account"]
        else:
            same = beheerders.filter(email__iexact=aanvraag.email, achternaam__iexact=aanvraag.achternaam).first()
            self.initial.setdefault("account", aanvraag.account or same)
        if wanted:
            rollen = aanvraag.beheerdersrollen.filter(soorten__organisaties=organisatie).distinct()
            set_queryset(self.fields["beheerdersrollen"], rollen)
            self.initial.setdefault("beheerdersrollen", rollen)
        else:
            del self.fields["beheerdersrollen"]


def set_queryset(field: forms.Field, queryset: Any) -> None:
    """What can be chosen in a field of rows."""
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  # tells the type checker what it is
    field.queryset = queryset


def _check(soort: str, waarde: str) -> str:
    waarde = normalise_kenmerk(waarde)
    fout = check_kenmerk(soort, waarde)
    if fout:
        raise forms.ValidationError(fout)
    return waarde

from typing import Any

from django import forms
from django.utils.html import format_html

from accounts.models import Soort
from autorisatie.models import Portaal
from publiek.models import Feedback, Nieuwsbrief
from publiek.rules.wegwijzer import NIVEAUS


class WegwijzerForm(forms.Form):
    """The three questions of the guide (R31): asked with GET, and kept nowhere."""

    soort = forms.ModelChoiceField(
        Soort.objects.none(),
        to_field_name="sleutel",
        label="Wat voor organisatie bent u?",
        empty_label="Kies uw soort organisatie",
        error_messages={"required": "Kies wat voor organisatie u bent.", "invalid_choice": "Kies uit de lijst."},
    )
    portaal = forms.ModelChoiceField(
        Portaal.objects.none(),
        to_field_name="sleutel",
        label="Waar wilt u inloggen?",
        empty_label="Kies een portaal",
        help_text="Weet u het niet? Kies dan Mijn DUO.",
        error_messages={"required": "Kies waar u wilt inloggen.", "invalid_choice": "Kies uit de lijst."},
    )
    niveau = forms.ChoiceField(
        label="Wat hebt u nu?",
        choices=[(niveau.value, naam) for niveau, naam in NIVEAUS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Kies wat u nu hebt.", "invalid_choice": "Kies uit de lijst."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["soort"].queryset = Soort.objects.all()  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["portaal"].queryset = Portaal.objects.prefetch_related("soorten")  # type: ignore[attr-defined]


class _Nieuwsbrieven(forms.ModelMultipleChoiceField[Nieuwsbrief]):
    """Each topic with what it is about."""

    def label_from_instance(self, obj: Nieuwsbrief) -> str:
        return format_html("{} <small>{}</small>", obj.naam, obj.omschrijving)


class NieuwsbriefForm(forms.Form):
    """An address and the topics it wants."""

    nieuwsbrieven = _Nieuwsbrieven(
        Nieuwsbrief.objects.none(),
        label="Welke nieuwsbrieven wilt u ontvangen?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Kies een of meer nieuwsbrieven."},
    )
    email = forms.EmailField(
        label="Uw e-mailadres",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "Vul uw e-mailadres in.", "invalid": "Vul een e-mailadres in als naam@school.nl."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nieuwsbrieven"].queryset = Nieuwsbrief.objects.filter(actief=True)  # type: ignore[attr-defined]


class FeedbackForm(forms.Form):
    """A score and, if one likes, words."""

    cijfer = forms.TypedChoiceField(
        label="Wat vindt u van deze website?",
        choices=Feedback.Cijfer.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Kies wat u van de website vindt."},
    )
    tekst = forms.CharField(
        label="Wat kan beter?",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Vul geen namen of andere persoonlijke gegevens in.",
    )
    pagina = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

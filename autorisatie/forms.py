from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.forms import with_hulp
from accounts.models import Organisatie
from autorisatie.rules import end_of_day
from koppeling.rules import Reden

EERSTE_DAG = date(2000, 1, 1)
TELEFOON = r"\+?[0-9][0-9 ()-]{6,18}[0-9]"


class MijnGegevensForm(forms.Form):
    """What one keeps up to date oneself (R23). `versie`: of the account, when the form was shown (D23)."""

    email = with_hulp(
        forms.EmailField(
            label="E-mailadres",
            max_length=254,
            help_text="Een nieuw adres telt pas als u het hebt bevestigd.",
            error_messages={
                "required": "Vul uw e-mailadres in.",
                "invalid": "Vul een e-mailadres in, bijvoorbeeld naam@school.example.",
            },
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        ),
        "Op dit adres krijgt u berichten over uw account, ook uw activatiecode. Gebruik daarom een adres dat alleen "
        "u leest. "
        "Wijzigt u het? Dan sturen we een link naar het nieuwe adres, en een bericht naar het oude.",
    )
    telefoon = forms.RegexField(
        TELEFOON,
        label="Telefoonnummer",
        required=False,
        max_length=20,
        error_messages={"invalid": "Vul een telefoonnummer in met cijfers, bijvoorbeeld 050 123 45 67."},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "smal"}),
    )
    functie = with_hulp(
        forms.CharField(
            label="Functie",
            required=False,
            max_length=120,
            widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        ),
        "Wat u doet bij uw organisatie, bijvoorbeeld administratief medewerker. Uw functie bepaalt niet wat u mag: "
        "daarvoor krijgt u rollen van uw beheerder.",
    )
    versie = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class WaaromForm(forms.Form):
    """The day for which somebody asks who may open what (D20): today or before, in Amsterdam."""

    op = forms.DateField(
        label="Dag",
        required=False,
        error_messages={"invalid": "Kies een dag, bijvoorbeeld 31-12-2025."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_op(self) -> date | None:
        op: date | None = self.cleaned_data["op"]
        if op is not None and op > timezone.localdate():
            raise forms.ValidationError("Deze dag moet nog komen. Kies vandaag of een dag daarvoor.")
        if op is not None and op < EERSTE_DAG:
            raise forms.ValidationError("Zo ver terug weten we niets. Kies een latere dag.")
        return op

    def moment(self, now: datetime) -> datetime:
        """What to look at: `now`, or the end of the day that was chosen."""
        op = self.cleaned_data.get("op") if self.is_valid() else None
        return min(now, end_of_day(op) - timedelta(microseconds=1)) if op else now


class MiddelMeldenForm(forms.Form):
    """What happened to one's own middel (R19)."""

    reden = forms.ChoiceField(
        label="Wat is er met uw middel?",
        choices=[(Reden.VERLOREN, "Kwijt"), (Reden.GESTOLEN, "Gestolen"), (Reden.DEFECT, "Kapot")],
        error_messages={"required": "Kies wat er met uw middel is."},
        widget=forms.RadioSelect,
    )


class WaaromNamensForm(WaaromForm):
    """The day, and whom the gebruiker acts for: the own organisatie, or one that gave a machtiging (R30)."""

    namens = forms.ModelChoiceField(
        Organisatie.objects.none(),
        label="Werkt voor",
        required=False,
        empty_label="De eigen organisatie",
        error_messages={"invalid_choice": "Kies een organisatie uit de lijst."},
    )

    def __init__(self, *args: Any, verleners: QuerySet[Organisatie], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["namens"].queryset = verleners  # type: ignore[attr-defined]  # of a ModelChoiceField
        if not verleners:
            del self.fields["namens"]

    def verlener(self) -> Organisatie | None:
        """Whom to look at; None for the own organisatie."""
        found: Organisatie | None = self.cleaned_data.get("namens") if self.is_valid() else None
        return found

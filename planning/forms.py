from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.forms import with_hulp
from beheer.forms import RegelField
from planning.models import Token, Voorbereiding
from planning.rules.voorbereiding import PUNTEN


class TokenForm(forms.Form):
    """Logging in with a token: three fields in one form (D14)."""

    gebruikersnaam = forms.CharField(
        label="Gebruikersnaam",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    wachtwoord = forms.CharField(
        label="Wachtwoord",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = with_hulp(
        forms.RegexField(
            r"^[0-9]{6}$",
            label="Code van uw token",
            help_text="6 cijfers",
            error_messages={"invalid": "Vul de 6 cijfers in die uw token laat zien."},
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        ),
        "De code verandert elke halve minuut en werkt één keer. Was de code al gebruikt? Wacht dan op de volgende.",
    )

    def __init__(self, data: Any = None) -> None:
        if data is not None and "code" in data:
            data = data.copy()
            data["code"] = "".join(data["code"].split())
        super().__init__(data)


class InleverenForm(forms.Form):
    """Which tokens were handed in (R14): who was ticked, of the tokens given."""

    tokens = forms.ModelMultipleChoiceField(
        queryset=Token.objects.none(),
        error_messages={
            "required": "Kies eerst een of meer tokens.",
            "invalid_choice": "Een van de gekozen tokens is al ingeleverd. Kies opnieuw.",
            "invalid_pk_value": "Een van de gekozen tokens is er niet. Kies opnieuw.",
        },
    )

    def __init__(self, *args: Any, tokens: QuerySet[Token], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tokens"].queryset = tokens  # type: ignore[attr-defined]  # a choice of models


def _ja_nee(naam: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=PUNTEN[naam],
        required=False,
        choices=Voorbereiding.Antwoord.choices,
        error_messages={"invalid_choice": "Kies ja, nee of nog niet bekend."},
    )


class VoorbereidingForm(forms.Form):
    """The preparation list (R28). `versie`: of the list, when the form was shown (D23)."""

    coordinator = RegelField(label=PUNTEN["coordinator"], max_length=120, required=False)
    eherkenning = with_hulp(
        _ja_nee("eherkenning"),
        "Vraag dit na bij uw bestuur. Is er al een middel met niveau EH3, dan is een nieuw middel niet nodig: alleen "
        "de machtiging voor Mijn DUO moet er nog bij.",
    )
    machtigingenbeheerder = with_hulp(
        _ja_nee("machtigingenbeheerder"),
        "De machtigingenbeheerder vraagt de middelen aan bij een leverancier en regelt de machtigingen.",
    )
    toegang = with_hulp(
        forms.CharField(
            label=PUNTEN["toegang"], max_length=1_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
        ),
        "Een middel is persoonlijk. Noem functies of afdelingen. Namen staan al in de lijst met gebruikers.",
    )
    geinformeerd = with_hulp(
        _ja_nee("geinformeerd"), "De machtigingenbeheerder heeft gegevens van hen nodig voor de aanvraag."
    )
    niveau = _ja_nee("niveau")
    levertijd = with_hulp(
        RegelField(label=PUNTEN["levertijd"], max_length=200, required=False),
        "Vraag de leverancier hoe lang het duurt, en reken terug vanaf de dag waarop tokens ophouden.",
    )
    versie = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.forms import with_hulp
from planning.models import Token


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

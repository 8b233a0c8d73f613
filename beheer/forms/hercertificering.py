from collections.abc import Sequence
from typing import Any

from django import forms

from beheer.models import Beoordeling

KEUZES = [
    ("", "Kies later"),
    (Beoordeling.Antwoord.BEHOUDEN, "Behouden"),
    (Beoordeling.Antwoord.INGETROKKEN, "Intrekken"),
    (Beoordeling.Antwoord.ONBEKEND, "Ken ik niet"),
]


class BeoordelenForm(forms.Form):
    """An answer for each grant on the page; empty: later."""

    def __init__(self, *args: Any, rijen: Sequence[Beoordeling], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rij in rijen:
            naam = f"Antwoord voor {rij.autorisatie.account}, {rij.autorisatie.rol}"
            self.fields[f"rij_{rij.pk}"] = forms.ChoiceField(
                label=naam,
                choices=KEUZES,
                required=False,
                error_messages={"invalid_choice": f"Kies bij {rij.autorisatie.account} een antwoord uit de lijst."},
            )

    def antwoorden(self) -> dict[int, str]:
        """The beoordelingen that got an answer."""
        return {int(naam.removeprefix("rij_")): value for naam, value in self.cleaned_data.items() if value}

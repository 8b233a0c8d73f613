from collections.abc import Sequence
from typing import Any

from django import forms

from beheer.models import Beoordeling
from beheer.rules.hercertificering import stand_of

KEUZES = [
    ("", "Kies later"),
    (Beoordeling.Antwoord.BEHOUDEN, "Behouden"),
    (Beoordeling.Antwoord.INGETROKKEN, "Intrekken"),
    (Beoordeling.Antwoord.ONBEKEND, "Ken ik niet"),
]


class BeoordelenForm(forms.Form):
    """An answer for each grant on the page; empty: later. Each grant comes with what was shown of it (D23)."""

    def __init__(self, *args: Any, rijen: Sequence[Beoordeling], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standen = {
            rij.pk: stand_of(rij.kenmerken, rij.autorisatie.tot)  # type: ignore[attr-defined]  # to_judge adds it
            for rij in rijen
        }
        for rij in rijen:
            naam = f"Antwoord voor {rij.autorisatie.account}, {rij.autorisatie.rol}"
            self.fields[f"rij_{rij.pk}"] = forms.ChoiceField(
                label=naam,
                choices=KEUZES,
                required=False,
                error_messages={"invalid_choice": f"Kies bij {rij.autorisatie.account} een antwoord uit de lijst."},
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for pk, stand in self.standen.items():
            if data.get(f"rij_{pk}") and self.data.get(f"stand_{pk}") != stand:
                self.add_error(
                    f"rij_{pk}", "Deze rol is intussen gewijzigd. Bekijk opnieuw waarvoor die geldt, en kies dan."
                )
        return data

    def antwoorden(self) -> dict[int, str]:
        """The beoordelingen that got an answer."""
        return {int(naam.removeprefix("rij_")): value for naam, value in self.cleaned_data.items() if value}

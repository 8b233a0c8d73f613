from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.formats import date_format

from accounts.forms import with_hulp
from beheer.forms import RegelField
from koppeling.rules import CODE_VOORUIT, next_werkdag

NU: Final = "nu"
WERKDAG: Final = "werkdag"
MOMENT: Final = "moment"


class CodeForm(forms.Form):
    """Requesting a code once, now or for later (R07); gives `verzenden_op`, None for now.

    `vorige` is the mail with a code that the page knew of, 0 for none.
    """

    vorige = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    wanneer = forms.ChoiceField(
        label="Wanneer moet de code worden verstuurd?", widget=forms.RadioSelect, required=False
    )
    moment = with_hulp(
        forms.DateTimeField(
            label="Ander moment",
            required=False,
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M"],
            error_messages={"invalid": "Vul een datum en tijd in die bestaan, bijvoorbeeld 02-03-2026 09:00."},
            widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "smal"}, format="%Y-%m-%dT%H:%M"),
        ),
        f"Alleen nodig als u een ander moment kiest. Hoogstens {CODE_VOORUIT.days} dagen vooruit. De gebruiker heeft "
        "vanaf dat moment 24 uur de tijd.",
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.werkdag = next_werkdag(now)
        dag = date_format(self.werkdag, "l j F")
        self.fields["wanneer"].choices = [  # type: ignore[attr-defined]  # a choice field
            (NU, "Nu meteen"),
            (WERKDAG, f"Op de volgende werkdag: {dag} om 8.00 uur"),
            (MOMENT, "Op een ander moment"),
        ]
        self.fields["wanneer"].initial = NU

    def clean(self) -> dict[str, Any]:
        """Work out `verzenden_op`. A moment that is filled in and not chosen is asked about."""
        data = self.cleaned_data
        wanneer, moment = data.get("wanneer") or NU, data.get("moment")
        data["verzenden_op"] = {WERKDAG: self.werkdag, MOMENT: moment}.get(wanneer)
        if "moment" in self.errors:
            return data
        if moment is None:
            if wanneer == MOMENT:
                self.add_error("moment", "Vul in wanneer de code moet worden verstuurd.")
        elif wanneer == MOMENT:
            if not self.now < moment <= self.now + CODE_VOORUIT:
                self.add_error("moment", f"Kies een moment dat nog komt, hoogstens {CODE_VOORUIT.days} dagen vooruit.")
        else:
            self.add_error("wanneer", "U vulde een ander moment in. Kies ‘Op een ander moment’, of maak dat veld leeg.")
        return data


class WeigerForm(forms.Form):
    """Why somebody does not get the code he asked for; he reads it in the mail."""

    reden = RegelField(
        label="Reden",
        max_length=200,
        help_text="De gebruiker leest deze reden in een e-mail.",
        error_messages={"required": "Vul in waarom u geen code geeft."},
    )

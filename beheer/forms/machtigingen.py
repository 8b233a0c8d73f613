from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.forms import with_hulp
from accounts.models import Kenmerk, Machtiging
from accounts.rules import is_kvk_nummer, normalise_kenmerk
from autorisatie.models import Rol

DATUM = {"type": "date"}


def _day(label: str, verplicht: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs=DATUM, format="%Y-%m-%d"),
        error_messages={"required": verplicht, "invalid": "Vul een datum in, bijvoorbeeld 31-12-2026."},
    )


class MachtigingForm(forms.Form):
    """A machtiging as it is prepared or stands on paper (R30): for whom, for what, from when to when.

    soorten, rollen and kenmerken are what who gives it can choose from.
    """

    soort = forms.ChoiceField(
        label="Soort machtiging",
        widget=forms.RadioSelect,
        error_messages={"required": "Kies een soort machtiging."},
    )
    code = with_hulp(
        forms.CharField(
            label="Code van de andere organisatie",
            max_length=20,
            error_messages={"required": "Vul de code van de andere organisatie in."},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        "De instellingscode (BRIN), het bestuursnummer, de gemeentecode of het nummer van DUO. Vraag de andere "
        "organisatie om deze code en om haar KVK-nummer.",
    )
    kvk_nummer = forms.CharField(
        label="KVK-nummer van de andere organisatie",
        max_length=20,
        error_messages={"required": "Vul het KVK-nummer van de andere organisatie in."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    rollen = forms.ModelMultipleChoiceField(
        Rol.objects.none(),
        label="Voor welke rollen",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Kies minstens één rol."},
    )
    kenmerken = forms.ModelMultipleChoiceField(
        Kenmerk.objects.none(),
        label="Voor welke kenmerken",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Kies minstens één kenmerk."},
    )
    van = _day("Eerste dag", "Vul de eerste dag in.")
    tot_en_met = _day("Laatste dag", "Vul de laatste dag in. Een machtiging heeft altijd een einde.")

    def __init__(
        self,
        *args: Any,
        soorten: Sequence[Machtiging.Soort],
        rollen: QuerySet[Rol],
        kenmerken: QuerySet[Kenmerk],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        soort = self.fields["soort"]
        soort.choices = [(one.value, one.label) for one in soorten]  # type: ignore[attr-defined]  # a choice field
        soort.initial = soorten[0] if len(soorten) == 1 else None
        for name, choices in (("rollen", rollen), ("kenmerken", kenmerken)):
            self.fields[name].queryset = choices  # type: ignore[attr-defined]  # a model choice field

    def clean_code(self) -> str:
        return normalise_kenmerk(self.cleaned_data["code"])

    def clean_kvk_nummer(self) -> str:
        kvk = normalise_kenmerk(self.cleaned_data["kvk_nummer"])
        if not is_kvk_nummer(kvk):
            raise forms.ValidationError("Vul een KVK-nummer van 8 cijfers in, bijvoorbeeld 12345678.")
        return kvk

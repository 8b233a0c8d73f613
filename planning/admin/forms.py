from typing import Any

from django import forms
from django.utils import timezone

from beheer.admin.forms import RedenForm
from beheer.forms import RegelField
from planning.models import Overstap, Uitzondering
from planning.rules.overstap import MET_NIEUW_EINDE, Dagen, Zet, check_uitzondering


class DagField(forms.DateField):
    """A day, picked or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ZetForm(RedenForm):
    """Why an overstap is moved; after a pause or a rollback also until when tokens work."""

    einde_token = DagField(
        label="Eerste dag zonder token",
        help_text="Tot deze dag kunnen mensen met hun token inloggen.",
        error_messages={"required": "Kies tot welke dag tokens werken.", "invalid": "Kies een dag."},
    )

    def __init__(self, *args: Any, zet: Zet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if zet not in MET_NIEUW_EINDE:
            del self.fields["einde_token"]


class DagenForm(RedenForm):
    """The days on which an overstap moves by itself."""

    aankondigen_op = DagField(label="Aankondigen op", required=False)
    openen_op = DagField(label="Openen op", required=False)
    einde_token = DagField(
        label="Eerste dag zonder token",
        required=False,
        help_text="Op deze dag is de overstap klaar. De dag ervoor is de laatste dag waarop een token werkt.",
    )

    per_dag = forms.IntegerField(
        label="Organisaties per dag",
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="Zo veel organisaties krijgen per dag de aankondiging, en later het bericht dat zij kunnen "
        "overstappen. Leeg: allemaal tegelijk.",
    )

    field_order = ["aankondigen_op", "openen_op", "einde_token", "per_dag", "toelichting"]

    @property
    def dagen(self) -> Dagen:
        """What was filled in."""
        return Dagen(**{veld: self.cleaned_data[veld] for veld in ("aankondigen_op", "openen_op", "einde_token")})


class OverstapForm(forms.ModelForm[Overstap]):
    """Which soort, and for which portaal: the rest is done on the overstap's own page."""

    class Meta:
        model = Overstap
        fields = ["soort", "portaal"]


class UitzonderingForm(forms.ModelForm[Uitzondering]):
    """Which organisatie may keep its tokens for which portaal, until when, and why."""

    tot = DagField(label="Eerste dag zonder token", help_text="De dag ervoor is de laatste dag waarop een token werkt.")
    reden = RegelField(
        label="Reden",
        max_length=400,
        help_text="Noem geen namen van personen.",
        error_messages={"required": "Vul in waarom u dit doet."},
    )

    class Meta:
        model = Uitzondering
        fields = ["organisatie", "portaal", "tot", "reden"]

    def clean_tot(self) -> Any:
        tot = self.cleaned_data["tot"]
        if fout := check_uitzondering(tot, timezone.localdate()):
            raise forms.ValidationError(fout)
        return tot

from typing import Any, Final

from django import forms

from accounts.forms import with_hulp
from accounts.models import Kenmerk
from autorisatie.models import Rol
from beheer.forms import RegelField, laatste_dag
from beheer.rules import read_ids
from beheer.rules.vakken import HOOGSTENS_VAKKEN, Vak, read_vakken

HOOGSTENS_GEBRUIKERS: Final = 10_000
AANGEVINKT: Final = (
    "Geldt wat u nu aanvinkt maar voor een tijd? Vul dan de laatste dag in. Die geldt voor ieder vakje dat u erbij "
    "aanvinkt. Wat er al stond, houdt zijn eigen einddatum. Leeg: geen einddatum."
)


class VakkenField(forms.CharField):
    """Boxes as hidden text, `account:rol:kenmerk` with commas between; cleaned to a set."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=60 * HOOGSTENS_VAKKEN, widget=forms.HiddenInput)

    def clean(self, value: Any) -> frozenset[Vak]:
        return read_vakken(super().clean(value).split(","))


class EindeForm(forms.Form):
    """Until when what is ticked in a matrix holds."""

    tot = laatste_dag("Laatste dag van wat u aanvinkt", AANGEVINKT)


class MatrixForm(EindeForm):
    """A matrix as it was posted. `basis` is which boxes were ticked when it was shown: the rest is what she changed."""

    basis = VakkenField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "basis" in cleaned:
            ticked = read_vakken(self.data.getlist("vak"))  # type: ignore[attr-defined]  # a QueryDict
            cleaned |= {"erbij": ticked - cleaned["basis"], "eraf": cleaned["basis"] - ticked}
        return cleaned


class PlanForm(forms.Form):
    """The confirmation of a plan: `stand` names what was shown (D23). She answers for the right persons (R04)."""

    stand = forms.CharField(max_length=64, widget=forms.HiddenInput)
    juiste_persoon = forms.BooleanField(
        label="Ik heb gecontroleerd dat dit de juiste personen zijn, en dat zij deze rollen nodig hebben voor hun werk",
        error_messages={"required": "Controleer of dit de juiste personen zijn en vink dit aan."},
    )

    def __init__(self, *args: Any, privacygevoelig: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not privacygevoelig:
            del self.fields["juiste_persoon"]


class WijzigingForm(EindeForm):
    """What she changed in a matrix, kept in the confirmation."""

    erbij = VakkenField()
    eraf = VakkenField()


class IdsField(forms.CharField):
    """Primary keys as text with commas between; cleaned to a list without doubles, in order."""

    def clean(self, value: Any) -> list[int]:
        return sorted(set(read_ids(super().clean(value).split(",")[:HOOGSTENS_GEBRUIKERS])))


class MassaForm(forms.Form):
    """Giving or withdrawing one rol for many: which kenmerken, and until when. Whom is chosen in the list."""

    kenmerken = forms.TypedMultipleChoiceField(
        label="Kenmerken", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    tot = laatste_dag()

    def __init__(self, *args: Any, rol: Rol, kenmerken: list[Kenmerk], geven: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        veld = self.fields["kenmerken"]
        veld.choices = [(kenmerk.pk, f"{kenmerk.get_soort_display()} {kenmerk}") for kenmerk in kenmerken]  # type: ignore[attr-defined]
        if not geven:
            del self.fields["tot"]
            veld.help_text = "Kiest u geen kenmerk? Dan trekt u de hele rol in."
        if not rol.kenmerksoorten or not (kenmerken or geven):  # without any left, the whole rol is what one withdraws
            del self.fields["kenmerken"]
        elif geven:
            veld.required = True
            veld.error_messages["required"] = "Kies minstens één kenmerk. Zonder kenmerk opent deze rol niets."


class KiesForm(forms.Form):
    """The filters above the list of people: by name, and by a rol that they have or lack."""

    q = RegelField(
        label="Zoek op naam",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    rol = forms.ChoiceField(label="Met de rol", required=False)

    def __init__(self, *args: Any, rollen: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rol"].choices = [("", "Alle rollen"), *rollen]  # type: ignore[attr-defined]  # a choice field


class CollegaForm(forms.Form):
    """Whose rollen are copied."""

    collega = with_hulp(
        forms.TypedChoiceField(
            label="Collega", coerce=int, error_messages={"required": "Kies van wie u de rollen overneemt."}
        ),
        "U kiest iemand van uw organisatie die al rollen heeft. U ziet eerst welke rollen en kenmerken u overneemt. "
        "Wat de gebruiker al heeft, blijft staan.",
    )

    def __init__(self, *args: Any, collegas: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collega"].choices = [("", "Kies een collega"), *collegas]  # type: ignore[attr-defined]


class VoorstelForm(forms.Form):
    """Deciding on what a colleague asks for herself (D22). Refusing takes a reason; her own one can only take back."""

    besluit = forms.ChoiceField(
        label="Wat besluit u?",
        choices=[("akkoord", "Akkoord: geef deze rollen"), ("afwijzen", "Afwijzen")],
        error_messages={"required": "Kies wat u besluit."},
        widget=forms.RadioSelect,
    )
    reden = RegelField(label="Reden", max_length=400, required=False, help_text="Wijst u het af? Vertel dan waarom.")

    def __init__(self, *args: Any, eigen: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if eigen:
            self.fields["besluit"] = forms.ChoiceField(
                choices=[("intrekken", "")], initial="intrekken", widget=forms.HiddenInput
            )
            self.fields["reden"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("besluit") == "afwijzen" and not cleaned.get("reden"):
            self.add_error("reden", "Vul in waarom u het afwijst.")
        return cleaned

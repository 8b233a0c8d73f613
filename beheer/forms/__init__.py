from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone

from accounts.forms import with_hulp
from accounts.models import Account, AccountQuerySet, Kenmerk
from accounts.rules import (
    GEGEVENS,
    ONLEESBAAR,
    check_gegeven,
    is_gebruikersnaam,
    normalise_gebruikersnaam,
    normalise_regel,
)
from autorisatie.models import Rol
from autorisatie.rules import end_of_day
from beheer.rules import HOOGSTENS_BRIEVEN, LOGACTOREN
from beheer.rules.trechter import NAMEN
from koppeling.rules import Reden
from verantwoording.rules import normalise_foutreferentie

EINDE_HOOGSTENS: Final = timedelta(days=3653)
REDENEN: Final = {
    Reden.VERLOREN: "Kwijt",
    Reden.GESTOLEN: "Gestolen",
    Reden.DEFECT: "Kapot",
}


class RegelField(forms.CharField):
    """One line of readable text (`normalise_regel`), without control or invisible signs."""

    def to_python(self, value: Any) -> str:
        text = normalise_regel(super().to_python(value) or "")
        if not text.isprintable():
            raise forms.ValidationError(ONLEESBAAR)
        return text


class GegevenField(RegelField):
    """One line about a person, judged by the rules that judge a row of a file too (`accounts.rules.GEGEVENS`)."""

    def __init__(self, veld: str, label: str, **kwargs: Any) -> None:
        self._veld = veld
        lengte, verplicht = GEGEVENS[veld]
        super().__init__(label=label, required=verplicht != "", max_length=lengte, **kwargs)

    def validate(self, value: str) -> None:
        fout = check_gegeven(self._veld, value)
        if fout:
            raise forms.ValidationError(fout)


def regel(label: str, veld: str, *, hulp: str = "", **attrs: str) -> GegevenField:
    """A field for one line about a person."""
    field = GegevenField(veld, label, widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}))
    return with_hulp(field, hulp) if hulp else field


class GegevensForm(forms.Form):
    """What a beheerder fills in about a gebruiker (R04)."""

    voornaam = regel("Voornaam", "voornaam")
    tussenvoegsel = regel("Tussenvoegsel", "tussenvoegsel")
    achternaam = regel("Achternaam", "achternaam")
    email = with_hulp(
        GegevenField("email", "E-mailadres", widget=forms.EmailInput(attrs={"autocomplete": "off"})),
        "Naar dit adres gaan de bevestiging en de activatiecode. Gebruik het eigen werkadres van de gebruiker, geen "
        "gedeelde postbus: wie de code leest, kan hem gebruiken.",
    )
    telefoon = regel("Telefoonnummer", "telefoon", type="tel")
    functie = regel("Functie", "functie")
    werkgever = regel(
        "Werkgever, als dat een andere organisatie is",
        "werkgever",
        hulp="Vul dit alleen in als de gebruiker bij een andere organisatie in dienst is, bijvoorbeeld bij een "
        "administratiekantoor of bij een buurgemeente.",
    )


class AanmeldenForm(GegevensForm):
    """Registering somebody: the beheerder also answers for the middel (R04)."""

    middel_bevestigd = with_hulp(
        forms.BooleanField(
            label="Deze persoon heeft een eigen eHerkenningsmiddel met niveau EH3 of hoger. Het middel heeft een "
            "machtiging voor de dienst ‘Mijn DUO voor zakelijke klanten’.",
            error_messages={
                "required": "Controleer het middel en vink dit aan. Zonder middel kan de gebruiker niet inloggen."
            },
        ),
        "Een middel is persoonlijk: collega’s mogen het niet delen. De leverancier verkoopt het middel. De "
        "machtigingenbeheerder van uw organisatie regelt de machtiging bij de leverancier.",
    )


class WijzigenForm(GegevensForm):
    """Changing somebody's data; `versie` is that of the data it was shown with (D23).

    Her own e-mail address a beheerder changes at Mijn gegevens, where she confirms it (R23).
    """

    versie = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    zelfde_persoon = forms.BooleanField(
        label="Het is dezelfde persoon, met een andere naam",
        error_messages={
            "required": "U wijzigt de hele naam. Een account hoort bij één persoon. Komt er iemand anders? Beëindig "
            "dan dit account en meld de nieuwe persoon aan. Is het dezelfde persoon? Vink dit dan aan."
        },
    )

    def __init__(self, *args: Any, eigen: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self._other_name():
            del self.fields["zelfde_persoon"]
        if eigen:
            self.fields["email"].disabled = True
            self.fields["email"].help_text = "Uw eigen e-mailadres wijzigt u bij Mijn gegevens."

    def _other_name(self) -> bool:
        """Whether both names were typed over: that may well be somebody else in the same job."""
        return self.is_bound and all(
            normalise_regel(self.data.get(veld, "")).casefold() != self.initial[veld].casefold()
            for veld in ("voornaam", "achternaam")
        )


class ZoekForm(forms.Form):
    """The filters of the list, in the address: a name and a stand. Never a gebruikersnaam (D6)."""

    q = RegelField(
        label="Zoek op naam",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    stand = forms.ChoiceField(
        label="Stand",
        required=False,
        choices=[("", "Alle, behalve beëindigd"), *((stand.value, naam) for stand, naam in NAMEN.items())],
    )

    def clean_q(self) -> str:
        q: str = self.cleaned_data["q"]
        if is_gebruikersnaam(normalise_gebruikersnaam(q)):
            raise forms.ValidationError("Dit is een gebruikersnaam. Zoek die met het andere zoekveld.")
        return q


class GebruikersnaamForm(forms.Form):
    """Looking somebody up by gebruikersnaam: posted, so that it stands in no address and no log (D6)."""

    gebruikersnaam = with_hulp(
        forms.CharField(
            label="Zoek op gebruikersnaam",
            max_length=40,
            error_messages={"required": "Vul de gebruikersnaam in."},
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        ),
        "De gebruikersnaam staat in de brief van de gebruiker. Hij begint met MD. Hoofdletters, spaties en streepjes "
        "maken niet uit.",
    )


class LaatsteDagField(forms.DateField):
    """The last day on which a rol holds; cleaned to the moment at which that day is over in Amsterdam (D18)."""

    def clean(self, value: Any) -> datetime | None:
        day: date | None = super().clean(value)
        if day is None:
            return None
        if not timezone.localdate() <= day <= timezone.localdate() + EINDE_HOOGSTENS:
            raise forms.ValidationError("Kies vandaag of een dag daarna, hoogstens tien jaar vooruit.")
        return end_of_day(day)


VAN_DE_ROL: Final = (
    "Weet u tot wanneer iemand de rol nodig heeft, bijvoorbeeld bij een tijdelijk contract? Vul dan de laatste dag "
    "in. De dag daarna opent de rol niets meer. U hoeft dan niets te doen. Leeg: geen einddatum."
)


def laatste_dag(label: str = "Laatste dag", hulp: str = VAN_DE_ROL) -> LaatsteDagField:
    """The field for the end of a rol, or of it for one kenmerk (D20)."""
    field = LaatsteDagField(
        label=label,
        required=False,
        error_messages={"invalid": "Kies een dag, bijvoorbeeld 31-12-2027."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    return with_hulp(field, hulp)


class BrievenForm(forms.Form):
    """For whom letters are made or handed over (R05): who was ticked on the page, of the gebruikers given."""

    gebruikers = forms.ModelMultipleChoiceField(
        queryset=Account.objects.none(),
        error_messages={
            "required": "Kies eerst een of meer gebruikers.",
            "invalid_choice": "Een van de gekozen gebruikers is er niet meer. Kies opnieuw.",
            "invalid_pk_value": "Een van de gekozen gebruikers is er niet meer. Kies opnieuw.",
        },
    )

    def __init__(self, *args: Any, gebruikers: AccountQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gebruikers"].queryset = gebruikers  # type: ignore[attr-defined]  # a choice of models

    def clean_gebruikers(self) -> list[Account]:
        chosen = list(self.cleaned_data["gebruikers"])
        if len(chosen) > HOOGSTENS_BRIEVEN:
            raise forms.ValidationError(
                f"U koos {len(chosen)} gebruikers. Kies er hoogstens {HOOGSTENS_BRIEVEN} per keer. Doe de rest daarna."
            )
        return chosen


VAN_EEN_KENMERK: Final = (
    "Geldt de rol voor dit kenmerk korter dan voor de andere? Vul dan de laatste dag in. Leeg: zo lang als de rol."
)


class RolForm(forms.Form):
    """For which kenmerken somebody gets a rol (R04). `stand` is the grant as it was shown (D23)."""

    stand = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    kenmerken = with_hulp(
        forms.TypedMultipleChoiceField(
            label="Kenmerken",
            coerce=int,
            error_messages={"required": "Kies minstens één kenmerk. Zonder kenmerk opent deze rol niets."},
            widget=forms.CheckboxSelectMultiple,
        ),
        "Een kenmerk zegt waarvoor de gebruiker de rol mag gebruiken, bijvoorbeeld voor één school. U kiest uit de "
        "kenmerken die bij uw organisatie horen.",
    )
    tot = laatste_dag()
    juiste_persoon = forms.BooleanField(
        error_messages={"required": "Controleer of dit de juiste persoon is en vink dit aan."}
    )

    def __init__(
        self,
        *args: Any,
        rol: Rol,
        naam: str,
        kenmerken: Iterable[Kenmerk],
        gegeven: Sequence[Kenmerk] = (),
        **kwargs: Any,
    ) -> None:
        """gegeven: the kenmerken for which it was given already; each of them can get an end of its own."""
        super().__init__(*args, **kwargs)
        self._gegeven = gegeven
        for kenmerk in gegeven:
            self.fields[f"tot_{kenmerk.pk}"] = laatste_dag(f"Laatste dag van {kenmerk}", VAN_EEN_KENMERK)
        self.order_fields([name for name in self.fields if name != "juiste_persoon"])  # what she vouches for comes last
        if rol.kenmerksoorten:
            choices = [(kenmerk.pk, f"{kenmerk.get_soort_display()} {kenmerk}") for kenmerk in kenmerken]
            self.fields["kenmerken"].choices = choices  # type: ignore[attr-defined]  # a choice field
        else:
            del self.fields["kenmerken"]
        if rol.privacygevoelig:
            self.fields[
                "juiste_persoon"
            ].label = (
                f"Ik heb gecontroleerd dat dit de juiste persoon is, en dat {naam} deze rol nodig heeft voor het werk"
            )
        else:
            del self.fields["juiste_persoon"]

    @property
    def einden(self) -> dict[int, datetime]:
        """The kenmerken with an end of their own, once the form is valid."""
        ends = {kenmerk.pk: self.cleaned_data[f"tot_{kenmerk.pk}"] for kenmerk in self._gegeven}
        return {pk: tot for pk, tot in ends.items() if tot is not None}


class IntrekkenForm(forms.Form):
    """Withdrawing a rol as it was shown (D23)."""

    stand = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class OntkoppelForm(forms.Form):
    """Why a middel is unlinked (R19); `koppeling` is the one the page showed."""

    koppeling = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reden = with_hulp(
        forms.ChoiceField(
            label="Reden",
            choices=[(reden.value, naam) for reden, naam in REDENEN.items()],
            error_messages={"required": "Kies wat er met het middel is."},
            widget=forms.RadioSelect,
        ),
        "Een middel dat gestolen is, wordt ook geblokkeerd. Niemand kan er dan nog mee inloggen op Mijn DUO, tot een "
        "tweede persoon de blokkade opheft.",
    )


class ToelichtingForm(forms.Form):
    """Why something is done to somebody; it stands in the log, which he can read too (R33)."""

    reden = RegelField(
        label="Reden",
        max_length=200,
        help_text="De reden komt in het logboek. De gebruiker kan die lezen.",
        error_messages={"required": "Vul in waarom u dit doet."},
    )


class LogboekForm(forms.Form):
    """The filters of the log. `voor` is the id of the line from which to read back."""

    groep = forms.ChoiceField(label="Wat", required=False)
    persoon = forms.TypedChoiceField(label="Over of door", required=False, coerce=int, empty_value=None)
    door = forms.ChoiceField(label="Gedaan door", required=False, choices=[("", "Iedereen"), *LOGACTOREN.items()])
    van = forms.DateField(
        label="Vanaf",
        required=False,
        error_messages={"invalid": "Vul een datum in, bijvoorbeeld 31-12-2026."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    tot = forms.DateField(
        label="Tot en met",
        required=False,
        error_messages={"invalid": "Vul een datum in, bijvoorbeeld 31-12-2026."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    voor = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, groepen: list[tuple[str, str]], personen: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        groep, persoon = self.fields["groep"], self.fields["persoon"]
        groep.choices = [("", "Alles"), *groepen]  # type: ignore[attr-defined]  # a choice field
        persoon.choices = [("", "Iedereen"), *personen]  # type: ignore[attr-defined]  # a choice field


class FoutreferentieForm(forms.Form):
    """The reference that stood on the page of a refusal (R16)."""

    referentie = with_hulp(
        forms.CharField(
            label="Foutreferentie",
            max_length=20,
            error_messages={"required": "Vul de foutreferentie in."},
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        ),
        "De foutreferentie staat op de pagina die de gebruiker zag toen inloggen niet lukte. Bijvoorbeeld F7K2-9MQX.",
    )

    def clean_referentie(self) -> str:
        """In the form in which it was shown; what cannot be a reference is looked up as nothing."""
        return normalise_foutreferentie(self.cleaned_data["referentie"])

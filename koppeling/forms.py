from django import forms

from accounts.forms import with_hulp
from koppeling.rules import CODE_LENGTE, normalise_typed


class VoorbereidingForm(forms.Form):
    """Step 2 (manual 1.2): one has both things at hand."""

    gebruikersnaam = forms.BooleanField(
        label="Ik heb mijn gebruikersnaam. Die staat in de brief van mijn beheerder.",
        error_messages={"required": "Zet een vinkje als u uw gebruikersnaam hebt. Anders kunt u nog niet koppelen."},
    )
    activatiecode = forms.BooleanField(
        label="Ik heb een activatiecode die nog geldig is. Die kreeg ik per e-mail.",
        error_messages={"required": "Zet een vinkje als u een geldige activatiecode hebt. Vraag hem anders eerst aan."},
    )


class PrivacyForm(forms.Form):
    """Step 3 (manual 1.2): log in with what was handed out to this person, and the privacyverklaring."""

    toegewezen = forms.BooleanField(
        label="Ik log in met de gebruikersnaam en de activatiecode die aan mij zijn gegeven.",
        error_messages={"required": "Zet een vinkje. U mag alleen uw eigen gebruikersnaam en code gebruiken."},
    )
    privacy = forms.BooleanField(
        label="Ik ga akkoord met de privacyverklaring.",
        error_messages={"required": "Zet een vinkje als u akkoord gaat. Zonder akkoord kunt u niet verder."},
    )


class VoorwaardenForm(forms.Form):
    """Step 4 (manual 1.2): the gebruikersvoorwaarden."""

    voorwaarden = forms.BooleanField(
        label="Ik heb de gebruikersvoorwaarden gelezen en ga ermee akkoord.",
        error_messages={"required": "Zet een vinkje als u akkoord gaat. Zonder akkoord kunt u niet verder."},
    )


class EenmaligeInvoer(forms.TextInput):
    """A text field that never shows again what was typed in it."""

    def format_value(self, value: object) -> None:
        return None


class GegevensForm(forms.Form):
    """Step 5 (manual 1.2). Checks that something was typed, never whether it exists: that is the service's (R10)."""

    gebruikersnaam = with_hulp(
        forms.CharField(
            label="Gebruikersnaam",
            max_length=60,
            help_text="De gebruikersnaam uit de brief van uw beheerder.",
            error_messages={"required": "Vul de gebruikersnaam uit uw brief in."},
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "code"}),
        ),
        "De gebruikersnaam begint met de letters MD en staat in de brief die u van uw beheerder kreeg. "
        "Dit is niet de gebruikersnaam van uw eHerkenningsmiddel.",
    )
    activatiecode = with_hulp(
        forms.CharField(
            label="Activatiecode",
            max_length=60,
            help_text="10 tekens. Streepjes, spaties en kleine letters maken niet uit.",
            error_messages={"required": "Vul de activatiecode uit de e-mail in."},
            widget=EenmaligeInvoer(
                attrs={
                    "autocomplete": "one-time-code",
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                    "class": "code",
                }
            ),
        ),
        "De activatiecode staat in de e-mail van Mijn DUO en is 24 uur geldig. "
        "Is de code verlopen? Vraag uw beheerder om een nieuwe.",
    )

    def clean_activatiecode(self) -> str:
        """The code as it is compared. A code of another length can't be right, so it costs no try."""
        code = normalise_typed(self.cleaned_data["activatiecode"])
        if len(code) != CODE_LENGTE:
            raise forms.ValidationError(
                f"Een activatiecode heeft {CODE_LENGTE} tekens. Controleer wat u hebt ingevuld."
            )
        return code


class CodeVragenForm(forms.Form):
    """Asking for an activatiecode (R07). Checks that something was typed, never whether it exists."""

    gebruikersnaam = with_hulp(
        forms.CharField(
            label="Gebruikersnaam",
            max_length=60,
            help_text="De gebruikersnaam uit de brief van uw beheerder.",
            error_messages={"required": "Vul de gebruikersnaam uit uw brief in."},
            widget=EenmaligeInvoer(attrs={"autocomplete": "off", "spellcheck": "false", "class": "code"}),
        ),
        "De gebruikersnaam begint met de letters MD. Hebt u nog geen brief? Vraag hem aan uw beheerder.",
    )


class KiesAccountForm(forms.Form):
    """Which of the accounts on this middel to work with (R08, D5)."""

    koppeling = forms.IntegerField(min_value=1)

from django import forms

from accounts.forms import with_hulp

TELEFOON = r"\+?[0-9][0-9 ()-]{6,18}[0-9]"


class MijnGegevensForm(forms.Form):
    """What one keeps up to date oneself (R23). `versie`: of the account, when the form was shown (D23)."""

    email = with_hulp(
        forms.EmailField(
            label="E-mailadres",
            max_length=254,
            help_text="Een nieuw adres telt pas als u het hebt bevestigd.",
            error_messages={
                "required": "Vul uw e-mailadres in.",
                "invalid": "Vul een e-mailadres in, bijvoorbeeld naam@school.example.",
            },
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        ),
        "Op dit adres krijgt u berichten over uw account, ook uw activatiecode. Gebruik daarom een adres dat alleen "
        "u leest. "
        "Wijzigt u het? Dan sturen we een link naar het nieuwe adres, en een bericht naar het oude.",
    )
    telefoon = forms.RegexField(
        TELEFOON,
        label="Telefoonnummer",
        required=False,
        max_length=20,
        error_messages={"invalid": "Vul een telefoonnummer in met cijfers, bijvoorbeeld 050 123 45 67."},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "smal"}),
    )
    functie = with_hulp(
        forms.CharField(
            label="Functie",
            required=False,
            max_length=120,
            widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        ),
        "Wat u doet bij uw organisatie, bijvoorbeeld administratief medewerker. Uw functie bepaalt niet wat u mag: "
        "daarvoor krijgt u rollen van uw beheerder.",
    )
    versie = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

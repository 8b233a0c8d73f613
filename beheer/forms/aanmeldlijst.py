from typing import Any

from django import forms

from accounts.forms import with_hulp


class BestandForm(forms.Form):
    """A CSV or XLSX. What it is, its content says; the name of the file is not looked at."""

    bestand = with_hulp(
        forms.FileField(
            label="Bestand (CSV of XLSX)",
            allow_empty_file=True,
            max_length=None,
            error_messages={"required": "Kies een bestand."},
            widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        ),
        "Hoogstens 10.000 rijen en 2 MB. In de eerste rij staan de namen van de kolommen.",
    )


class BevestigLijstForm(forms.Form):
    """Registering everybody of a list: the beheerder answers for all middelen, and for all persons (R04)."""

    middel_bevestigd = with_hulp(
        forms.BooleanField(
            label="Al deze personen hebben een eigen eHerkenningsmiddel met niveau EH3 of hoger. Elk middel heeft een "
            "machtiging voor de dienst ‘Mijn DUO voor zakelijke klanten’.",
            error_messages={"required": "Controleer de middelen en vink dit aan. Zonder middel kan niemand inloggen."},
        ),
        "Een middel is persoonlijk: collega’s mogen het niet delen. De leverancier verkoopt het middel. De "
        "machtigingenbeheerder van uw organisatie regelt de machtiging bij de leverancier.",
    )
    juiste_personen = forms.BooleanField(
        label="Ik heb gecontroleerd dat dit de juiste personen zijn, en dat zij deze rollen nodig hebben voor hun "
        "werk. Er zijn rollen bij die privacygevoelige gegevens laten zien.",
        error_messages={"required": "Controleer of dit de juiste personen zijn en vink dit aan."},
    )
    alleen_goede = forms.BooleanField(
        error_messages={"required": "Verbeter het bestand en upload het opnieuw, of vink aan dat u rijen overslaat."}
    )

    def __init__(self, *args: Any, goed: int, fout: int, privacygevoelig: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not privacygevoelig:
            del self.fields["juiste_personen"]
        if fout:
            rijen = "rij" if fout == 1 else "rijen"
            self.fields[
                "alleen_goede"
            ].label = f"Sla de {rijen} met een fout over ({fout}) en meld de andere aan ({goed})"
        else:
            del self.fields["alleen_goede"]

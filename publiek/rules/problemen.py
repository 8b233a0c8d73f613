"""What the page "Problemen met inloggen" says of each cause (R16), once. Pure."""

from typing import Final, NamedTuple


class Uitleg(NamedTuple):
    """What happened, and what the visitor can do about it: one sentence each line."""

    wat: str
    doen: tuple[str, ...]


class Probleem(NamedTuple):
    """A cause under its heading, with who can solve it."""

    kop: str
    wie: str
    uitleg: Uitleg


UITLEG: Final = {
    "geannuleerd": Uitleg(
        "U bent bij eHerkenning gestopt voordat u was ingelogd.",
        (
            "Begin opnieuw en maak het inloggen af.",
            "Werkt uw middel niet? Vraag de leverancier van uw middel om hulp.",
        ),
    ),
    "niveau_te_laag": Uitleg(
        "Uw middel heeft niveau EH1, EH2 of EH2+. Voor Mijn DUO hebt u niveau EH3 of hoger nodig.",
        (
            "Vraag uw machtigingenbeheerder of de leverancier om een upgrade naar EH3.",
            "Hebt u ook een middel van niveau EH3 of EH4? Log daarmee in.",
        ),
    ),
    "geen_dienstmachtiging": Uitleg(
        "Uw middel werkt, maar u bent niet gemachtigd voor de dienst ‘Mijn DUO voor zakelijke klanten’.",
        (
            "Vraag uw machtigingenbeheerder om een machtiging voor deze dienst. Dat gaat via de leverancier.",
            "U hebt daarvoor geen nieuw middel nodig.",
        ),
    ),
    "storing": Uitleg(
        "Mijn DUO en eHerkenning kunnen elkaar nu niet bereiken.",
        ("Wacht even en probeer het later opnieuw.", "U hoeft verder niets te doen: DUO lost dit op."),
    ),
    "ongeldig": Uitleg(
        "Het antwoord van eHerkenning klopte niet. Daarom hebben we u niet binnengelaten.",
        (
            "Begin opnieuw op de pagina Inloggen. Gebruik niet de knop Terug van uw browser.",
            "Gebeurt het weer? Neem contact op met DUO en noem de referentie.",
        ),
    ),
    "te_groot": Uitleg(
        "Het bericht van eHerkenning was te groot voor Mijn DUO.",
        ("Neem contact op met DUO en noem de referentie.",),
    ),
    "verlopen": Uitleg(
        "Het inloggen duurde te lang, of u begon in een andere browser of een ander tabblad.",
        ("Begin opnieuw op de pagina Inloggen en maak het inloggen meteen af.",),
    ),
    "middel_geblokkeerd": Uitleg(
        "Uw middel is gemeld als gestolen. Niemand kan er nu mee inloggen.",
        (
            "Neem contact op met uw beheerder.",
            "Is er toch niets gestolen? Dan heft een tweede persoon de blokkade op.",
        ),
    ),
    "machtiging_gestopt": Uitleg(
        "U werkte voor een andere organisatie. Die heeft de machtiging gestopt.",
        ("Vraag de beheerder van die organisatie of de machtiging terug moet komen.",),
    ),
    "account_geblokkeerd": Uitleg(
        "Uw beheerder heeft uw account tijdelijk geblokkeerd. Uw koppeling en uw rollen blijven bestaan.",
        (
            "Vraag uw beheerder waarom. Alleen een beheerder kan de blokkade opheffen.",
            "Is er geen andere beheerder die kan inloggen? Neem dan contact op met DUO.",
        ),
    ),
    "incident": Uitleg(
        "Er komen veel onbekende middelen binnen. Koppelen wacht tot DUO heeft gekeken wat er aan de hand is.",
        ("Probeer het later opnieuw. Wie al gekoppeld is, kan gewoon inloggen.",),
    ),
    "koppelen_geblokkeerd": Uitleg(
        "U hebt 5 keer een verkeerde combinatie van gebruikersnaam en activatiecode ingevuld.",
        (
            "Wacht 15 minuten. Daarna mag u het opnieuw proberen.",
            "Gebruik de gebruikersnaam uit de brief van uw beheerder, niet die van uw eHerkenningsmiddel.",
        ),
    ),
}
"""By the name of the cause in koppeling: a cause without words here fails a test."""

ANDERS: Final = (
    Probleem(
        "Uw middel werkt niet",
        "de leverancier van uw middel, of uw beheerder",
        Uitleg(
            "U komt bij eHerkenning niet verder met uw gebruikersnaam, wachtwoord of code.",
            (
                "Vraag de leverancier van uw middel om hulp.",
                "Is uw middel kapot, kwijt of gestolen? Meld het meteen aan uw beheerder: die ontkoppelt het.",
                "Met een nieuw middel koppelt u opnieuw. Vraag uw beheerder daarvoor om een activatiecode.",
            ),
        ),
    ),
    Probleem(
        "Uw middel is nog niet gekoppeld",
        "uzelf, met een activatiecode van uw beheerder",
        Uitleg(
            "eHerkenning kent u, maar Mijn DUO weet nog niet bij welk account uw middel hoort.",
            (
                "Koppel uw middel één keer. U hebt uw gebruikersnaam en een activatiecode nodig.",
                "Hebt u die niet? Vraag ze uw beheerder.",
            ),
        ),
    ),
    Probleem(
        "Uw koppeling is vervallen",
        "uw beheerder",
        Uitleg(
            "U hebt 18 maanden niet ingelogd. Daarom is de koppeling met uw middel ongedaan gemaakt.",
            ("Vraag uw beheerder om een nieuwe activatiecode en koppel opnieuw. Uw rollen zijn er nog.",),
        ),
    ),
    Probleem(
        "Uw activatiecode is verlopen",
        "uw beheerder",
        Uitleg(
            "Een activatiecode is 24 uur geldig en werkt één keer.",
            ("Vraag uw beheerder om een nieuwe. De oude werkt daarna niet meer.",),
        ),
    ),
    Probleem(
        "Uw account is beëindigd of u ziet geen taken",
        "uw beheerder",
        Uitleg(
            "Uw beheerder heeft uw account beëindigd, of u hebt geen rollen.",
            ("Vraag uw beheerder hoe het zit. DUO kan dit niet voor u veranderen.",),
        ),
    ),
)
"""Causes of R16 that have no page of refusal."""

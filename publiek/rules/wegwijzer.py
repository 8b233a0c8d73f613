"""The guide "wat heb ik nodig": from soort, portaal and level to a checklist (R31). Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MIJN_DUO: Final = "Mijn DUO voor zakelijke klanten"
"""The dienstmachtiging of Mijn DUO itself (D7)."""

MIJN_BRON: Final = "po-scholen"
"""They came from Mijn BRON: whatever they had, it is no token of Mijn DUO (R15)."""

BEHEERDER: Final = "de beheerder van uw organisatie"
MACHTIGINGENBEHEERDER: Final = "de machtigingenbeheerder van uw organisatie, bij de leverancier van het middel"
LEVERANCIER: Final = "de leverancier van uw middel"


class Niveau(StrEnum):
    """What a visitor says to have now."""

    NIETS = "niets"
    TOKEN = "token"  # noqa: S105  # a way to log in, not a secret
    EH1 = "eh1"
    EH2 = "eh2"
    EH2_PLUS = "eh2plus"
    EH3 = "eh3"
    EH4 = "eh4"
    ONBEKEND = "onbekend"


NIVEAUS: Final = {
    Niveau.NIETS: "Ik heb nog niets om mee in te loggen",
    Niveau.TOKEN: "Ik log in met een token",
    Niveau.EH1: "eHerkenning niveau EH1",
    Niveau.EH2: "eHerkenning niveau EH2",
    Niveau.EH2_PLUS: "eHerkenning niveau EH2+",
    Niveau.EH3: "eHerkenning niveau EH3",
    Niveau.EH4: "eHerkenning niveau EH4",
    Niveau.ONBEKEND: "Ik heb eHerkenning, maar weet het niveau niet",
}
"""The answers, in the order of the form."""


class Plek(StrEnum):
    """Where a step leads: the view knows the address."""

    AANMELDEN = "aanmelden"
    CONTACT = "contact"
    EHERKENNING = "eherkenning"
    LEVERANCIERS = "leveranciers"
    INLOGGEN = "inloggen"
    MACHTIGEN = "machtigen"
    OPNIEUW = "opnieuw"
    PROBLEMEN = "problemen"
    TESTEN = "testen"


@dataclass(frozen=True, slots=True)
class Portaal:
    """What the guide must know of a portaal (R25). `dienst`: its dienstmachtiging, empty when we do not know it."""

    sleutel: str
    naam: str
    eigenaar: str
    dienst: str
    actief: bool
    soorten: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stap:
    """One line of the checklist: what to arrange, why or how, with whom, and where to read on."""

    wat: str
    uitleg: str
    wie: str
    plek: Plek | None = None


def make_checklist(*, soort: str, portaal: Portaal, niveau: Niveau) -> list[Stap]:
    """What somebody at this soort organisatie needs for this portaal, in order. There is always a way on."""
    if not portaal.actief:
        return [
            Stap(
                "Gebruik Mijn DUO",
                f"{portaal.naam} bestaat niet meer. Kies in de vragen hieronder het portaal Mijn DUO.",
                "uzelf",
                Plek.OPNIEUW,
            )
        ]
    if soort not in portaal.soorten:
        return [
            Stap(
                "Controleer uw keuze",
                f"Voor zover wij weten, gebruikt uw soort organisatie {portaal.naam} niet. Kies een ander portaal.",
                "uzelf",
                Plek.OPNIEUW,
            ),
            Stap("Hebt u het wel nodig?", f"Vraag het de helpdesk van {portaal.naam}.", portaal.eigenaar, Plek.CONTACT),
        ]
    token = niveau == Niveau.TOKEN and soort != MIJN_BRON
    return [*_middel(niveau), _dienst(portaal), *_toegang(portaal, token=token), *_namens(soort, portaal)]


def _middel(niveau: Niveau) -> list[Stap]:
    """A personal middel of EH3 or higher (R13)."""
    match niveau:
        case Niveau.EH3 | Niveau.EH4:
            return [
                Stap(
                    "Houd uw middel bij de hand",
                    f"Uw middel van niveau {niveau.upper()} is hoog genoeg. U hebt geen nieuw middel nodig.",
                    "uzelf",
                )
            ]
        case Niveau.EH1 | Niveau.EH2 | Niveau.EH2_PLUS:
            return [
                Stap(
                    "Verhoog uw middel naar EH3",
                    "Het niveau van uw middel is te laag. Vraag om een upgrade. Dat kan tijd kosten.",
                    LEVERANCIER,
                    Plek.LEVERANCIERS,
                )
            ]
        case Niveau.ONBEKEND:
            return [
                Stap(
                    "Zoek uit welk niveau uw middel heeft",
                    "Test uw eHerkenning: u ziet dan uw niveau. Is het lager dan EH3? Vraag om een upgrade.",
                    f"uzelf, en zo nodig {LEVERANCIER}",
                    Plek.TESTEN,
                )
            ]
        case _:
            return [
                Stap(
                    "Zoek uit of uw organisatie al eHerkenning heeft",
                    "Misschien is er al een machtigingenbeheerder. Dan vraagt die een middel voor u aan.",
                    "uw bestuur of uw beheerder",
                    Plek.EHERKENNING,
                ),
                Stap(
                    "Vraag een persoonlijk middel aan van niveau EH3",
                    "Uw organisatie koopt het zelf en betaalt per persoon per jaar. Houd rekening met de levertijd.",
                    MACHTIGINGENBEHEERDER,
                    Plek.LEVERANCIERS,
                ),
            ]


def _dienst(portaal: Portaal) -> Stap:
    """The right to use the middel for this dienst (R13)."""
    if portaal.dienst:
        return Stap(
            f"Laat u machtigen voor de dienst ‘{portaal.dienst}’",
            "Zonder deze machtiging komt u niet binnen, ook niet met een goed middel.",
            MACHTIGINGENBEHEERDER,
            Plek.EHERKENNING,
        )
    return Stap(
        f"Laat u machtigen voor {portaal.naam}",
        f"Vraag de helpdesk van {portaal.naam} hoe de dienst bij eHerkenning heet.",
        MACHTIGINGENBEHEERDER,
        Plek.CONTACT,
    )


def _toegang(portaal: Portaal, *, token: bool) -> list[Stap]:
    """An account, and the koppelproces; a portaal that is not reached by Mijn DUO has its own way."""
    if portaal.dienst != MIJN_DUO:
        return [
            Stap(
                f"Vraag toegang tot {portaal.naam}",
                "Daar is geregeld wie wat mag. Vraag hoe u een account krijgt.",
                f"{portaal.eigenaar}, of {BEHEERDER}",
                Plek.CONTACT,
            ),
            Stap(f"Log in op {portaal.naam}", "Gebruik uw eHerkenningsmiddel.", "uzelf", Plek.PROBLEMEN),
        ]
    account = (
        Stap(
            "Houd uw gebruikersnaam bij de hand",
            "U hebt al een account. Uw gebruikersnaam blijft dezelfde.",
            "uzelf",
        )
        if token
        else Stap(
            "Laat u aanmelden als gebruiker",
            "Uw beheerder geeft u rollen en kenmerken en daarna een brief met uw gebruikersnaam. "
            "Is er nog geen beheerder? Dan meldt uw bestuur er een aan met een formulier.",
            BEHEERDER,
            Plek.AANMELDEN,
        )
    )
    stappen = [
        account,
        Stap(
            "Vraag een activatiecode",
            "U krijgt de code per e-mail. Hij is 24 uur geldig: vraag hem als u tijd hebt om te koppelen.",
            BEHEERDER,
        ),
        Stap(
            "Koppel uw middel aan uw account",
            "Log in met eHerkenning en volg de stappen. Dit doet u één keer.",
            "uzelf",
            Plek.INLOGGEN,
        ),
    ]
    if token:
        stappen.append(
            Stap(
                "Lever uw token in",
                "Na het koppelen kunt u alleen nog met eHerkenning inloggen.",
                BEHEERDER,
            )
        )
    return stappen


def _namens(soort: str, portaal: Portaal) -> list[Stap]:
    """Who works for other organisaties, or lets others work for it (R30)."""
    if portaal.sleutel == "xbrl-onderwijsportaal":
        uitleg = "Dat regelt u met de ketenmachtiging van eHerkenning, bij uw leverancier."
    elif portaal.sleutel == "portal-inburgering":
        uitleg = "Wie voor meer gemeenten werkt, heeft voor elke gemeente een eigen account nodig."
    elif soort == "administratiekantoren":
        uitleg = "De school of het bestuur waarvoor u werkt, geeft u een machtiging."
    else:
        uitleg = "Dat legt u vast met het formulier ‘Machtiging verwerking door derden’."
    return [
        Stap("Werkt u voor een andere organisatie, of een andere voor u?", uitleg, "beide organisaties", Plek.MACHTIGEN)
    ]

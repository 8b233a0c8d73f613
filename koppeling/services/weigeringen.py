import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from koppeling.eherkenning.levels import Niveau
from koppeling.eherkenning.outcome import Check, Geweigerd, Weigering
from koppeling.models import Koppeling, Middel
from verantwoording.models import Foutreferentie
from verantwoording.services import record_foutreferentie

logger = logging.getLogger("mijnduo.eherkenning")


@dataclass(frozen=True, slots=True)
class Oorzaak:
    """Why somebody is not let in (R16): the heading of its page, who can solve it, and the status of the page."""

    kop: str
    wie: str
    status: int


OORZAKEN: Final = {
    "geannuleerd": Oorzaak(
        "U bent niet ingelogd", "uzelf, of de leverancier van uw middel als uw middel niet werkt", 200
    ),
    "niveau_te_laag": Oorzaak(
        "Het niveau van uw middel is te laag", "uw machtigingenbeheerder of de leverancier van uw middel", 403
    ),
    "geen_dienstmachtiging": Oorzaak(
        "U bent niet gemachtigd voor Mijn DUO", "uw machtigingenbeheerder, bij de leverancier van uw middel", 403
    ),
    "storing": Oorzaak("De verbinding met eHerkenning werkt niet", "DUO", 502),
    "ongeldig": Oorzaak("Inloggen is niet gelukt", "uzelf, door opnieuw te beginnen; anders DUO", 400),
    "te_groot": Oorzaak("Het bestand of bericht is te groot", "DUO", 413),
    "verlopen": Oorzaak("Log opnieuw in", "uzelf, door opnieuw te beginnen", 400),
    "middel_geblokkeerd": Oorzaak(
        "Met dit middel kunt u niet inloggen", "uw beheerder; een tweede persoon heft de blokkade op", 403
    ),
    "machtiging_gestopt": Oorzaak(
        "U kunt voor deze organisatie niet meer inloggen", "de beheerder van die organisatie", 403
    ),
    "account_geblokkeerd": Oorzaak("Uw account is tijdelijk geblokkeerd", "uw beheerder", 403),
    "incident": Oorzaak("Er is een storing bij eHerkenning", "DUO en de leverancier van uw middel", 503),
    "koppelen_geblokkeerd": Oorzaak("Koppelen kan even niet", "uzelf, na 15 minuten wachten", 429),
}
"""Every refusal that has a page, by the name of that page."""

CHECKS: Final = {
    Check.SIZE: "Het bericht was leeg of te groot.",
    Check.ENCODING: "Het bericht was niet leesbaar.",
    Check.XML: "Het bericht was niet leesbaar.",
    Check.STRUCTURE: "Het bericht had niet de vorm die eHerkenning voorschrijft.",
    Check.SCHEMA: "Het bericht had niet de vorm die eHerkenning voorschrijft.",
    Check.DUPLICATE_ID: "Het bericht had niet de vorm die eHerkenning voorschrijft.",
    Check.REFERENCE: "De handtekening hoorde niet bij wat er in het bericht stond.",
    Check.ALGORITHM: "De handtekening was van een soort die niet is toegestaan.",
    Check.SIGNATURE: "De handtekening was niet die van eHerkenning.",
    Check.ENCRYPTION: "Het bericht was niet met onze sleutel te openen.",
    Check.STATUS: "eHerkenning gaf zelf aan dat er niemand was ingelogd.",
    Check.ISSUER: "Het bericht kwam niet van onze makelaar.",
    Check.DESTINATION: "Het bericht was niet voor ons bestemd.",
    Check.RECIPIENT: "Het bericht was niet voor ons bestemd.",
    Check.AUDIENCE: "Het bericht was niet voor ons bestemd.",
    Check.IN_RESPONSE_TO: "Het bericht was geen antwoord op een vraag van ons.",
    Check.TIME: "Het bericht was te oud, of te nieuw.",
    Check.LEVEL: "Het niveau van het middel was te laag.",
    Check.SERVICE: "De login was voor een andere dienst.",
    Check.IDENTITY: "De persoon of de organisatie stond niet goed in het bericht.",
    Check.RESTRICTION: "De machtiging had een beperking die Mijn DUO niet kent.",
    Check.CHAIN: "De ketenmachtiging was niet van een soort die Mijn DUO kent.",
    "replay": "Het bericht was al eerder gebruikt.",
    "handle": "De poging om in te loggen bestond niet, was al afgemaakt of was ouder dan 2 minuten.",
    "browser": "De poging om in te loggen was in een andere browser begonnen, of langer dan 10 minuten geleden.",
    "koppeling": "De koppeling was net beëindigd, of het middel geblokkeerd.",
    "blokkade": "Een beheerder heeft het account tijdelijk geblokkeerd.",
    "koppelproces": "Het koppelen was niet begonnen, of duurde langer dan een uur.",
    "incident": "Er kwamen in korte tijd te veel onbekende middelen binnen. Nieuw koppelen wacht op DUO.",
    "metadata": "Mijn DUO had geen geldige gegevens van de makelaar.",
}
"""The failed check in words, for staff and the beheerder; never for the visitor himself."""


def record_weigering(
    oorzaak: str,
    *,
    check: str,
    now: datetime,
    outcome: Geweigerd | None = None,
    middel: Middel | None = None,
    koppeling: Koppeling | None = None,
    nodig: str = "EH3",
) -> str:
    """Write the one structured log line of a refusal and keep its foutreferentie, which is returned (R16, D13).

    outcome: what reading the makelaar's answer gave; middel: of a verified login; koppeling: the one it
    concerned; nodig: the level that was asked for. Neither line nor row holds anything that the visitor sent.
    """
    signed = outcome is not None and outcome.ondertekend
    codes = list(outcome.statuscodes) if outcome else []
    niveau = Niveau.of(outcome.loa or "") if outcome else None
    if middel or koppeling:
        bron = Foutreferentie.Bron.MIDDEL
    else:
        bron = Foutreferentie.Bron.MAKELAAR if signed else Foutreferentie.Bron.ONBEKEND
    referentie = record_foutreferentie(
        oorzaak=oorzaak,
        bron=bron,
        now=now,
        kvk_nummer=middel.kvk_nummer if middel else (outcome and outcome.kvk) or "",
        organisatie_id=koppeling.organisatie_id if koppeling else None,
        account_id=koppeling.account_id if koppeling else None,
        gegevens={"check": check, "codes": codes, "niveau": niveau.naam if niveau else "", "nodig": nodig},
    )
    level = logging.INFO if oorzaak == Weigering.GEANNULEERD else logging.WARNING
    logger.log(
        logging.ERROR if check == "metadata" else level,  # only DUO can do something about that, and soon
        "eherkenning refused: weigering=%s check=%s status=%s signed=%s referentie=%s",
        oorzaak,
        check,
        "/".join(codes),
        signed,
        referentie,
    )
    return referentie


def read_spoor(foutreferentie: Foutreferentie) -> list[str]:
    """What stands behind a reference, in sentences: what was shown, what failed, and who can solve it."""
    oorzaak = OORZAKEN.get(foutreferentie.oorzaak)
    gegevens = foutreferentie.gegevens
    spoor = [f"De bezoeker zag de pagina ‘{oorzaak.kop if oorzaak else foutreferentie.oorzaak}’."]
    if foutreferentie.bron == Foutreferentie.Bron.ONBEKEND:
        spoor.append("Er was geen ondertekend antwoord van eHerkenning. Daarom is niet bekend wie het was.")
    else:
        spoor.append(f"Dit komt van {foutreferentie.get_bron_display()}.")
    if zin := CHECKS.get(gegevens.get("check", "")):
        spoor.append(zin)
    if gegevens.get("codes"):
        spoor.append(f"eHerkenning gaf deze codes: {', '.join(gegevens['codes'])}.")
    if gegevens.get("niveau"):
        spoor.append(f"Het middel had niveau {gegevens['niveau']}. Nodig is {gegevens['nodig']} of hoger.")
    if foutreferentie.kvk_nummer:
        spoor.append(f"De bezoeker logde in voor KVK-nummer {foutreferentie.kvk_nummer}.")
    if oorzaak:
        spoor.append(f"De bezoeker las: ‘Dit kan worden opgelost door {oorzaak.wie}.’")
    return spoor

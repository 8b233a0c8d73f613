"""Where a gebruiker stands on the way to logging in, and what the beheerder does next. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from koppeling.rules import AMSTERDAM, MAX_POGINGEN, WAARSCHUWINGEN


class Stand(StrEnum):
    """How far a gebruiker is (R04–R07, R10, R18–R20): exactly one. Derived from what happened, stored nowhere."""

    TOKEN = "token"  # noqa: S105  # no secret: how one logs in
    AANGEMELD = "aangemeld"
    BRIEF_GEMAAKT = "brief-gemaakt"
    BRIEF_OVERHANDIGD = "brief-overhandigd"
    GETEST = "getest"
    CODE_GEVRAAGD = "code-gevraagd"
    CODE_GEPLAND = "code-gepland"
    CODE_ONDERWEG = "code-onderweg"
    MAIL_GEWEIGERD = "mail-geweigerd"
    CODE_VERSTUURD = "code-verstuurd"
    GEPROBEERD = "geprobeerd"
    WACHTTIJD = "wachttijd"
    CODE_VERLOPEN = "code-verlopen"
    GEKOPPELD = "gekoppeld"
    VERVALT = "vervalt"
    MIDDEL_GEBLOKKEERD = "middel-geblokkeerd"
    ONTKOPPELD = "ontkoppeld"
    TIJDELIJK_GEBLOKKEERD = "tijdelijk-geblokkeerd"
    BEEINDIGD = "beeindigd"


NAMEN: Final[dict[Stand, str]] = {
    Stand.TOKEN: "Logt in met token",
    Stand.AANGEMELD: "Aangemeld",
    Stand.BRIEF_GEMAAKT: "Brief gemaakt",
    Stand.BRIEF_OVERHANDIGD: "Brief overhandigd",
    Stand.GETEST: "eHerkenning getest",
    Stand.CODE_GEVRAAGD: "Vraagt om een code",
    Stand.CODE_GEPLAND: "Code gepland",
    Stand.CODE_ONDERWEG: "Code aangevraagd",
    Stand.MAIL_GEWEIGERD: "E-mail niet aangekomen",
    Stand.CODE_VERSTUURD: "Code verstuurd",
    Stand.GEPROBEERD: "Geprobeerd te koppelen",
    Stand.WACHTTIJD: "Wacht na 5 pogingen",
    Stand.CODE_VERLOPEN: "Code verlopen",
    Stand.GEKOPPELD: "Gekoppeld",
    Stand.VERVALT: "Vervalt binnenkort",
    Stand.MIDDEL_GEBLOKKEERD: "Middel geblokkeerd",
    Stand.ONTKOPPELD: "Ontkoppeld",
    Stand.TIJDELIJK_GEBLOKKEERD: "Tijdelijk geblokkeerd",
    Stand.BEEINDIGD: "Beëindigd",
}
"""In the order of the way (manual 1.1 and 1.2), as the trechter shows them."""

KLEUREN: Final[dict[Stand, str]] = {
    Stand.CODE_GEVRAAGD: "warning",
    Stand.CODE_GEPLAND: "warning",
    Stand.CODE_ONDERWEG: "warning",
    Stand.MAIL_GEWEIGERD: "danger",
    Stand.CODE_VERSTUURD: "warning",
    Stand.GEPROBEERD: "warning",
    Stand.WACHTTIJD: "danger",
    Stand.GEKOPPELD: "safe",
    Stand.VERVALT: "warning",
    Stand.MIDDEL_GEBLOKKEERD: "danger",
    Stand.TIJDELIJK_GEBLOKKEERD: "danger",
}
"""The colour of a badge; the others are neutral."""

KAN_INLOGGEN: Final = {Stand.GEKOPPELD, Stand.VERVALT}
"""Who is where everybody has to go: with a token one still has to link."""


class Mail(StrEnum):
    """What became of the mail with the newest activatiecode, or of a newer confirmation that did not arrive."""

    GEEN = ""
    GEPLAND = "gepland"
    ONDERWEG = "onderweg"
    VERZONDEN = "verzonden"
    GEWEIGERD = "geweigerd"
    MISLUKT = "mislukt"


@dataclass(frozen=True, slots=True)
class Feiten:
    """What happened to one gebruiker, as far as his stand rests on it. None or empty: it did not happen.

    Of somebody who is linked or ended only beeindigd_op, uitgesloten_op and what is known of the koppeling is read.
    kent_naam: he has or had a token, so he knows his gebruikersnaam (D14); met_token: it lets him in now.
    uitgesloten_op: since when a beheerder keeps him out (R16); gestolen_op: when his middel was reported stolen, at
    another organisatie (R19). test is the outcome of the test of D11 in words, test_gelukt whether it was good.
    bevestiging: the mail that did not arrive is the confirmation, not the one with a code.
    pogingen: wrong tries since the last success or block.
    """

    beeindigd_op: datetime | None = None
    uitgesloten_op: datetime | None = None
    gekoppeld_op: datetime | None = None
    laatst_ingelogd: datetime | None = None
    vervalt_op: date | None = None
    gestolen_op: datetime | None = None
    ontkoppeld_op: datetime | None = None
    ontkoppeld_om: str = ""
    kent_naam: bool = False
    met_token: bool = False
    brief_gemaakt: bool = False
    brief_overhandigd: bool = False
    test_op: datetime | None = None
    test_uitkomst: str = ""
    test_gelukt: bool = False
    gevraagd_op: datetime | None = None
    mail: Mail = Mail.GEEN
    bevestiging: bool = False
    mail_voor: datetime | None = None
    code_tot: datetime | None = None
    pogingen: int = 0
    geprobeerd_op: datetime | None = None
    geblokkeerd_tot: datetime | None = None

    @property
    def gekoppeld(self) -> bool:
        """Whether there is a koppeling with which one logs in now."""
        return self.gekoppeld_op is not None and self.ontkoppeld_op is None

    @property
    def over(self) -> int:
        """How many wrong tries are left before a block (R10)."""
        return MAX_POGINGEN - self.pogingen


def find_stand(feiten: Feiten, now: datetime) -> Stand:
    """The one stand that these facts make at `now`: the furthest he came, or what holds him up."""
    if feiten.beeindigd_op is not None:
        return Stand.BEEINDIGD
    if feiten.uitgesloten_op is not None:
        return Stand.TIJDELIJK_GEBLOKKEERD
    if feiten.gekoppeld:
        if feiten.gestolen_op is not None:
            return Stand.MIDDEL_GEBLOKKEERD
        today = now.astimezone(AMSTERDAM).date()
        soon = feiten.vervalt_op is not None and feiten.vervalt_op - today <= timedelta(days=max(WAARSCHUWINGEN))
        return Stand.VERVALT if soon else Stand.GEKOPPELD
    return _on_the_way(feiten, now) or _before_the_code(feiten)


def _on_the_way(feiten: Feiten, now: datetime) -> Stand | None:
    """With a code, a block or a mail: what is most urgent. None when there is none of them."""
    if feiten.geblokkeerd_tot is not None and feiten.geblokkeerd_tot > now:
        return Stand.WACHTTIJD
    if feiten.mail is Mail.ONDERWEG:
        return Stand.CODE_ONDERWEG
    if feiten.mail in {Mail.GEWEIGERD, Mail.MISLUKT}:
        return Stand.MAIL_GEWEIGERD
    if feiten.gevraagd_op is not None:
        return Stand.CODE_GEVRAAGD
    if feiten.mail is Mail.GEPLAND:
        return Stand.CODE_GEPLAND
    if feiten.code_tot is None:
        return None
    if feiten.code_tot < now:
        return Stand.CODE_VERLOPEN
    return Stand.GEPROBEERD if feiten.pogingen else Stand.CODE_VERSTUURD


def _before_the_code(feiten: Feiten) -> Stand:
    """The letter comes first: a test that went well is a step of its own once there is one (R19: not after a link)."""
    if feiten.ontkoppeld_op is not None:
        return Stand.ONTKOPPELD
    if feiten.met_token:
        return Stand.TOKEN
    if not feiten.brief_gemaakt:
        return Stand.AANGEMELD
    if feiten.test_gelukt:
        return Stand.GETEST
    return Stand.BRIEF_OVERHANDIGD if feiten.brief_overhandigd else Stand.BRIEF_GEMAAKT


@dataclass(frozen=True, slots=True)
class Volgende:
    """What holds a gebruiker up, in a sentence, and the one button for the next act: its URL name, empty for none.

    post: the button acts at once, so it is a form.
    """

    tekst: str
    knop: str = ""
    view: str = ""
    post: bool = False


ROL: Final = Volgende(
    "Deze gebruiker heeft nog geen rollen en kan dus nog niets openen. Geef eerst een rol.",
    "Rol geven",
    "gebruiker_rollen",
)
BRIEF: Final = Volgende(
    "Maak de brief met de gebruikersnaam. Druk hem af en geef hem zelf aan de gebruiker.",
    "Brief maken",
    "gebruiker_brief",
)
OVERHANDIGEN: Final = Volgende(
    "De brief is gemaakt. Geef hem zelf aan de gebruiker, en laat hier weten dat u dat hebt gedaan.",
    "Brief is overhandigd",
    "gebruiker_overhandigd",
    post=True,
)
ADRES: Final = Volgende(
    "De laatste e-mail is geweigerd door de ontvanger. Controleer het e-mailadres.",
    "Gegevens wijzigen",
    "gebruiker_wijzigen",
)
ADRES_BEVESTIGING: Final = Volgende(
    "De e-mail met de bevestiging is geweigerd door de ontvanger. Controleer het e-mailadres. Klopt het? Verstuur de "
    "bevestiging dan opnieuw.",
    ADRES.knop,
    ADRES.view,
)
OPNIEUW: Final = Volgende(
    "De e-mail met de bevestiging kon niet worden verstuurd. Klopt het e-mailadres? Verstuur hem dan opnieuw.",
    "Opnieuw versturen",
    "gebruiker_bevestiging",
    post=True,
)
KLAAR: Final[dict[Stand, str]] = {
    Stand.BEEINDIGD: "Dit account is beëindigd. Komt deze persoon terug? Meld de persoon dan opnieuw aan.",
    Stand.GEKOPPELD: "Deze gebruiker kan inloggen. U hoeft niets te doen.",
    Stand.VERVALT: "Deze gebruiker heeft lang niet ingelogd. Laat de gebruiker één keer inloggen, dan blijft de "
    "koppeling bestaan.",
    Stand.CODE_ONDERWEG: "De activatiecode is aangevraagd. De e-mail wordt nu verstuurd.",
    Stand.CODE_VERSTUURD: "De activatiecode is verstuurd. De gebruiker kan nu koppelen. U hoeft niets te doen.",
    Stand.WACHTTIJD: "Er is vijf keer een onjuiste combinatie van gebruikersnaam en code ingevuld. Na de wachttijd "
    "kan koppelen weer. U hoeft niets te doen.",
}
"""Stands in which the beheerder has nothing to do."""
CODE: Final[dict[Stand, str]] = {
    Stand.TOKEN: "De gebruiker logt in met een token en kent de gebruikersnaam al: een brief is niet nodig. Is de "
    "overstap van uw organisatie open en vraagt de gebruiker om een activatiecode? Vraag die dan aan.",
    Stand.AANGEMELD: "De gebruiker had een token en kent de gebruikersnaam al: een brief is niet nodig. Vraag de "
    "activatiecode aan als de gebruiker erom vraagt.",
    Stand.BRIEF_OVERHANDIGD: "De gebruiker heeft de brief. Vraag de activatiecode aan als de gebruiker erom vraagt.",
    Stand.GETEST: "De brief is gegeven en het middel werkt. Vraag de activatiecode aan als de gebruiker erom vraagt.",
    Stand.MAIL_GEWEIGERD: "De e-mail met de activatiecode kon niet worden verstuurd. Vraag een nieuwe code aan.",
    Stand.GEPROBEERD: "De gebruiker vulde een onjuiste combinatie in. Lukt het ook met de nieuwste e-mail niet? Vraag "
    "dan een nieuwe code aan.",
    Stand.CODE_VERLOPEN: "De code is verlopen. Vraag een nieuwe aan als de gebruiker erom vraagt.",
    Stand.ONTKOPPELD: "Heeft de gebruiker een middel dat werkt? Vraag dan een nieuwe activatiecode aan. "
    "Een nieuwe brief is niet nodig.",
}
"""Stands in which the next act is to request an activatiecode (R07)."""


GEVRAAGD: Final = Volgende(
    "De gebruiker vraagt op de inlogpagina om een activatiecode. Kies wanneer de code wordt verstuurd, of weiger.",
    "Verzoek behandelen",
    "gebruiker_code",
)
GEPLAND: Final = Volgende(
    "De activatiecode gaat vanzelf weg op het afgesproken moment. U kunt dat nog wijzigen of annuleren.",
    "Afspraak wijzigen",
    "gebruiker_code",
)
VRIJGEVEN: Final = Volgende(
    "Dit account is tijdelijk geblokkeerd. Inloggen en koppelen kan niet, tot u de blokkade opheft.",
    "Blokkade opheffen",
    "gebruiker_vrijgeven",
)
ONTKOPPELEN: Final = Volgende(
    "Het middel van deze gebruiker is bij een andere organisatie gemeld als gestolen. Inloggen kan er niet mee. "
    "Ontkoppel het middel. Heeft de gebruiker een ander middel? Vraag dan een nieuwe activatiecode aan.",
    "Middel ontkoppelen",
    "gebruiker_ontkoppelen",
)
EERST: Final = {Stand.TIJDELIJK_GEBLOKKEERD: VRIJGEVEN, Stand.MIDDEL_GEBLOKKEERD: ONTKOPPELEN}
"""What keeps somebody out, whatever else there is to do."""
ALTIJD: Final = {Stand.AANGEMELD: BRIEF, Stand.CODE_GEVRAAGD: GEVRAAGD, Stand.CODE_GEPLAND: GEPLAND}


def _act_on_mail(feiten: Feiten) -> Volgende:
    if feiten.mail is Mail.MISLUKT:
        return OPNIEUW
    return ADRES_BEVESTIGING if feiten.bevestiging else ADRES


def next_act(*, stand: Stand, feiten: Feiten, heeft_rollen: bool) -> Volgende:
    """The one next act for a gebruiker, in the order of the manual (1.1): rollen, brief, activatiecode, koppelen.

    A beheerder needs no rol (R02): for her `heeft_rollen` is true.
    """
    if stand in EERST:
        return EERST[stand]
    if not heeft_rollen and stand is not Stand.BEEINDIGD:
        return ROL
    if stand in KLAAR:
        return Volgende(KLAAR[stand])
    if stand in ALTIJD and not (stand is Stand.AANGEMELD and feiten.kent_naam):
        return ALTIJD[stand]
    if stand is Stand.MAIL_GEWEIGERD and (feiten.bevestiging or feiten.mail is Mail.GEWEIGERD):
        return _act_on_mail(feiten)
    if stand is Stand.BRIEF_GEMAAKT or (stand is Stand.GETEST and not feiten.brief_overhandigd):
        return OVERHANDIGEN
    if stand is Stand.BRIEF_OVERHANDIGD and feiten.test_op is not None:
        return Volgende(
            f"De test van eHerkenning lukte niet: {feiten.test_uitkomst}. De machtigingenbeheerder of de leverancier "
            "van het middel kan dit oplossen. Laat de gebruiker daarna opnieuw testen.",
        )
    return Volgende(CODE[stand], "Activatiecode aanvragen", "gebruiker_code")

"""How an overstap moves, and until when a token works (R15, R26, D3, D14). Pure: no Django, no clock, no settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from planning.rules import TOKEN_EINDE, midnight

MIJN_DUO: Final = "mijn-duo"
# An exception is a delay, not a way to stay: staff decide anew after a year at the latest.
UITZONDERING_HOOGSTENS: Final = timedelta(days=366)
# Beheerders are told so long before it ends: time enough for a middel, which takes a week or more.
UITZONDERING_VOORAF: Final = timedelta(days=21)
# So long after it the end is still told: a job may be late, but who comes later has no news in it.
UITZONDERING_ACHTERAF: Final = timedelta(days=7)


class Stand(StrEnum):
    """Where an overstap stands."""

    GEPLAND = "gepland"
    AANGEKONDIGD = "aangekondigd"
    OPEN = "open"
    KLAAR = "klaar"
    GEPAUZEERD = "gepauzeerd"
    TERUGGEDRAAID = "teruggedraaid"


class Zet(StrEnum):
    """What can be done to an overstap."""

    AANKONDIGEN = "aankondigen"
    OPENEN = "openen"
    AFRONDEN = "afronden"
    PAUZEREN = "pauzeren"
    HERVATTEN = "hervatten"
    TERUGDRAAIEN = "terugdraaien"


ZETTEN: Final = {
    Zet.AANKONDIGEN: ({Stand.GEPLAND, Stand.TERUGGEDRAAID}, Stand.AANGEKONDIGD),
    Zet.OPENEN: ({Stand.AANGEKONDIGD}, Stand.OPEN),
    Zet.AFRONDEN: ({Stand.OPEN}, Stand.KLAAR),
    Zet.PAUZEREN: ({Stand.AANGEKONDIGD, Stand.OPEN}, Stand.GEPAUZEERD),
    Zet.HERVATTEN: ({Stand.GEPAUZEERD}, None),  # to where it stood before the pause
    Zet.TERUGDRAAIEN: (
        {Stand.AANGEKONDIGD, Stand.OPEN, Stand.KLAAR, Stand.GEPAUZEERD},
        Stand.TERUGGEDRAAID,
    ),
}
"""From which standen each move may be made, and where it leads."""

MET_NIEUW_EINDE: Final = {Zet.PAUZEREN, Zet.TERUGDRAAIEN}
"""After these the day on which tokens end is another one, and staff must say which: else somebody loses his way in."""


class ZetMagNiet(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """A move or day that does not fit how an overstap stands; the text says so in Dutch."""


def next_stand(stand: Stand, zet: Zet, *, voor_pauze: Stand | None = None) -> Stand:
    """Where a move leads from `stand`. voor_pauze: where a paused overstap stood. Raises ZetMagNiet."""
    standen, doel = ZETTEN[zet]
    if stand not in standen:
        raise ZetMagNiet(f"Deze overstap is {stand}. {zet.capitalize()} kan nu niet.")
    if doel is None:
        return voor_pauze or Stand.AANGEKONDIGD
    return doel


@dataclass(frozen=True, slots=True)
class Dagen:
    """The days that staff set for an overstap, Amsterdam; None where they act themselves.

    einde_token is the first day on which a token no longer works.
    """

    aankondigen_op: date | None = None
    openen_op: date | None = None
    einde_token: date | None = None

    def check(self, vandaag: date, vorige: "Dagen", *, klaar: bool = False) -> str:
        """What is wrong with these days as a Dutch sentence, else empty. A day that stays as it was may lie behind.

        klaar: the overstap is done, so that tokens are at an end whatever the days are.
        """
        days = [self.aankondigen_op, self.openen_op, self.einde_token]
        before = [vorige.aankondigen_op, vorige.openen_op, vorige.einde_token]
        if any(day and day <= vandaag and day != old for day, old in zip(days, before, strict=True)):
            return "Kies dagen die nog komen. Iets wat vandaag moet gebeuren, doet u met een knop."
        uses_a_day = vorige.einde_token or self.aankondigen_op or self.openen_op
        if uses_a_day and not klaar and not self.einde_token and vandaag >= TOKEN_EINDE:
            # The general end would take every token at once, and stand in mails as a day that is still to come.
            return "Kies ook de eerste dag zonder token: de algemene dag is al voorbij."
        known = [day for day in days if day]
        if known != sorted(known):
            return "De dagen moeten op elkaar volgen: eerst aankondigen, dan openen, dan het einde van het token."
        return ""


def due_zet(stand: Stand, dagen: Dagen, vandaag: date) -> Zet | None:
    """The move that is due because the day came that staff set for it; never for the date alone (R26)."""
    zet, dag = {
        Stand.GEPLAND: (Zet.AANKONDIGEN, dagen.aankondigen_op),
        Stand.AANGEKONDIGD: (Zet.OPENEN, dagen.openen_op),
        Stand.OPEN: (Zet.AFRONDEN, dagen.einde_token),
    }.get(stand, (None, None))
    return zet if dag is not None and dag <= vandaag else None


def check_uitzondering(tot: date, vandaag: date) -> str:
    """What is wrong with the end of an exception as a Dutch sentence, else empty."""
    if vandaag < tot <= vandaag + UITZONDERING_HOOGSTENS:
        return ""
    return "Kies een dag die nog komt, hoogstens een jaar vooruit."


@dataclass(frozen=True, slots=True)
class OverstapFeit:
    """An overstap of one of the soorten of an organisatie: where it stands, its days, and when it was rounded off."""

    stand: Stand
    einde_token: date | None
    afgerond_op: datetime | None
    openen_op: date | None = None

    @property
    def einde(self) -> datetime:
        """The moment from which no token works by this overstap."""
        day = midnight(self.einde_token or TOKEN_EINDE)
        return min(day, self.afgerond_op) if self.stand is Stand.KLAAR and self.afgerond_op else day


@dataclass(frozen=True, slots=True)
class Organisatiestand:
    """Where the move of one organisatie to one portaal stands.

    stand is that of the overstap that counts, None when there is none. einde is the moment from which its tokens do
    not work. uitzondering: whether an exception runs, and so decides the end. openen_op: the day on which it opens by
    itself.
    """

    stand: Stand | None
    einde: datetime
    uitzondering: bool = False
    openen_op: date | None = None

    @property
    def klaar(self) -> bool:
        """Whether the overstap of this organisatie is done (R15): an exception holds that up."""
        return self.stand is Stand.KLAAR and not self.uitzondering

    @property
    def open(self) -> bool:
        """Whether its people can move now (D14): also while an exception runs."""
        return self.uitzondering or self.stand in {Stand.OPEN, Stand.KLAAR}


def weigh(overstappen: Iterable[OverstapFeit], uitzonderingen: Iterable[date], now: datetime) -> Organisatiestand:
    """Of several soorten the latest end counts (D3), and an exception that runs longer goes before it.

    uitzonderingen: the first day without token of each exception that was not withdrawn.
    """
    latest = max(overstappen, key=lambda feit: feit.einde, default=None)
    stand = latest.stand if latest else None
    einde = latest.einde if latest else midnight(TOKEN_EINDE)
    longest = max((midnight(tot) for tot in uitzonderingen), default=None)
    if longest is not None and longest > max(now, einde):
        return Organisatiestand(stand, longest, uitzondering=True)
    return Organisatiestand(stand, einde, openen_op=latest.openen_op if latest else None)

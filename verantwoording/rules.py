import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

TEKENS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""31 signs that nobody mistakes for another one, read aloud or typed over: A–Z and 2–9 without O, I and L (D6)."""


@dataclass(frozen=True, slots=True)
class Bewaarregel:
    """Why a model holds personal data and for how long (R34, AVG).

    doel: one Dutch sentence for the privacy statement. termijn: how long after `vanaf`. vanaf: what starts the clock.
    """

    doel: str
    termijn: str
    vanaf: str


class ActorSoort(StrEnum):
    """Who can act: an account of an organisatie, DUO staff, a job, somebody not logged in, or the bevoegd gezag.

    GEZAG acts through a signed link in a mail to its address on record, without a login.
    """

    ACCOUNT = "account"
    STAF = "staf"
    TAAK = "taak"
    BEZOEKER = "bezoeker"
    GEZAG = "gezag"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, for which organisatie, from which address and why (R33, D21): an argument of every service.

    id is the account's primary key (accounts and staff) or the organisatie's (bevoegd gezag); naam is the job's name
    (jobs only). namens is the id of the organisatie acted for. adres is the client's IP address. reden is free text,
    compulsory where a rule says so.
    """

    soort: ActorSoort
    id: int | None = None
    naam: str = ""
    namens: int | None = None
    adres: str | None = None
    reden: str = ""


# Delivery of mail (D17): after a failed try the next one waits this long; when they are used up DUO staff must look.
WACHTTIJDEN = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
# A mail or job that has been "busy" for longer than this was dropped by a process that died.
VERZENDEN_DUURT_HOOGSTENS = timedelta(minutes=5)
# One sweep of the outbox stops in time for the next one, which beat starts every minute.
SWEEP_DUURT_HOOGSTENS = timedelta(seconds=50)
# A run of a job that shows no sign of life for this long is taken over (D16).
HARTSLAG_HOOGSTENS_OUD = timedelta(minutes=10)

# Refusals of one origin that are kept in a minute; of more there is only the log line. 60 a minute for 30 days are
# 2.6 million short rows, well under a gigabyte, and more than go wrong on the busiest morning: nobody fills the disk
# (D13). Each origin has its own sixty, so that who has no signature cannot push out who has.
FOUTREFERENTIES_PER_MINUUT = 60
FOUTREFERENTIE_TEKENS = 8


def make_foutreferentie(randbelow: Callable[[int], int]) -> str:
    """A new reference: four random signs, a dash, four more. `randbelow` is secrets.randbelow: none is guessed."""
    signs = "".join(TEKENS[randbelow(len(TEKENS))] for _ in range(FOUTREFERENTIE_TEKENS))
    return f"{signs[:4]}-{signs[4:]}"


def normalise_foutreferentie(text: str) -> str:
    """What somebody typed over as reference: case, spaces and dashes do not count. Empty when it cannot be one."""
    signs = "".join(sign for sign in text.upper() if sign not in " -–")
    if len(signs) != FOUTREFERENTIE_TEKENS or not set(signs) <= set(TEKENS):
        return ""
    return f"{signs[:4]}-{signs[4:]}"


def next_try(pogingen: int) -> timedelta | None:
    """How long a mail waits after `pogingen` failed tries; None when no try is left (D17)."""
    return WACHTTIJDEN[pogingen - 1] if pogingen <= len(WACHTTIJDEN) else None


def describe_error(error: BaseException) -> str:
    """The type of an error and where it arose, for a log: its message may hold a code or an address (R05)."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where

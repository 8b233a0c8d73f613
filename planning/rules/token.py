"""Until when a token counts, and for what (R14, R15, R26, D3, D14). Pure: no Django, no clock, no settings."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from planning.rules import EERSTE_DAG_ZONDER_TOKEN, TOKEN_EINDE, midnight
from planning.rules.overstap import MIJN_DUO

TOKEN: Final = "token"  # noqa: S105  # no secret: the name of this way to log in

# A token shows another code every half minute. Its clock runs on its own, so the step before and after are right too.
STAP: Final = 30
SPELING: Final = (0, -1, 1)
NOOIT: Final = datetime.max.replace(tzinfo=UTC)


class Tokenstand(StrEnum):
    """Whether somebody with the right token, wachtwoord and code may log in; when not, the first reason why."""

    GELDIG = "geldig"
    BEEINDIGD = "beeindigd"
    GEBLOKKEERD = "geblokkeerd"
    GEKOPPELD = "gekoppeld"
    ONTKOPPELD = "ontkoppeld"
    TE_NIEUW = "te_nieuw"
    INGETROKKEN = "ingetrokken"
    AFGELOPEN = "afgelopen"


@dataclass(frozen=True, slots=True)
class Overgang:
    """One soort × portaal of an organisatie, as it counts for a token.

    gedaan: the overstap is done. verplicht: the day since which eHerkenning is required, when the planning has one.
    algemeen_einde: without such a day the general end holds; False when its row says otherwise and names no other.
    uitzondering: until when this organisatie may keep its tokens all the same (the first moment without), if it may.
    """

    portaal: str
    gedaan: bool = False
    verplicht: date | None = None
    algemeen_einde: bool = True
    uitzondering: datetime | None = None


def token_telt(overgang: Overgang, now: datetime) -> bool:
    """Whether a token still counts for this soort × portaal (R26).

    Never by the date alone once the overstap is done: an act comes before any day, and an exception before both.
    """
    return any(now < end for end in _ends(overgang))


def _ends(overgang: Overgang) -> list[datetime]:
    """Each moment until which a token counts for it, for whatever reason."""
    ends = [overgang.uitzondering] if overgang.uitzondering else []
    if not overgang.gedaan:
        einde = overgang.verplicht or (TOKEN_EINDE if overgang.algemeen_einde else None)
        ends.append(midnight(einde) if einde else NOOIT)
    return ends


def token_einde(overgangen: Iterable[Overgang], now: datetime) -> datetime | None:
    """The moment from which no token of this organisatie works; of several soorten the latest (D3). None: no day yet.

    That of Mijn DUO, the way in; where it does not stand in the planning the latest of all.
    """
    every = list(overgangen)
    relevant = [overgang for overgang in every if overgang.portaal == MIJN_DUO] if moves_mijn_duo(every) else every
    latest = max((end for overgang in relevant for end in _ends(overgang)), default=now)
    return None if latest == NOOIT else latest


def portaal_einde(overgangen: Iterable[Overgang], portaal: str, now: datetime) -> datetime | None:
    """The moment from which no token of this organisatie opens `portaal`; `now` when it is behind us. None: no day yet.

    Of several soorten the latest (D3), and never later than that of Mijn DUO, the way in.
    """
    every = list(overgangen)
    latest = max((end for overgang in every if overgang.portaal == portaal for end in _ends(overgang)), default=now)
    einde = min(latest, token_einde(every, now) or NOOIT)
    return None if einde == NOOIT else max(einde, now)


def moves_mijn_duo(overgangen: Iterable[Overgang]) -> bool:
    """Whether Mijn DUO itself stands in the planning of this organisatie."""
    return any(overgang.portaal == MIJN_DUO for overgang in overgangen)


def token_portalen(overgangen: Iterable[Overgang], now: datetime) -> frozenset[str]:
    """The portalen (sleutels) for which tokens of this organisatie still count; of several soorten the latest (D3).

    A token is a way into Mijn DUO: once that has moved nothing is open, whatever else has not.
    """
    every = list(overgangen)
    open_ones = frozenset(overgang.portaal for overgang in every if token_telt(overgang, now))
    return frozenset() if moves_mijn_duo(every) and MIJN_DUO not in open_ones else open_ones


def judge_token(
    *,
    ingetrokken: bool,
    gemaakt_op: datetime,
    beeindigd: bool,
    geblokkeerd: bool,
    koppelingen: int,
    gekoppeld: bool,
    overgangen: Iterable[Overgang],
    now: datetime,
) -> Tokenstand:
    """Where somebody stands with his token (D14). koppelingen: how many he ever had; gekoppeld: one is live."""
    for holds, stand in (
        (beeindigd, Tokenstand.BEEINDIGD),
        (geblokkeerd, Tokenstand.GEBLOKKEERD),
        (gekoppeld, Tokenstand.GEKOPPELD),
        (koppelingen > 0, Tokenstand.ONTKOPPELD),
        (gemaakt_op >= midnight(EERSTE_DAG_ZONDER_TOKEN), Tokenstand.TE_NIEUW),
        (ingetrokken, Tokenstand.INGETROKKEN),
        (not token_portalen(overgangen, now), Tokenstand.AFGELOPEN),
    ):
        if holds:
            return stand
    return Tokenstand.GELDIG


def matching_step(code: str, code_of: Callable[[int], str], now: datetime) -> int | None:
    """The step of time to which this code belongs, None when it belongs to none near `now`. Compares all of them.

    code_of gives the code of a step.
    """
    current = int(now.timestamp()) // STAP
    found = None
    for step in (current + away for away in SPELING):
        if hmac.compare_digest(code.encode(), code_of(step).encode()) and found is None:
            found = step
    return found

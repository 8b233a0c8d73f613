"""The yearly look back at who may do what: its terms, and who judges whom. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

RONDE_ELKE: Final = timedelta(days=365)
TERMIJN: Final = timedelta(days=30)
HERINNERING_NA: Final = timedelta(days=14)
WAARSCHUWING_VOORAF: Final = timedelta(days=8)
WAARSCHUWING_MINSTENS: Final = timedelta(days=7)
"""Nothing lapses without a warning of at least this age: after an outage the end of a round shifts (as in D15)."""
BEGINNEN_PER_KEER: Final = 50
"""So many rounds does one run of the job begin; the next hour does more."""
BEWAARD: Final = timedelta(days=7 * 365)


def stand_of(kenmerken: Sequence[str], tot: datetime | None) -> str:
    """Names what a grant holds for and until when: the same stand, nothing to look at again (D23)."""
    return hashlib.sha256(repr((list(kenmerken), tot and tot.timestamp())).encode()).hexdigest()[:32]


class Toekenning(NamedTuple):
    """A grant that is to be judged: its id, whose it is, and of which rol."""

    id: int
    account: int
    rol: int


def assign(
    toekenningen: Iterable[Toekenning], beheerders: Mapping[int, frozenset[int]], last: Mapping[int, int] | None = None
) -> dict[int, int | None]:
    """Who judges each grant: a beheerder who may hand out the rol, never the one whose grant it is.

    beheerders: each with the rollen that she may hand out. Spread evenly, a person's grants by preference with one
    beheerder. None where nobody may: a sole beheerder's own, and rollen that no beheerder hands out. last: what they
    have to do already.
    """
    load = Counter(last or {})
    of_person: dict[int, int] = {}
    found: dict[int, int | None] = {}
    for grant in sorted(toekenningen, key=lambda one: (one.account, one.id)):
        able = [pk for pk, rollen in sorted(beheerders.items()) if pk != grant.account and grant.rol in rollen]
        chosen = of_person.get(grant.account)
        if chosen not in able:
            chosen = min(able, key=lambda pk: (load[pk], pk), default=None)
        if chosen is not None:
            of_person[grant.account] = chosen
            load[chosen] += 1
        found[grant.id] = chosen
    return found

"""Terms and references of an application for a beheerder (R01, X). Pure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from verantwoording.rules import TEKENS

BEVESTIGEN_BINNEN: Final = timedelta(days=7)
"""How long the link to the bevoegd gezag works."""

BESLUITEN_BINNEN: Final = timedelta(days=60)
"""How long DUO has to decide, counted from the confirmation."""

ONBEVESTIGD_BEWAARD: Final = timedelta(days=30)
BESLOTEN_BEWAARD: Final = timedelta(days=730)

MAILS_PER_DAG: Final = 5
"""Links to one bevoegd gezag in 24 hours: more are not sent, so that nobody fills a mailbox from here."""

NOOD_HOOGSTENS: Final = timedelta(days=92)
"""How long somebody is noodbeheerder at most."""

NOOD_VOORAF: Final = timedelta(days=7)
"""How long before its end a noodbeheerderschap is announced to end."""

REFERENTIE_TEKENS: Final = 12
"""31 signs to the twelfth: nobody finds one by trying."""


def make_referentie(randbelow: Callable[[int], int]) -> str:
    """A new reference: three times four random signs. `randbelow` is secrets.randbelow."""
    return _group("".join(TEKENS[randbelow(len(TEKENS))] for _ in range(REFERENTIE_TEKENS)))


def normalise_referentie(text: str) -> str:
    """What somebody typed over: case, spaces and dashes do not count. Empty when it cannot be one."""
    signs = "".join(sign for sign in text.upper() if sign not in " -–")
    return _group(signs) if len(signs) == REFERENTIE_TEKENS and set(signs) <= set(TEKENS) else ""


def _group(signs: str) -> str:
    return "-".join(signs[start : start + 4] for start in range(0, REFERENTIE_TEKENS, 4))

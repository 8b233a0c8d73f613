"""The boxes of a matrix as they travel in a form: account, rol and kenmerk by id. Pure."""

import re
from collections.abc import Iterable
from typing import Final

Vak = tuple[int, int, int]
"""Account, rol and kenmerk, by id; ZONDER in the place of a kenmerk for a rol that works without."""

ZONDER: Final = 0
HOOGSTENS_VAKKEN: Final = 5_000
VAK: Final = re.compile(r"(\d{1,18}):(\d{1,18}):(\d{1,18})")


def read_vakken(texts: Iterable[str]) -> frozenset[Vak]:
    """Boxes as they are posted. What has another form is no box of ours and is left out."""
    found = [VAK.fullmatch(text) for text in texts]
    return frozenset((int(match[1]), int(match[2]), int(match[3])) for match in found[:HOOGSTENS_VAKKEN] if match)


def write_vakken(vakken: Iterable[Vak]) -> str:
    """The same as text, with commas between."""
    return ",".join(":".join(map(str, vak)) for vak in sorted(vakken))

"""What was read from a file: rows of texts under a heading, and the sentences about what is wrong with it. Pure."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

RIJEN_HOOGSTENS: Final = 10_000
KOLOMMEN_HOOGSTENS: Final = 50
CEL_HOOGSTENS: Final = 2_000  # signs
BESTAND_HOOGSTENS: Final = 2_000_000  # bytes of a file; settings and proxy refuse what is larger than 3 MB
FOUTEN_HOOGSTENS: Final = 100
"""How many sentences on one file are shown: who must correct more starts with these."""


class Plek(NamedTuple):
    """Where a problem is: the row as a spreadsheet numbers it (0: the whole file), and the column's name or letter."""

    rij: int = 0
    kolom: str = ""


class Probleem(NamedTuple):
    """One thing that is wrong, in a Dutch sentence, and where."""

    plek: Plek
    zin: str


class Bestandsfout(ValueError):  # noqa: N818  # a Dutch noun
    """A file cannot be read; `problemen` says why, in Dutch. Nothing was kept of it."""

    def __init__(self, *problemen: Probleem) -> None:
        super().__init__("; ".join(probleem.zin for probleem in problemen))
        self.problemen = problemen


class Tabelrij(NamedTuple):
    """A row that is not empty: its number in the spreadsheet, and a text for each column of the heading."""

    nummer: int
    cellen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tabel:
    """A heading and its rows. opmerkingen: sentences on what was not read."""

    kop: tuple[str, ...]
    rijen: tuple[Tabelrij, ...]
    opmerkingen: tuple[str, ...] = field(default=())


def column_letter(index: int) -> str:
    """The letter by which a spreadsheet calls the column with this index, counted from zero."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

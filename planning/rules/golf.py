"""What a golf of an overstap will ask of people and of DUO: formulas with their assumptions (R26). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Aannames:
    """Assumptions behind the figures, in per cent. None of them is a fact: staff change them."""

    codes_per_honderd: int = 115
    eerste_dag: int = 30
    eerste_week: int = 40
    vragen_per_honderd_codes: int = 8
    vragen_per_honderd_buitengesloten: int = 60


UITLEG: Final = {
    "codes_per_honderd": "Codes voor elke 100 mensen die nog moeten overstappen (wie zijn code laat verlopen, vraagt "
    "een nieuwe)",
    "eerste_dag": "Deel van de codes op de dag van de e-mail (%)",
    "eerste_week": "Deel van de codes in de zes dagen daarna (%); de rest komt in de drie weken erna",
    "vragen_per_honderd_codes": "Vragen aan de helpdesk voor elke 100 codes",
    "vragen_per_honderd_buitengesloten": "Vragen aan de helpdesk voor elke 100 mensen die op de laatste dag nog niet "
    "zijn overgestapt",
}
assert set(UITLEG) == {veld.name for veld in fields(Aannames)}  # noqa: S101  # each assumption stands on the page

WEEK: Final = range(1, 7)
DAARNA: Final = range(7, 28)


@dataclass(frozen=True, slots=True)
class Organisatiefeit:
    """One organisatie as it stands: how many beheerders can act, and how many people still log in with a token.

    werkt: whether its tokens work now. blijft: whether they go on after the chosen day, by an exception or by another
    soort of it. Only what works until that day is lost on it.
    geblokkeerd: how many of nog_over its beheerder keeps out already, so that the day takes nothing from them.
    beheerder_met_middel: whether a beheerder of it can log in with eHerkenning, and so request codes.
    """

    id: int
    naam: str
    code: str
    beheerders: int
    beheerder_met_middel: bool
    nog_over: int
    werkt: bool = True
    blijft: bool = False
    geblokkeerd: int = 0

    @property
    def klaar(self) -> bool:
        """Nobody still has to move."""
        return self.nog_over == 0

    @property
    def buitengesloten(self) -> int:
        """How many people lose their way in on the chosen day, when nobody moves any more."""
        return self.nog_over - self.geblokkeerd if self.werkt and not self.blijft else 0

    @property
    def redenen(self) -> tuple[str, ...]:
        """What speaks against going, as Dutch sentences; none when it is a go."""
        reasons = []
        if self.buitengesloten:
            if not self.beheerders:
                reasons.append("Er is geen beheerder die activatiecodes kan aanvragen.")
            elif not self.beheerder_met_middel:
                reasons.append("Geen beheerder kan nog inloggen met eHerkenning.")
            reasons.append(f"Nog niet overgestapt: {self.buitengesloten}.")
        return tuple(reasons)

    @property
    def go(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.redenen


@dataclass(frozen=True, slots=True)
class Dagcijfer:
    """One day of a golf: which day it is (0 is the day on which it opens), and what is expected on it."""

    dag: int
    organisaties: int
    mensen: int
    codes: float
    vragen: float


def last_golf(begin: date, organisaties: int, per_dag: int) -> date:
    """The day on which the last of so many organisaties are told, `per_dag` of them a day from `begin` on."""
    return begin + timedelta(days=max(organisaties - 1, 0) // per_dag)


def expect(organisaties: Sequence[Organisatiefeit], *, per_dag: int, duur: int, aannames: Aannames) -> list[Dagcijfer]:
    """What is expected a day, when `per_dag` organisaties a day are told, in this order, `duur` days before the end.

    On day d the organisaties d×per_dag and further are told. Their people ask for codes: `eerste_dag` per cent at once,
    `eerste_week` per cent evenly over six days, the rest evenly over three weeks. What does not fit before the end is
    asked on the last day. On the day of the end who is then locked out calls.
    """
    told: dict[int, list[Organisatiefeit]] = {}
    for place, organisatie in enumerate(organisaties):
        told.setdefault(place // per_dag, []).append(organisatie)
    last = max(duur - 1, 0)
    codes = dict.fromkeys(range(duur + 1), 0.0)
    rest = max(0, 100 - aannames.eerste_dag - aannames.eerste_week)
    for dag, group in told.items():
        total = sum(one.nog_over for one in group) * aannames.codes_per_honderd / 100
        codes[min(dag, last)] += total * aannames.eerste_dag / 100
        for ahead in WEEK:
            codes[min(dag + ahead, last)] += total * aannames.eerste_week / 100 / len(WEEK)
        for ahead in DAARNA:
            codes[min(dag + ahead, last)] += total * rest / 100 / len(DAARNA)
    closed_out = sum(one.buitengesloten for one in organisaties)
    days = []
    for dag in sorted({*codes, *told}):
        group = told.get(dag, [])
        vragen = codes.get(dag, 0.0) * aannames.vragen_per_honderd_codes / 100
        if dag == duur:
            vragen += closed_out * aannames.vragen_per_honderd_buitengesloten / 100
        days.append(Dagcijfer(dag, len(group), sum(one.nog_over for one in group), codes.get(dag, 0.0), vragen))
    return days

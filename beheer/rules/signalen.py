"""When what happened is a signaal: a second person should look at it. Pure; the thresholds are the staff's to set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Soort(StrEnum):
    """What a signaal is about."""

    MAIL_VOOR_CODE = "mail_voor_code"
    BRIEF_EN_KOPPELING = "brief_en_koppeling"
    ZELF_GEKOPPELD = "zelf_gekoppeld"
    MIDDEL_TWEE_MENSEN = "middel_twee_mensen"
    VEEL_ROLLEN = "veel_rollen"


@dataclass(frozen=True, slots=True)
class Grens:
    """A threshold: whether it is watched, within how many hours, and how many of it are enough.

    herinneren and escaleren: after how many hours without an answer the second person is reminded, and DUO is told.
    """

    uren: int
    aantal: int = 1
    aan: bool = True
    herinneren: int = 24
    escaleren: int = 72

    def holds(self, eerder: datetime, later: datetime) -> bool:
        """Whether `later` follows on `eerder` within the hours; exactly so many hours is still within."""
        return self.aan and timedelta(0) <= later - eerder <= timedelta(hours=self.uren)


STANDAARD: Final[Mapping[Soort, Grens]] = {
    Soort.MAIL_VOOR_CODE: Grens(uren=72),
    Soort.BRIEF_EN_KOPPELING: Grens(uren=72),
    Soort.ZELF_GEKOPPELD: Grens(uren=168),
    Soort.MIDDEL_TWEE_MENSEN: Grens(uren=72, aantal=2),
    Soort.VEEL_ROLLEN: Grens(uren=24, aantal=50),
}
"""What holds until staff set something else. Fifty rollen in a day: a school's first day with a file has more."""

LINK_GELDIG: Final = timedelta(days=14)
"""How long the bevoegd gezag can answer by the link; DUO staff always can."""

BEWAARD: Final = timedelta(days=730)
"""How long a signaal is kept (R34)."""

SPOREN_TERUG: Final = timedelta(hours=1)
"""How far each run looks back: longer than any transaction, so that what committed late is seen all the same."""

NAMEN: Final[Mapping[Soort, str]] = {
    Soort.MAIL_VOOR_CODE: "Ander e-mailadres, daarna een activatiecode",
    Soort.BRIEF_EN_KOPPELING: "Brief en koppelproces in dezelfde browser",
    Soort.ZELF_GEKOPPELD: "Eén persoon heeft aangemeld, afgedrukt en gekoppeld",
    Soort.MIDDEL_TWEE_MENSEN: "Eén middel voor meer mensen",
    Soort.VEEL_ROLLEN: "Veel rollen in korte tijd",
}

ZINNEN: Final[Mapping[Soort, str]] = {
    Soort.MAIL_VOOR_CODE: "Het e-mailadres van {over} is gewijzigd door {door}. Kort daarna ging er een activatiecode "
    "naar dat adres.",
    Soort.BRIEF_EN_KOPPELING: "De brief voor {over} is gemaakt door {door}. In dezelfde browser is daarna geprobeerd "
    "om met de gebruikersnaam uit die brief een middel te koppelen.",
    Soort.ZELF_GEKOPPELD: "{over} is aangemeld door {door}. Diezelfde persoon maakte de brief, en alles wijst erop dat "
    "zij of hij ook het middel koppelde.",
    Soort.MIDDEL_TWEE_MENSEN: "Met één eHerkenningsmiddel is geprobeerd om de accounts van verschillende mensen te "
    "koppelen: {aantal} in totaal. Bij uw organisatie gaat het om {over}. Een middel hoort bij één persoon.",
    Soort.VEEL_ROLLEN: "{door} gaf in korte tijd {aantal} keer een rol of kenmerk aan gebruikers.",
}
"""What a signaal says. over: on whom; door: who did it, as far as known; aantal: how many."""

ZELF_GEWIJZIGD: Final = (
    "{over} heeft een ander e-mailadres laten vastleggen. Kort daarna ging er een activatiecode naar dat adres."
)
"""Of a code to a new address, when nobody else changed it."""


@dataclass(frozen=True, slots=True)
class Persoon:
    """Somebody, as far as we can tell people apart: there is no table of persons (D1)."""

    naam: str
    email: str


def same_person(one: Persoon, other: Persoon) -> bool:
    """Whether these are, as far as we can tell, one person: the same name, or the same e-mail address."""
    same_mail = bool(one.email) and one.email.casefold() == other.email.casefold()
    return same_mail or " ".join(one.naam.split()).casefold() == " ".join(other.naam.split()).casefold()


@dataclass(frozen=True, slots=True)
class Brief:
    """A letter that was made: when, by whom, and whether in the browser in which somebody links now."""

    op: datetime
    door: int | None
    zelfde_browser: bool


@dataclass(frozen=True, slots=True)
class Koppelfeiten:
    """What is known of one try in step 5 of the koppelproces at an account.

    gelukt: it was linked. aangemeld_op, aangemeld_door: its registration. eigen: accounts whose session it was, or that
    this middel was linked to before. beoordeeld: until when an answered signaal of a soort covered the letters.
    """

    op: datetime
    gelukt: bool
    brieven: Sequence[Brief]
    aangemeld_op: datetime
    aangemeld_door: int | None
    eigen: frozenset[int]
    beoordeeld: Mapping[Soort, datetime] = field(default_factory=dict)

    def new_to(self, soort: Soort) -> list[Brief]:
        """The letters that no answered signaal of this soort was about, the first one first."""
        tot = self.beoordeeld.get(soort)
        return sorted((one for one in self.brieven if tot is None or one.op > tot), key=lambda one: one.op)


def judge_koppeling(feiten: Koppelfeiten, grenzen: Mapping[Soort, Grens]) -> tuple[Soort, Brief] | None:
    """Whether a try is a signaal, of which soort, and with which letter: the earliest that makes it one.

    Who registered, printed and linked is the heavier of the two; it takes a koppeling, the other one only a try.
    """
    zelf, samen = grenzen[Soort.ZELF_GEKOPPELD], grenzen[Soort.BRIEF_EN_KOPPELING]
    for brief in feiten.new_to(Soort.ZELF_GEKOPPELD):
        linked = feiten.gelukt and (brief.zelfde_browser or brief.door in feiten.eigen)
        registered = brief.door is not None and brief.door == feiten.aangemeld_door
        in_time = zelf.holds(feiten.aangemeld_op, feiten.op) and zelf.holds(brief.op, feiten.op)
        if linked and registered and in_time:
            return Soort.ZELF_GEKOPPELD, brief
    for brief in feiten.new_to(Soort.BRIEF_EN_KOPPELING):
        if brief.zelfde_browser and samen.holds(brief.op, feiten.op):
            return Soort.BRIEF_EN_KOPPELING, brief
    return None


@dataclass(frozen=True, slots=True)
class Poging:
    """A middel was tried on an account: when, which account, whose."""

    op: datetime
    account: int
    persoon: Persoon


def judge_middel(pogingen: Sequence[Poging], grens: Grens) -> tuple[Sequence[Poging], int]:
    """The tries of one middel that are a signaal, on how many different people, within the hours up to the last try.

    Nobody and nothing when they are none. Who has an account at several organisaties is one person.
    """
    last = max((poging.op for poging in pogingen), default=None)
    if last is None:
        return [], 0
    recent = [poging for poging in pogingen if grens.holds(poging.op, last)]
    people: list[Persoon] = []
    for poging in recent:
        if not any(same_person(poging.persoon, known) for known in people):
            people.append(poging.persoon)
    return (recent, len(people)) if len(people) >= max(grens.aantal, 2) else ([], 0)


@dataclass(frozen=True, slots=True)
class Beoordeeld:
    """What answered signalen about one middel at one organisatie covered: accounts, until when, stopped at last."""

    over: frozenset[int]
    tot: datetime
    gestopt: bool


def find_fresh(
    pogingen: Sequence[Poging], hier: Sequence[Poging], grens: Grens, beoordeeld: Beoordeeld
) -> Sequence[Poging]:
    """Those tries `hier`, at one organisatie, that are news after what a second person answered; nothing if none are.

    An account that nobody was asked about is. The same ones are not, unless it was stopped and the middel was tried on
    different people again. pogingen: all of this middel.
    """
    later = [one for one in hier if one.op > beoordeeld.tot or one.account not in beoordeeld.over]
    other = any(one.account not in beoordeeld.over for one in later)
    since = [one for one in pogingen if one.op > beoordeeld.tot]
    again = beoordeeld.gestopt and bool(judge_middel(since, grens)[1])
    return later if other or again else []


def find_veel(momenten: Sequence[datetime], grens: Grens) -> tuple[int, int] | None:
    """The first stretch of grants of one person that is too many within the hours: first and last, as places.

    momenten in their order of time. All that fell within the hours from the first belongs to it.
    """
    first = 0
    for last, moment in enumerate(momenten):
        while not grens.holds(momenten[first], moment) and first < last:
            first += 1
        if grens.aan and last - first + 1 >= grens.aantal:
            return first, max(place for place, later in enumerate(momenten) if grens.holds(momenten[first], later))
    return None


@dataclass(frozen=True, slots=True)
class Kandidaat:
    """A beheerder who could look at a signaal: her id, and the ids of her beheerdersrollen; alles: without a limit."""

    pk: int
    domeinen: frozenset[int]
    alles: bool


def choose_second(kandidaten: Sequence[Kandidaat], domeinen: frozenset[int]) -> int | None:
    """Whom to ask: who shares a beheerdersrol with whoever did it, then one without a limit, then anybody.

    Among equals the account that is there longest. None without a candidate.
    """
    ranked = sorted(kandidaten, key=lambda one: (not one.domeinen & domeinen, not one.alles, one.pk))
    return ranked[0].pk if ranked else None


def is_due(sinds: datetime, uren: int, now: datetime) -> bool:
    """Whether so many hours have passed."""
    return now - sinds >= timedelta(hours=uren)

"""Who may open a taak, and why: decided from facts that somebody else has read (R22, D20, D24). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from accounts.rules import KENMERKSOORTEN
from koppeling.eherkenning.levels import Niveau, meets
from koppeling.rules import AMSTERDAM

# R21, manual 1.6: Snel naar shows the taken opened most in this time.
SNEL_NAAR_DAGEN = timedelta(days=90)
SNEL_NAAR_HOOGSTENS = 6

# R30: how long bevoegd gezag and other side have to answer, how long a machtiging lasts at most (five years), how far
# ahead it begins at most, and when both sides are told that it ends.
MACHTIGING_BEANTWOORDEN = timedelta(days=14)
MACHTIGING_HOOGSTENS = timedelta(days=5 * 366)
MACHTIGING_VOORAF = timedelta(days=366)
MACHTIGING_LOOPT_AF = timedelta(days=30)

# R34: who read which mededeling is nobody's business after a year.
LEESBEVESTIGING_BEWAREN = timedelta(days=365)


def end_of_day(day: date) -> datetime:
    """The moment at which this day is over in Amsterdam: the end (tot) of what holds up to and including it."""
    return datetime.combine(day + timedelta(days=1), time(), AMSTERDAM)


def last_day(tot: datetime) -> date:
    """The last Amsterdam day on which something held that ends at `tot`."""
    return (tot - timedelta(microseconds=1)).astimezone(AMSTERDAM).date()


@dataclass(frozen=True, slots=True)
class Inlog:
    """What a login adds to a decision: its level (a URI) and the vestigingen it is limited to (D24).

    portalen: without a level, those (sleutels) for which another way in still counts, such as a token (R14).
    doorgegeven: it rests on a machtiging or ketenmachtiging itself, and a machtiging is not passed on (R30).
    """

    loa: str
    vestigingen: frozenset[str] = frozenset()
    portalen: frozenset[str] = frozenset()
    doorgegeven: bool = False

    @property
    def niveaus(self) -> frozenset[str]:
        """The levels that this login meets, by name (EH3, EH4, …); none for a URI that is no level."""
        return frozenset(niveau.naam for niveau in Niveau if meets(self.loa, niveau))


@dataclass(frozen=True, slots=True)
class RolFeit:
    """A rol that the account holds and that opens the taak, with the ids of the kenmerken it was granted for.

    machtiging: the id of the machtiging it was granted under, None for one's own organisatie. einden: until when it
    holds for a kenmerk with an end of its own, in words.
    """

    naam: str
    kenmerksoorten: frozenset[str]
    kenmerken: frozenset[int]
    tot: str = ""  # until when it holds, in words; empty: no end
    id: int = 0
    machtiging: int | None = None
    einden: tuple[tuple[int, str], ...] = ()

    def voor(self, kenmerk: int) -> str:
        """The name, with the kenmerk's own end."""
        einde = dict(self.einden).get(kenmerk)
        return f"{self.naam} (tot en met {einde})" if einde else self.naam


@dataclass(frozen=True, slots=True)
class VoorbijeRol:
    """A rol that opens the taak and that the account no longer holds, with when that ended, in words."""

    naam: str
    sinds: str


@dataclass(frozen=True, slots=True)
class MachtigingFeit:
    """A machtiging that holds: its last day in words, and its scope: ids of rollen and kenmerken (R30)."""

    id: int
    laatste_dag: str
    rollen: frozenset[int]
    kenmerken: frozenset[int]


@dataclass(frozen=True, slots=True)
class NamensFeit:
    """For whom one acts by machtiging: the name of who gave it, and the machtigingen of hers that hold (D5)."""

    verlener: str
    machtigingen: tuple[MachtigingFeit, ...]


@dataclass(frozen=True, slots=True)
class KenmerkFeit:
    """A kenmerk, and whether it belongs (eigen) to the account's organisatie, or to the one that is acted for.

    sinds: when it ceased to, in words.
    """

    id: int
    soort: str
    waarde: str
    vestigingsnummer: str
    eigen: bool
    sinds: str = ""


@dataclass(frozen=True, slots=True)
class Feiten:
    """Everything on one account and one taak that a decision rests on, as it stood at one moment.

    portaal and niveau are the taak's portaal (sleutel) and the level that it asks for, None without a portaal. openers
    are the names of the rollen that open the taak; rollen are those of them that the account holds, voorbij those that
    it held before. belet: why the account does not count at that moment, as the end of a sentence; empty when it does.
    With `namens` these are the ones under a machtiging of that organisatie, else the ones for the own one.
    """

    naam: str
    organisatie: str
    taak: str
    belet: str
    kenmerksoorten: frozenset[str]
    portaal: str | None
    niveau: str | None
    openers: tuple[str, ...]
    rollen: tuple[RolFeit, ...]
    voorbij: tuple[VoorbijeRol, ...] = ()
    namens: NamensFeit | None = None

    @property
    def eigenaar(self) -> str:
        """The name of the organisatie whose kenmerken count."""
        return self.namens.verlener if self.namens else self.organisatie


@dataclass(frozen=True, slots=True)
class Besluit:
    """Whether it may, and the chain of sentences that leads there; a no ends with the first link that is missing."""

    mag: bool
    keten: tuple[str, ...]


def decide(feiten: Feiten, kenmerk: KenmerkFeit | None, inlog: Inlog | None) -> Besluit:
    """Decide whether the taak may be opened for this kenmerk, or without one (R22, D20).

    inlog None leaves the login out of it: what the account may do at all, not in this session.
    """
    keten: list[str] = []
    for holds, ja, nee in _links(feiten, kenmerk, inlog):
        keten.append(ja if holds else nee)
        if not holds:
            return Besluit(mag=False, keten=tuple(keten))
    return Besluit(mag=True, keten=tuple(keten))


def _links(feiten: Feiten, kenmerk: KenmerkFeit | None, inlog: Inlog | None) -> Iterator[tuple[bool, str, str]]:
    """The links of the chain in order: does it hold, the sentence when it does, the sentence when it does not."""
    account = f"Het account van {feiten.naam} bij {feiten.organisatie}"
    yield not feiten.belet, f"{account} is actief.", f"{account} {feiten.belet}."
    if feiten.niveau is not None:
        yield _level_link(feiten, inlog)
    if feiten.namens is not None:
        yield from _namens_links(feiten, feiten.namens, inlog)
    openers = _and(feiten.openers)
    yield (
        bool(feiten.openers),
        f"De taak {feiten.taak} is er voor wie een van deze rollen heeft: {openers}.",
        f"Geen enkele rol opent de taak {feiten.taak}.",
    )
    held = _and(tuple(f"{rol.naam}, tot en met {rol.tot}" if rol.tot else rol.naam for rol in feiten.rollen))
    voor = f" namens {feiten.namens.verlener}" if feiten.namens else ""
    nee = f"{feiten.naam} heeft geen van deze rollen{voor}: {openers}."
    for rol in feiten.voorbij:
        nee += f" De rol {rol.naam} eindigde op {rol.sinds}."
    yield bool(feiten.rollen), f"{feiten.naam} heeft de rol {held}{voor}.", nee
    if not feiten.kenmerksoorten and feiten.namens is not None:
        yield False, "", "De taak werkt zonder kenmerk. Namens een ander gaat alleen een taak met een kenmerk open."
    elif not feiten.kenmerksoorten:
        yield kenmerk is None, "Voor de taak is geen kenmerk nodig.", "De taak werkt zonder kenmerk."
    elif kenmerk is None:
        soorten = _or(tuple(sorted(KENMERKSOORTEN[soort].naam for soort in feiten.kenmerksoorten)))
        yield False, "", f"Bij de rol is een kenmerk nodig van de soort {soorten}."
    else:
        yield from _kenmerk_links(feiten, kenmerk, inlog)


def _level_link(feiten: Feiten, inlog: Inlog | None) -> tuple[bool, str, str]:
    """Without a login: what it will take. A portaal that names no level is gone: no login reaches it."""
    niveau = feiten.niveau
    if not niveau:
        return False, "", "Het portaal van deze taak is er niet meer: met geen enkele login is de taak te openen."
    if inlog is None:
        return True, f"Voor de taak is een login met niveau {niveau} of hoger nodig.", ""
    if feiten.portaal in inlog.portalen:
        return True, "De login is zonder eHerkenning. Voor dit portaal telt die nog.", ""
    return (
        niveau in inlog.niveaus,
        f"De login heeft minstens niveau {niveau}.",
        f"De taak vraagt om een login met niveau {niveau} of hoger.",
    )


def _namens_links(feiten: Feiten, namens: NamensFeit, inlog: Inlog | None) -> Iterator[tuple[bool, str, str]]:
    """R30, D5: there is a machtiging, and it is not passed on."""
    if inlog is not None:
        yield (
            not inlog.doorgegeven,
            f"De login is van {feiten.organisatie} zelf.",
            f"De login rust zelf op een machtiging. Een machtiging van {namens.verlener} wordt niet doorgegeven.",
        )
    until = _and(tuple(machtiging.laatste_dag for machtiging in namens.machtigingen))
    yield (
        bool(namens.machtigingen),
        f"{feiten.naam} mag namens {namens.verlener} door de machtiging aan {feiten.organisatie}, tot en met {until}.",
        f"{namens.verlener} heeft {feiten.organisatie} niet gemachtigd, of de machtiging is voorbij.",
    )


def _kenmerk_links(feiten: Feiten, kenmerk: KenmerkFeit, inlog: Inlog | None) -> Iterator[tuple[bool, str, str]]:
    soort = KENMERKSOORTEN[kenmerk.soort].naam
    yield (
        kenmerk.soort in feiten.kenmerksoorten,
        f"De taak werkt met een kenmerk van de soort {soort}.",
        f"De taak werkt niet met een kenmerk van de soort {soort}.",
    )
    fitting = [rol for rol in feiten.rollen if kenmerk.soort in rol.kenmerksoorten]
    yield (
        bool(fitting),
        f"De rol {_and(tuple(rol.naam for rol in fitting))} werkt met een kenmerk van de soort {soort}.",
        f"De rol werkt niet met een kenmerk van de soort {soort}.",
    )
    granted = [rol for rol in fitting if kenmerk.id in rol.kenmerken]
    yield (
        bool(granted),
        f"De rol {_and(tuple(rol.voor(kenmerk.id) for rol in granted))} geldt voor kenmerk {kenmerk.waarde}.",
        f"De rol geldt niet voor kenmerk {kenmerk.waarde}.",
    )
    if feiten.namens is not None:
        scopes = {row.id: row for row in feiten.namens.machtigingen}
        covering = [
            scopes[rol.machtiging]
            for rol in granted
            if rol.machtiging in scopes
            and rol.id in scopes[rol.machtiging].rollen
            and kenmerk.id in scopes[rol.machtiging].kenmerken
        ]
        until = _and(tuple(dict.fromkeys(row.laatste_dag for row in covering)))
        yield (
            bool(covering),
            f"De machtiging geldt voor deze rol met kenmerk {kenmerk.waarde}, tot en met {until}.",
            f"De machtiging geldt niet voor deze rol met kenmerk {kenmerk.waarde}.",
        )
    yield (
        kenmerk.eigen,
        f"Kenmerk {kenmerk.waarde} hoort bij {feiten.eigenaar}.",
        f"Kenmerk {kenmerk.waarde} hoort sinds {kenmerk.sinds} niet meer bij {feiten.eigenaar}."
        if kenmerk.sinds
        else f"Kenmerk {kenmerk.waarde} hoort niet bij {feiten.eigenaar}.",
    )
    if inlog is not None and inlog.vestigingen and kenmerk.vestigingsnummer:
        yield (
            kenmerk.vestigingsnummer in inlog.vestigingen,
            f"De login geldt voor vestiging {kenmerk.vestigingsnummer}.",
            f"De login geldt niet voor vestiging {kenmerk.vestigingsnummer}.",
        )


def _and(names: tuple[str, ...], voegwoord: str = "en") -> str:
    """`a, b en c`."""
    return f" {voegwoord} ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _or(names: tuple[str, ...]) -> str:
    """`a, b of c`."""
    return _and(names, "of")


class Einde(StrEnum):
    """What a request means for the end of a rol that somebody has already. A rol that is new gets the end asked for."""

    BEHOUD = "behoud"  # stays as it is
    LATER = "later"  # the later of the two: giving never takes away
    PRECIES = "precies"  # becomes what is asked


@dataclass(frozen=True, slots=True)
class Houdt:
    """What an account holds of one rol: for which kenmerken, and until when (None: no end).

    einden: kenmerken with an end of their own.
    """

    kenmerken: frozenset[int]
    tot: datetime | None = None
    einden: frozenset[tuple[int, datetime]] = frozenset()

    def end_of(self, kenmerk: int) -> datetime | None:
        """Until when the rol holds for this kenmerk: its own end or that of the rol, whichever comes first."""
        ends = [tot for tot in (dict(self.einden).get(kenmerk), self.tot) if tot is not None]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Vraag:
    """What is asked for one account and one rol: kenmerken to add and to remove; geven: hold it; intrekken: no more.

    alleen: hold it for the kenmerken of `erbij` and no others. einden: an end of its own for these of the kenmerken.
    """

    account: int
    rol: int
    erbij: frozenset[int] = frozenset()
    eraf: frozenset[int] = frozenset()
    alleen: bool = False
    geven: bool = False
    intrekken: bool = False
    tot: datetime | None = None
    einde: Einde = Einde.BEHOUD
    einden: frozenset[tuple[int, datetime]] = frozenset()


def wanted(vraag: Vraag, held: Houdt | None, *, met_kenmerk: bool, eigen: frozenset[int]) -> Houdt | None:
    """What the account should hold of the rol after this request; None for nothing (R22, D20).

    met_kenmerk: the rol works with kenmerken. eigen: the kenmerken of the organisatie. A rol of which all kenmerken go
    goes too, and kenmerken that are no longer the organisatie's go with any change.
    """
    if vraag.intrekken or (held is None and not vraag.geven and not vraag.erbij):
        return None
    before = held.kenmerken if held else frozenset()
    kenmerken = vraag.erbij if vraag.alleen else (before | vraag.erbij) - vraag.eraf
    if kenmerken != before:
        kenmerken &= eigen | vraag.erbij
    if held is not None and met_kenmerk and not kenmerken and before and not vraag.alleen:
        return None
    return Houdt(kenmerken, _end(vraag, held), _own_ends(vraag, held, kenmerken))


def _own_ends(vraag: Vraag, held: Houdt | None, kenmerken: frozenset[int]) -> frozenset[tuple[int, datetime]]:
    asked, own = dict(vraag.einden), dict(held.einden) if held else {}
    if vraag.einde is Einde.PRECIES:
        own = asked
    elif vraag.einde is Einde.BEHOUD:
        own |= asked
    else:
        for kenmerk in vraag.erbij:
            had, wants = own.pop(kenmerk, None), asked.get(kenmerk)
            new = held is None or kenmerk not in held.kenmerken
            if wants is not None and (new or had is not None):
                own[kenmerk] = max(wants, had or wants)
    return frozenset((kenmerk, tot) for kenmerk, tot in own.items() if kenmerk in kenmerken)


def _end(vraag: Vraag, held: Houdt | None) -> datetime | None:
    if held is None or vraag.einde is Einde.PRECIES:
        return vraag.tot
    if vraag.einde is Einde.BEHOUD or held.tot is None or vraag.tot is None:
        return held.tot if vraag.einde is Einde.BEHOUD else None
    return max(held.tot, vraag.tot)


def gives_more(before: Houdt | None, after: Houdt | None) -> bool:
    """Whether the second holds anything that the first does not: a kenmerk, a longer time, the rol itself."""
    if after is None:
        return False
    if before is None or after.kenmerken - before.kenmerken or _is_later(after.tot, before.tot):
        return True
    return any(_is_later(after.end_of(kenmerk), before.end_of(kenmerk)) for kenmerk in after.kenmerken)


def _is_later(end: datetime | None, other: datetime | None) -> bool:
    return other is not None and (end is None or end > other)

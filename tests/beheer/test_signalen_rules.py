"""When something is a signaal: just inside, on and just outside each threshold."""

from datetime import datetime, timedelta

import pytest

from beheer.rules.signalen import (
    STANDAARD,
    Brief,
    Grens,
    Kandidaat,
    Koppelfeiten,
    Persoon,
    Poging,
    Soort,
    choose_second,
    find_veel,
    is_due,
    judge_koppeling,
    judge_middel,
    same_person,
)
from tests.factories import NOW

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
GRENS = Grens(uren=72)
OFF = Grens(uren=72, aan=False)


@pytest.mark.parametrize(
    ("after", "grens", "holds"),
    [
        (timedelta(0), GRENS, True),
        (72 * HOUR - SECOND, GRENS, True),
        (72 * HOUR, GRENS, True),
        (72 * HOUR + SECOND, GRENS, False),
        (-SECOND, GRENS, False),
        (HOUR, OFF, False),
    ],
)
def test_something_follows_within_the_hours(after: timedelta, grens: Grens, holds: bool) -> None:
    assert grens.holds(NOW, NOW + after) is holds


def facts(
    *,
    door: int | None = 1,
    by: int | None = 1,
    same: bool = True,
    linked: bool = True,
    own: set[int] = frozenset(),  # type: ignore[assignment]
    letter: timedelta = HOUR,
    registered: timedelta = 2 * HOUR,
) -> Koppelfeiten:
    return Koppelfeiten(
        op=NOW,
        gelukt=linked,
        brieven=[Brief(NOW - letter, door, same)],
        aangemeld_op=NOW - registered,
        aangemeld_door=by,
        eigen=frozenset(own),
    )


ZELF, SAMEN = Soort.ZELF_GEKOPPELD, Soort.BRIEF_EN_KOPPELING


@pytest.mark.parametrize(
    ("feiten", "soort"),
    [
        (facts(), ZELF),
        (facts(same=False, own={1}), ZELF),  # in her session, or with her middel
        (facts(same=False), None),
        (facts(same=False, own={2}), None),
        (facts(by=2), SAMEN),
        (facts(by=None, door=None), SAMEN),
        (facts(linked=False), SAMEN),
        (facts(linked=False, same=False, own={1}), None),
        (facts(registered=168 * HOUR), ZELF),
        (facts(registered=168 * HOUR + SECOND), SAMEN),
        (facts(letter=72 * HOUR, by=2), SAMEN),
        (facts(letter=72 * HOUR + SECOND, by=2), None),
        (facts(letter=168 * HOUR, registered=168 * HOUR), ZELF),
    ],
)
def test_a_letter_and_a_try_in_one_browser(feiten: Koppelfeiten, soort: Soort | None) -> None:
    judged = judge_koppeling(feiten, STANDAARD)
    assert (judged[0] if judged else None) is soort


def test_what_is_switched_off_is_no_signaal_and_what_is_left_is_the_lighter_one() -> None:
    off = {**STANDAARD, ZELF: Grens(uren=168, aan=False)}
    judged = judge_koppeling(facts(), off)
    assert judged is not None
    assert judged[0] is SAMEN
    assert judge_koppeling(facts(), {**off, SAMEN: OFF}) is None


def test_a_letter_is_named_that_makes_it_a_signaal_the_earliest_first() -> None:
    mine, theirs = Brief(NOW - 2 * HOUR, 1, zelfde_browser=True), Brief(NOW - HOUR, 2, zelfde_browser=True)
    early = Brief(NOW - 3 * HOUR, 3, zelfde_browser=False)
    feiten = Koppelfeiten(NOW, False, [theirs, early, mine], NOW, None, frozenset())
    assert judge_koppeling(feiten, STANDAARD) == (SAMEN, mine)


HENK, FATIMA = Persoon("Henk van den Zande", "henk@a.example"), Persoon("Fatima El Amrani", "fatima@a.example")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Persoon("henk  van den zande", "elders@b.example"), True),
        (Persoon("H. Zande", "HENK@a.example"), True),
        (Persoon("H. Zande", "hz@a.example"), False),
        (Persoon("Fatima El Amrani", ""), False),
    ],
)
def test_people_are_told_apart_by_name_and_address(other: Persoon, same: bool) -> None:
    assert same_person(HENK, other) is same


def test_nobody_is_somebody_because_neither_has_an_address() -> None:
    assert not same_person(Persoon("A", ""), Persoon("B", ""))


def tries(*rows: tuple[timedelta, Persoon]) -> list[Poging]:
    return [Poging(NOW - ago, number, who) for number, (ago, who) in enumerate(rows)]


@pytest.mark.parametrize(
    ("pogingen", "aantal", "people"),
    [
        ([], 2, 0),
        (tries((HOUR, HENK), (timedelta(0), FATIMA)), 2, 2),
        (tries((72 * HOUR, HENK), (timedelta(0), FATIMA)), 2, 2),
        (tries((72 * HOUR + SECOND, HENK), (timedelta(0), FATIMA)), 2, 0),
        (tries((HOUR, HENK), (timedelta(0), Persoon("Henk van den Zande", "b@b.example"))), 2, 0),
        (tries((HOUR, HENK), (timedelta(0), FATIMA)), 3, 0),
        (tries((HOUR, HENK), (timedelta(0), HENK)), 1, 0),  # one person is never too many
    ],
)
def test_one_middel_for_more_people(pogingen: list[Poging], aantal: int, people: int) -> None:
    rows, number = judge_middel(pogingen, Grens(uren=72, aantal=aantal))
    assert number == people
    assert bool(rows) is bool(people)


@pytest.mark.parametrize(
    ("ago", "found"),
    [
        ([2, 1], None),
        ([3, 2, 1], (0, 2)),
        ([24, 1, 0], (0, 2)),
        ([25, 1, 0], None),
        ([30, 3, 2, 1], (1, 3)),
        ([40, 39, 38, 37, 1], (0, 3)),
        ([], None),
    ],
)
def test_many_rollen_within_the_hours(ago: list[int], found: tuple[int, int] | None) -> None:
    moments: list[datetime] = [NOW - timedelta(hours=hours) for hours in ago]
    assert find_veel(moments, Grens(uren=24, aantal=3)) == found
    assert find_veel(moments, Grens(uren=24, aantal=3, aan=False)) is None


def test_the_second_person_is_of_the_same_domain_then_without_a_limit_then_who_is_there_longest() -> None:
    other, everything, same = (
        Kandidaat(1, frozenset({7}), alles=False),
        Kandidaat(2, frozenset({8}), alles=True),
        Kandidaat(3, frozenset({5, 6}), alles=False),
    )
    assert choose_second([other, everything, same], frozenset({5})) == 3
    assert choose_second([other, everything], frozenset({5})) == 2
    assert choose_second([Kandidaat(4, frozenset(), alles=False), other], frozenset({5})) == 1
    assert choose_second([], frozenset({5})) is None


@pytest.mark.parametrize(("after", "due"), [(24 * HOUR - SECOND, False), (24 * HOUR, True)])
def test_a_reminder_is_due_after_its_hours(after: timedelta, due: bool) -> None:
    assert is_due(NOW, 24, NOW + after) is due

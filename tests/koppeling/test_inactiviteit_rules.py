"""Eighteen calendar months, reckoned forward in Amsterdam (R18, D15)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from koppeling.rules import INACTIEF_MAANDEN, add_months, lapse_day


@pytest.mark.parametrize(
    ("used", "lapses"),
    [
        (date(2026, 3, 2), date(2027, 9, 2)),
        (date(2025, 8, 31), date(2027, 2, 28)),  # clipped to the month's end
        (date(2026, 8, 31), date(2028, 2, 29)),  # in a leap year one day later
        (date(2026, 8, 29), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 8, 29)),
        (date(2024, 12, 31), date(2026, 6, 30)),
        (date(2026, 6, 30), date(2027, 12, 30)),
    ],
)
def test_eighteen_calendar_months_are_clipped_to_the_end_of_the_month(used: date, lapses: date) -> None:
    assert add_months(used, INACTIEF_MAANDEN) == lapses


@pytest.mark.parametrize(
    ("used", "lapses"),
    [
        (datetime(2026, 3, 1, 22, 59, tzinfo=UTC), date(2027, 9, 1)),  # 23.59 in Amsterdam
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2027, 9, 2)),  # midnight in Amsterdam
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2028, 1, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2028, 1, 2)),  # summer time
        (datetime(2026, 8, 30, 22, 30, tzinfo=UTC), date(2028, 2, 29)),  # 31 August in Amsterdam
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2027, 9, 29)),  # the night that skips an hour, before …
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), date(2027, 9, 29)),  # … and after
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2028, 4, 25)),  # 2.30, the first time that night …
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2028, 4, 25)),  # … and the second
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2028, 4, 25)),  # the day of 25 hours
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2028, 4, 26)),
    ],
)
def test_the_day_is_that_of_amsterdam_also_in_the_nights_of_the_clock_change(used: datetime, lapses: date) -> None:
    assert lapse_day(used) == lapses


def test_reckoned_backward_another_day_would_come_out_on_13_of_730_days() -> None:
    """Why the day is stored and never recomputed from today (D15)."""

    def backward(used: date) -> date:
        today = used
        while add_months(today, -INACTIEF_MAANDEN) < used:
            today += timedelta(days=1)
        return today

    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(730)]
    assert sum(backward(day) != add_months(day, INACTIEF_MAANDEN) for day in days) == 13


def test_who_uses_it_later_never_lapses_earlier() -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(4 * 366)]
    lapses = [add_months(day, INACTIEF_MAANDEN) for day in days]
    assert lapses == sorted(lapses)

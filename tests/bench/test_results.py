import json
from pathlib import Path

import pytest

from bench.__main__ import METINGEN
from bench.results import Meting, alternate, make_table, percentile, write_results

ROOT = Path(__file__).resolve().parents[2]
KEPT = Meting("blokkade", 1.2345, goal=2)
MISSED = Meting("overzicht", 0.36, goal=0.40, at_least=True)
OVER = Meting("langste", 130.0, "ms", limit=100)


def test_the_file_holds_name_value_unit_goal_and_ok_of_each(tmp_path: Path) -> None:
    path = tmp_path / "var" / "bench.json"
    write_results(path, [KEPT, MISSED, OVER])
    assert json.loads(path.read_text()) == [
        {"name": "blokkade", "value": 1.234, "unit": "×", "goal": 2, "ok": True},
        {"name": "overzicht", "value": 0.36, "unit": "×", "goal": 0.4, "ok": False},
        {"name": "langste", "value": 130.0, "unit": "ms", "goal": None, "ok": False},
    ]


def test_a_missed_goal_fails_the_run_and_a_passed_limit_does_not() -> None:
    assert [m.failed for m in (KEPT, MISSED, OVER)] == [False, True, False]


def test_a_value_without_a_bound_has_no_verdict() -> None:
    assert Meting("tijd", 3.0, "s").ok is None


def test_the_table_shows_each_value_with_its_bound_and_a_limit_between_brackets() -> None:
    head, *rows = make_table([KEPT, MISSED, OVER]).splitlines()
    assert head.split() == ["meting", "waarde", "doel"]
    assert [" ".join(row.split()) for row in rows] == [
        "blokkade 1.23 × ≤ 2 × goed",
        "overzicht 0.36 × ≥ 0.4 × niet gehaald",
        "langste 130.00 ms (≤ 100 ms) niet gehaald",
    ]


def test_p95_is_the_value_that_one_in_twenty_passes() -> None:
    assert percentile([float(n) for n in range(200, 0, -1)], 0.95) == 191


def test_there_is_no_p95_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.95)


def test_the_two_sides_take_turns_in_going_first() -> None:
    assert list(alternate(3, "a", "b")) == [("a", "b"), ("b", "a"), ("a", "b")]


def test_the_documentation_explains_every_meting() -> None:
    text = (ROOT / "docs" / "bench.md").read_text()
    assert [name for name in METINGEN if f"`{name}`" not in text] == []

"""What was measured: in `var/bench.json` and as a table. Pure, but for writing the file."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meting:
    """One value. With a `goal` it is a ratio, and missing it fails the run; a `limit` is only looked at.

    Both are upper bounds, unless `at_least`.
    """

    name: str
    value: float
    unit: str = "×"
    goal: float | None = None
    limit: float | None = None
    at_least: bool = False

    @property
    def bound(self) -> float | None:
        """The goal, else the limit."""
        return self.limit if self.goal is None else self.goal

    @property
    def ok(self) -> bool | None:
        """Whether the value keeps to its bound; None when it has none."""
        if self.bound is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    @property
    def failed(self) -> bool:
        """Whether a goal was missed."""
        return self.goal is not None and not self.ok


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies: 0.95 gives p95. Raises ValueError when there are none."""
    if not values:
        raise ValueError("no values were measured")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def alternate(rounds: int, first: T, second: T) -> Iterator[tuple[T, T]]:
    """The order of the two sides in each round: A B, B A, A B, … so that neither profits from its place."""
    return ((first, second) if number % 2 == 0 else (second, first) for number in range(rounds))


def write_results(path: Path, metingen: Sequence[Meting]) -> None:
    """Write the list to the file, in place of what an earlier run left there."""
    entries = [
        {"name": m.name, "value": round(m.value, 3), "unit": m.unit, "goal": m.goal, "ok": m.ok} for m in metingen
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=2) + "\n")


def make_table(metingen: Sequence[Meting]) -> str:
    """The list for a reader: name, value, bound, verdict. A limit stands between brackets."""
    rows = [("meting", "waarde", "doel", "")] + [
        (m.name, f"{m.value:.2f} {m.unit}", _show_bound(m), {True: "goed", False: "niet gehaald", None: ""}[m.ok])
        for m in metingen
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _show_bound(meting: Meting) -> str:
    if meting.bound is None:
        return ""
    text = f"{'≥' if meting.at_least else '≤'} {meting.bound:g} {meting.unit}"
    return text if meting.goal is not None else f"({text})"

"""Pango for the letters as PDF: found, or the cure is named."""

import pytest

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.pango import PAKKETTEN, find_pango


def test_it_is_here() -> None:
    find_pango()


def test_what_is_missing_and_cannot_be_installed_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAKKETTEN, "libnergens0", "libnergens.so.0")
    monkeypatch.setenv("PATH", "")  # no apt-get
    with pytest.raises(LokaalError, match="apt-get install -y libnergens0"):
        find_pango()

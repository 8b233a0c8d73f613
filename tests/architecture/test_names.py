"""URL name = view name = template name."""

import inspect
from pathlib import Path

import pytest
from django.conf import settings

from tests.architecture.adressen import PAGES, walk

OURS = ("koppeling", "autorisatie", "beheer", "mijnduo", "planning", "publiek")
OUTCOMES = {"koppeling/koppelen_geblokkeerd"}
"""Pages that a view shows besides its own: what came of a try."""


def module_of(name: str) -> str:
    view = inspect.unwrap(PAGES[name].callback)
    return str(view.__module__)


@pytest.mark.parametrize("name", [name for name in PAGES if module_of(name).startswith(OURS)])
def test_the_view_is_named_as_its_address(name: str) -> None:
    view = inspect.unwrap(PAGES[name].callback)
    if inspect.isfunction(view) and not hasattr(view, "view_class"):
        assert view.__name__ == name


def test_every_template_of_a_page_is_named_as_its_view() -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    pages = {str(path.relative_to(folder).with_suffix("")) for app in OURS for path in (folder / app).glob("*.html")}
    views = {f"{module_of(name).partition('.')[0]}/{name}" for name in PAGES}
    assert pages - views == OUTCOMES


def test_names_are_unique() -> None:
    names = [name for name, _ in walk() if not name.startswith("admin:")]
    assert len(names) == len(set(names))

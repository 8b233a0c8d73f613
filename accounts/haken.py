"""Registry that upper apps fill in AppConfig.ready: the items of the main menu."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import Account


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One item of the main menu: what it says, where it leads, and its place (lowest first)."""

    label: str
    url: str
    volgorde: int = 0


MenuHaak = Callable[[HttpRequest, "Account", datetime], MenuItem | None]
"""Asked on every page of a logged-in account; None when the item is not for this account at this moment."""

menu: list[MenuHaak] = []


def register_menu(haak: MenuHaak) -> None:
    """Add an item to the main menu."""
    menu.append(haak)

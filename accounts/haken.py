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
    """One item of the main menu: what it says, where it leads, its place (lowest first), and which other pages it has.

    ook: addresses of pages that belong to the item but lie elsewhere: there the reader sees it marked as well.
    """

    label: str
    url: str
    volgorde: int = 0
    ook: tuple[str, ...] = ()


MenuHaak = Callable[[HttpRequest, "Account", datetime], MenuItem | None]
"""Asked on every page of a logged-in account; None when the item is not for this account at this moment."""

menu: list[MenuHaak] = []


def register_menu(haak: MenuHaak) -> None:
    """Add an item to the main menu."""
    menu.append(haak)

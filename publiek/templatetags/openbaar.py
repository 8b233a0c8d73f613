from functools import cache
from typing import Any, Final

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from publiek.services.opmaak import link_contact, link_site, render_markdown

register = template.Library()
register.filter("opgemaakt", render_markdown)
register.filter("contactregel", link_contact)
register.simple_tag(link_site, name="andere_site")

MENU: Final = (
    ("Home", "begin", ()),
    ("Inloggen", "inloggen", ()),
    ("eHerkenning", "pagina", ("eherkenning-gebruiken",)),
    ("Planning", "planning", ()),
    ("Problemen met inloggen", "problemen_met_inloggen", ()),
    ("Contact", "contact", ()),
    ("Zoeken", "zoeken", ()),
)


@register.simple_tag(takes_context=True)
def bezoekersmenu(context: dict[str, Any]) -> SafeString:
    """The main menu of who is not logged in; made once for each of its places."""
    path = context["request"].path
    return _make_menu(path if path in _addresses() else "")


@cache
def _addresses() -> frozenset[str]:
    return frozenset(reverse(name, args=args) for _, name, args in MENU)


@cache
def _make_menu(hier: str) -> SafeString:
    punten = [(naam, reverse(name, args=args)) for naam, name, args in MENU]
    return render_to_string("deel/bezoekersmenu.html", {"punten": punten, "hier": hier})


@register.simple_tag
@cache
def voetlijst() -> SafeString:
    """The links at the foot of every page; made once."""
    return render_to_string("deel/voetlijst.html")


@register.simple_tag
@cache
def hoofd() -> SafeString:
    """The styles, the font and the script that every page fetches; made once."""
    return render_to_string("deel/hoofd.html")

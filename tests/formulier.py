"""Fill in a form of a page as a visitor does: what the page hides in it goes along."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.test import Client
from lxml import html

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Pagina = _MonkeyPatchedWSGIResponse
else:
    Pagina = HttpResponse  # what the test client returns, with a little more


def submit(browser: Client, page: Pagina | str, knop: str, **values: Any) -> Pagina:
    """Open a page (its address, or one that was got already), fill in the form with this button, and press it."""
    opened = browser.get(page) if isinstance(page, str) else page
    form = form_with(opened, knop)
    hidden = {field.get("name"): field.get("value", "") for field in form.xpath(".//input[@type='hidden']")}
    return browser.post(form.get("action") or opened.request["PATH_INFO"], {**hidden, **values})


def form_with(page: Pagina, knop: str) -> html.HtmlElement:
    """The form on a page that has this button; AssertionError when there is none."""
    for button in html.fromstring(page.content).xpath("//button[@type='submit']"):
        if " ".join(button.text_content().split()).startswith(knop):
            form = button.get("form")
            found: html.HtmlElement = button.xpath("//form[@id=$id] | ancestor::form[not($id)]", id=form or "")[0]
            return found
    raise AssertionError(f"no button {knop!r} on this page:\n{text_of(page)}")


def text_of(page: Pagina) -> str:
    """What one reads in the middle of a page, on one line."""
    (main,) = html.fromstring(page.content).xpath("//main")
    return " ".join(main.text_content().split())

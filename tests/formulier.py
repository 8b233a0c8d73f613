"""Fill in a form of a page as a visitor does: what the page hides in it goes along."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from lxml import html


def submit(browser: Client, page: HttpResponse | str, knop: str, **values: Any) -> HttpResponse:
    """Open a page (its address, or one that was got already), fill in the form with this button, and press it."""
    address = page if isinstance(page, str) else page.wsgi_request.path  # type: ignore[attr-defined]  # the test client's
    if isinstance(page, str):
        page = browser.get(page)
    form = form_with(page, knop)
    hidden = {field.get("name"): field.get("value", "") for field in form.xpath(".//input[@type='hidden']")}
    return browser.post(form.get("action") or address, {**hidden, **values})


def form_with(page: HttpResponse, knop: str) -> html.HtmlElement:
    """The form on a page that has this button; AssertionError when there is none."""
    for button in html.fromstring(page.content).xpath("//button[@type='submit']"):
        if " ".join(button.text_content().split()).startswith(knop):
            form = button.get("form")
            return button.xpath("//form[@id=$id]", id=form)[0] if form else button.xpath("ancestor::form")[0]
    raise AssertionError(f"no button {knop!r} on this page:\n{text_of(page)}")


def text_of(page: HttpResponse) -> str:
    """What one reads in the middle of a page, on one line."""
    (main,) = html.fromstring(page.content).xpath("//main")
    return " ".join(main.text_content().split())

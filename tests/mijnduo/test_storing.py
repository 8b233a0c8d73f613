"""R05, trap 5: when something breaks, neither the page, the log nor the mail to the operators says what was in it."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from mijnduo.urls import urlpatterns as portal_urls

GEHEIM = "ABCDE-FGHJK"


def breaks(request: HttpRequest, token: str) -> HttpResponse:
    code = request.POST["activatiecode"]
    try:
        int(code)
    except ValueError as error:
        raise RuntimeError(f"no koppeling with {code} of {token}") from error
    raise AssertionError("the code is no number")


def closed(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(status=503)


pytestmark = pytest.mark.django_db

urlpatterns = [
    path("breekt/<str:token>/", breaks, name="breaks"),
    path("werkt-niet/<str:token>/", closed, name="closed"),
    *portal_urls,
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What reaches the operators' log, through the handler of the settings."""
    (handler,) = (handler for handler in logging.getLogger().handlers if handler.name == "stderr")
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.mark.urls("tests.mijnduo.test_storing")
def test_r05_a_crash_leaks_neither_message_nor_locals_nor_post(
    settings: Settings, mailoutbox: list[EmailMessage], log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADMINS = [("Beheer", "beheer@mijnduo.example")]
    client = Client(raise_request_exception=False)
    monkeypatch.setattr(breaks, "login_required", False, raising=False)
    response = client.post(f"/breekt/{GEHEIM}/", {"activatiecode": GEHEIM}, HTTP_X_CODE=GEHEIM)
    assert response.status_code == 500
    page = response.content.decode()
    assert "Er ging iets mis bij ons" in page
    (mail,) = mailoutbox
    told = [page, mail.subject, mail.body, mail.message().as_string(), log.getvalue()]
    for text in told:
        assert GEHEIM not in text
        assert "no koppeling" not in text
    assert "POST breaks" in mail.body
    for text in [mail.body, log.getvalue()]:
        assert "RuntimeError" in text
        assert "in breaks" in text


@pytest.mark.urls("tests.mijnduo.test_storing")
def test_a_page_that_is_not_there_is_logged_without_its_path(log: io.StringIO) -> None:
    Client().get(f"/nergens/{GEHEIM}/")
    assert "Not Found: onbekende pagina" in log.getvalue()
    assert GEHEIM not in log.getvalue()


@pytest.mark.urls("tests.mijnduo.test_storing")
def test_the_page_of_a_crash_needs_nothing_that_can_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaks, "login_required", False, raising=False)
    client = Client(raise_request_exception=False)
    page = client.post("/breekt/x/", {"activatiecode": "x"}).content.decode()
    assert "csrfmiddlewaretoken" not in page
    assert "Traceback" not in page


@pytest.mark.urls("tests.mijnduo.test_storing")
def test_a_page_that_says_it_does_not_work_is_told_to_the_operators_too(
    settings: Settings, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADMINS = [("Beheer", "beheer@mijnduo.example")]
    monkeypatch.setattr(closed, "login_required", False, raising=False)
    assert Client().get(f"/werkt-niet/{GEHEIM}/").status_code == 503
    (mail,) = mailoutbox
    assert "GET closed" in mail.body
    assert GEHEIM not in f"{mail.subject}{mail.body}"

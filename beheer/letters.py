"""The letter as PDF, made by WeasyPrint out of the page that is printed (R05). Nothing is stored."""

import mimetypes
import threading
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpResponse

SITE: Final = "https://brief.invalid"
"""Where the letter believes to be: what it names below STATIC_URL is read from our own files, and nothing else is."""

_one_at_a_time = threading.Lock()  # Pango does not say that it may be used by two threads at once


class GeenPdf(RuntimeError):  # noqa: N818  # a Dutch noun
    """The machine lacks the libraries that WeasyPrint draws with; the text says which, in Dutch."""


@cache
def _load_weasyprint() -> Any:
    """WeasyPrint, at the first letter: importing it takes a second, and fails where Pango is not installed."""
    try:
        return import_module("weasyprint")
    except OSError as error:
        raise GeenPdf(
            "Op deze server ontbreekt een onderdeel dat de pdf maakt (Pango). Afdrukken met de browser kan wel."
        ) from error


def why_no_pdf() -> str:
    """Why no PDF can be made on this machine, in a Dutch sentence; empty when it can."""
    try:
        _load_weasyprint()
    except GeenPdf as error:
        return str(error)
    return ""


def make_pdf(html: str) -> bytes:
    """Make a tagged PDF (PDF/UA-1) of an HTML page that says its language and title.

    It reads the files of STATIC_URL and nothing else: no network, no other file. Raises GeenPdf; a file that is not
    ours or not there is a mistake of the page and raises weasyprint's FatalURLFetchingError.
    """
    weasyprint = _load_weasyprint()
    with _one_at_a_time:
        page = weasyprint.HTML(string=html, base_url=f"{SITE}/", url_fetcher=_fetch_static)
        pdf: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return pdf


def as_download(html: str, naam: str) -> HttpResponse:
    """The same page as a PDF to download under this name."""
    return HttpResponse(
        make_pdf(html),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{naam}"'},
    )


def _fetch_static(url: str) -> Any:
    urls = _load_weasyprint().urls
    begin = SITE + settings.STATIC_URL
    if not url.startswith(begin):
        raise urls.FatalURLFetchingError(f"a letter may not read {url}")
    name = unquote(url.removeprefix(begin))
    path: Path | None
    try:
        path = Path(finders.find(name) or staticfiles_storage.path(name))
    except SuspiciousFileOperation:  # a name that leads out of our folders
        path = None
    if path is None or not path.is_file():
        raise urls.FatalURLFetchingError(f"{name} is not one of our static files")
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

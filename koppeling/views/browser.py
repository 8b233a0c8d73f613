"""Recognises the browser in which a letter was made, should somebody link in it afterwards.

A random number in a cookie of our own, set when a letter is made and at no other moment; we keep its keyed hash only.
"""

import re
import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from koppeling.services.sporen import hash_browser

BEWAARD: Final = timedelta(days=30)
_NUMMER: Final = re.compile(r"[A-Za-z0-9_-]{32}")


def cookie_name() -> str:
    """Over TLS no other site of ours or anybody's can set it (`__Host-`)."""
    return "__Host-browser" if settings.SESSION_COOKIE_SECURE else "browser"


def browser_of(request: HttpRequest) -> str:
    """The hash of this browser's number; empty when it has none, or refuses cookies: then it is never recognised."""
    return hash_browser(_number(request))


def name_browser(request: HttpRequest) -> str:
    """`browser_of`, with a number for a browser that has none yet; `remember_browser` sends it along."""
    request.__dict__["_browser"] = _number(request) or secrets.token_urlsafe(24)
    return hash_browser(request.__dict__["_browser"])


def remember_browser(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, with the number as a cookie when this request used one: anew for the full time."""
    if "_browser" in request.__dict__:
        response.set_cookie(
            cookie_name(),
            request.__dict__["_browser"],
            max_age=BEWAARD,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _number(request: HttpRequest) -> str:
    found = request.COOKIES.get(cookie_name(), "")
    return found if _NUMMER.fullmatch(found) else ""

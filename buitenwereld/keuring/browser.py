"""A browser as small as can be: one site, its cookies, and no more than a page at a time."""

import http.client
import json
import select
from copy import deepcopy
from http import HTTPStatus
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from buitenwereld.keuring.geval import Inzending

SECONDEN = 30.0
STUK = 64 * 1024  # of a large body goes first; who refuses it unread has answered by then
BEDENKTIJD = 3.0  # seconds for that
STAPPEN = 10  # redirects at most
VERBROKEN = 0  # instead of a status: the connection was closed without an answer


class Antwoord:
    """What came back: the status (VERBROKEN for none) and where it sends the browser."""

    def __init__(self, status: int, url: str, location: str = "") -> None:
        self.status = status
        self.location = urljoin(url, location) if location else ""


class Browser:
    """One browser at one site; `OSError` when the site cannot be reached."""

    def __init__(self, adres: str) -> None:
        self._site = _site(adres)
        self._cookies: dict[str, str] = {}

    def copy(self) -> "Browser":
        """Another browser with the same cookies: what somebody has who copied them."""
        return deepcopy(self)

    def get(self, url: str) -> Antwoord:
        """Open a page, without following where it leads."""
        return self._ask("GET", url, {}, b"", keep_cookies=True)

    def follow(self, antwoord: Antwoord) -> list[int]:
        """Go where the answer leads, as long as that is on this site; the statuses on the way, first to last."""
        statuses = [antwoord.status]
        while antwoord.location and _site(antwoord.location) == self._site and len(statuses) < STAPPEN:
            antwoord = self.get(antwoord.location)
            statuses.append(antwoord.status)
        return statuses

    def deliver(self, inzending: Inzending, acs: str) -> Antwoord:
        """Send a message as another site makes a browser do it: without the cookies of this site (SameSite=Lax)."""
        headers = {"Content-Type": inzending.soort} if inzending.soort else {}
        fields = {"RelayState": inzending.relay_state}
        if inzending.veld is not None:
            fields = {"SAMLResponse": inzending.veld, **fields}
        if inzending.methode == "GET":
            return self._ask("GET", f"{acs}?{urlencode(fields)}", {}, b"", keep_cookies=False)
        return self._ask(inzending.methode, acs, headers, _body(inzending.soort, fields), keep_cookies=False)

    def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes, *, keep_cookies: bool) -> Antwoord:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=SECONDEN)
        if keep_cookies and self._cookies:
            headers = headers | {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        try:
            connection.connect()
            answer = _send(connection, method, url, headers, body)
            if answer is None:
                return Antwoord(VERBROKEN, url)
            if keep_cookies:
                self._keep(answer.msg.get_all("Set-Cookie", []))
            return Antwoord(answer.status, url, answer.headers.get("Location", ""))
        finally:
            connection.close()

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self._cookies[name] = morsel.value
                else:
                    self._cookies.pop(name, None)


def _send(
    connection: http.client.HTTPConnection, method: str, url: str, headers: dict[str, str], body: bytes
) -> http.client.HTTPResponse | None:
    """Send, and stop sending a large body once there is an answer; None when the site hung up without one."""
    parts = urlsplit(url)
    connection.putrequest(method, f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}")
    for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
        connection.putheader(name, value)
    try:
        connection.endheaders()
        connection.send(body[:STUK])
        if len(body) > STUK and not select.select([connection.sock], [], [], BEDENKTIJD)[0]:
            connection.send(body[STUK:])
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may have answered before it hung up
    try:
        answer = connection.getresponse()
        answer.read()
    except (ConnectionError, http.client.HTTPException):
        return None
    return answer


def _body(soort: str, fields: dict[str, str]) -> bytes:
    if soort == "application/json":
        return json.dumps(fields).encode()
    if soort == "text/plain":
        return "\r\n".join(f"{name}={value}" for name, value in fields.items()).encode()
    if soort == "text/xml":
        return fields.get("SAMLResponse", "").encode()
    return urlencode(fields).encode()


def _site(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def redirects(antwoord: Antwoord) -> bool:
    """Whether the browser is sent on."""
    return antwoord.status in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}

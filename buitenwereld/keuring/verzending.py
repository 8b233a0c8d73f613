"""Cases about how a message is sent: again, by another, unasked, too large, as rubbish, or in another shape."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import replace

from lxml import etree
from lxml.etree import _Element

from buitenwereld.keuring.bouwstenen import NS, Toneel, find, posted
from buitenwereld.keuring.geval import FORMULIER, Geval, Inzending, Weg
from buitenwereld.keuring.vervalsing import Plan, response

TIEN_MB = 10 * 1024 * 1024


def _good(_: Toneel) -> Plan:
    return Plan()


def _new_response(first: Inzending, toneel: Toneel) -> Inzending:
    """The same assertion in a new Response, which the makelaar signs anew."""
    used = find(etree.fromstring(base64.b64decode(first.veld or "")), "saml:Assertion")

    def put(root: _Element) -> None:
        root.replace(find(root, "saml:Assertion"), used)

    return replace(first, veld=posted(response(Plan(edit_response=put), toneel)))


def _dressed(soort: str = FORMULIER, methode: str = "POST") -> Callable[[Toneel], Inzending]:
    return lambda toneel: Inzending(posted(response(Plan(), toneel)), methode=methode, soort=soort)


def _padded(toneel: Toneel) -> bytes:
    """Ten megabytes of blanks inside a message that is good otherwise."""
    status = b"<samlp:Status>"
    return etree.tostring(response(Plan(), toneel)).replace(status, b" " * TIEN_MB + status)


def _signed_padding(toneel: Toneel) -> Plan:
    """The same, signed by the makelaar."""

    def pad(root: _Element) -> None:
        find(root, "samlp:Status").text = " " * TIEN_MB

    return Plan(edit_response=pad)


def _truncated(toneel: Toneel) -> bytes:
    return etree.tostring(response(Plan(), toneel))[:-100]


def _utf16(toneel: Toneel) -> bytes:
    return etree.tostring(response(Plan(), toneel)).decode().encode("utf-16")


def _never_asked(_: Toneel) -> Plan:
    return Plan(in_response_to="_niemand-vroeg-dit")


_METEEN, _LATER, _ELDERS = "meteen opnieuw gebruikt", "later opnieuw gebruikt", "in een andere browser gebruikt"
_UIT_ZICHZELF, _GROOT, _ROMMEL = "niet gevraagd (IdP-initiated)", "10 MB", "rommel"
_SOORT, _METHODE = "verkeerde soort inhoud (Content-Type)", "verkeerde methode"
_NIEUW = "Dezelfde assertie in een nieuw antwoord"

VERZENDING = (
    Geval("meteen-opnieuw", _METEEN, "Twee keer na elkaar verstuurd", _good, Weg.METEEN_OPNIEUW),
    Geval("tegelijk", _METEEN, "Vier keer tegelijk verstuurd", _good, Weg.TEGELIJK),
    Geval("meteen-nieuw-antwoord", _METEEN, _NIEUW, _good, Weg.METEEN_OPNIEUW, opnieuw=_new_response),
    Geval("adres-opnieuw", _METEEN, "Het adres om af te ronden twee keer geopend", _good, Weg.ADRES_OPNIEUW),
    Geval("na-afloop", _LATER, "Opnieuw verstuurd nadat het was gebruikt", _good, Weg.NA_AFLOOP),
    Geval("na-wachten", _LATER, "Opnieuw verstuurd na een wachttijd", _good, Weg.LATER),
    Geval("na-afloop-nieuw-antwoord", _LATER, _NIEUW, _good, Weg.NA_AFLOOP, opnieuw=_new_response),
    Geval("andere-browser", _ELDERS, "Afgerond in een browser die niets vroeg", _good, Weg.ANDERE_BROWSER),
    Geval(
        "andere-browser-bezig",
        _ELDERS,
        "Afgerond in een browser met een eigen vraag",
        _good,
        Weg.BROWSER_MET_EIGEN_VRAAG,
    ),
    Geval(
        "na-afloop-elders",
        _ELDERS,
        "Gebruikt, en daarna verstuurd vanuit een andere browser",
        _good,
        Weg.NA_AFLOOP_ELDERS,
    ),
    Geval(
        "ongevraagd-zonder-vraag",
        _UIT_ZICHZELF,
        "Zonder InResponseTo",
        lambda _: Plan(in_response_to=""),
        Weg.ONGEVRAAGD,
    ),
    Geval("ongevraagd-verzonnen-vraag", _UIT_ZICHZELF, "Met een verzonnen InResponseTo", _never_asked, Weg.ONGEVRAAGD),
    Geval(
        "ongevraagd-bezig",
        _UIT_ZICHZELF,
        "Met een verzonnen InResponseTo, terwijl de browser zelf bezig is",
        _never_asked,
        Weg.BROWSER_MET_EIGEN_VRAAG,
    ),
    Geval("groot-bericht", _GROOT, "Een bericht van 10 MB", _padded, verbreken_mag=True),
    Geval("groot-ondertekend", _GROOT, "Een ondertekend bericht van 10 MB", _signed_padding, verbreken_mag=True),
    Geval(
        "groot-veld", _GROOT, "Een veld met 10 MB aan letters", lambda _: Inzending("A" * TIEN_MB), verbreken_mag=True
    ),
    Geval(
        "groot-relaystate",
        _GROOT,
        "Een RelayState van 10 MB",
        lambda toneel: replace(_dressed()(toneel), relay_state="x" * TIEN_MB),
        verbreken_mag=True,
    ),
    Geval("geen-veld", _ROMMEL, "Geen SAMLResponse", lambda _: Inzending(None)),
    Geval("leeg-veld", _ROMMEL, "Een lege SAMLResponse", lambda _: Inzending("")),
    Geval("geen-base64", _ROMMEL, "Geen base64", lambda _: Inzending("%%% dit is geen base64 %%%")),
    Geval("willekeurig", _ROMMEL, "Willekeurige bytes", lambda _: secrets.token_bytes(2000)),
    Geval("nullen", _ROMMEL, "Nullen", lambda _: b"\x00" * 2000),
    Geval("afgebroken", _ROMMEL, "Een afgebroken bericht", _truncated),
    Geval("webpagina", _ROMMEL, "Een webpagina", lambda _: b"<!doctype html><html><body>Hallo</body></html>"),
    Geval("utf-16", _ROMMEL, "In UTF-16", _utf16),
    Geval("diep", _ROMMEL, "Twintigduizend elementen diep", lambda _: b"<a>" * 20_000 + b"</a>" * 20_000),
    Geval(
        "ander-bericht",
        _ROMMEL,
        "Een LogoutResponse",
        lambda _: f'<samlp:LogoutResponse xmlns:samlp="{NS["samlp"]}" ID="_1" Version="2.0"/>'.encode(),
    ),
    Geval("soort-tekst", _SOORT, "Als text/plain", _dressed("text/plain")),
    Geval("soort-json", _SOORT, "Als application/json", _dressed("application/json")),
    Geval("soort-xml", _SOORT, "Als text/xml", _dressed("text/xml")),
    Geval("soort-geen", _SOORT, "Zonder soort", _dressed("")),
    Geval("methode-get", _METHODE, "Met GET", lambda _: Inzending("PHgvPg==", methode="GET")),
    Geval("methode-put", _METHODE, "Met PUT", _dressed(methode="PUT")),
    Geval("methode-delete", _METHODE, "Met DELETE", _dressed(methode="DELETE")),
    Geval("methode-patch", _METHODE, "Met PATCH", _dressed(methode="PATCH")),
)

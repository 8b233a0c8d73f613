"""One case from beginning to end, seen from outside: a login is asked for, a message delivered, and doors are tried."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from buitenwereld.authnrequest import read_redirect
from buitenwereld.keuring.bouwstenen import Key, Toneel
from buitenwereld.keuring.browser import VERBROKEN, Antwoord, Browser, redirects
from buitenwereld.keuring.geval import Geval, Inzending, Verwacht, Weg
from buitenwereld.safexml import Refused, parse_xml
from buitenwereld.spmetadata import SpMetadata

INLOGGEN = "/inloggen/eherkenning/"
# What only opens for who is logged in, or has just shown a middel.
DEUREN = {"overzicht": "/overzicht/", "kies-account": "/kies-account/", "koppelen": "/koppelen/"}
TEGELIJK = 4


class KeuringFout(Exception):  # noqa: N818  a Dutch noun has no Error behind it
    """The portal cannot be tried: it does not answer, or not as a portal does. The text is Dutch."""


@dataclass(frozen=True, slots=True)
class Gezien:
    """What an outsider saw. `einde` are the statuses that decide, `onderweg` all others; `deuren` opened afterwards.

    `bezwaar` says why the case proves nothing, for instance because the first of two messages was refused already.
    """

    einde: tuple[int, ...]
    onderweg: tuple[int, ...] = ()
    deuren: tuple[str, ...] = ()
    bezwaar: str = ""

    def __str__(self) -> str:
        statuses = " ".join("verbroken" if status == VERBROKEN else str(status) for status in self.einde)
        return ", ".join(filter(None, [self.bezwaar or statuses, " ".join(self.deuren)]))


def holds(geval: Geval, gezien: Gezien) -> bool:
    """Whether what was seen is what must be: a refusal is a page of 400 to 499, and no door opens afterwards."""
    if gezien.bezwaar or any(
        status >= HTTPStatus.INTERNAL_SERVER_ERROR for status in (*gezien.einde, *gezien.onderweg)
    ):
        return False
    if geval.verwacht is Verwacht.TOEGANG:
        return bool(gezien.deuren)
    if geval.verwacht is Verwacht.NIET_HET_ACCOUNT:
        return not {"overzicht", "kies-account"} & set(gezien.deuren)
    return not gezien.deuren and all(
        status >= HTTPStatus.BAD_REQUEST or (status == VERBROKEN and geval.verbreken_mag) for status in gezien.einde
    )


@dataclass(frozen=True, kw_only=True)
class Keuring:
    """What is tried and with what: the portal's address and metadata, the makelaar's name and keys, and a person."""

    adres: str
    sp: SpMetadata
    hm: str
    key: Callable[[str], Key]
    pseudoniem: str
    kvk: str
    dienst_uuid: str = ""
    wachten: float = 5.0

    def try_out(self, geval: Geval) -> Gezien:
        """Drive one case. KeuringFout when the portal does not answer."""
        try:
            return _WEGEN[geval.weg](self, geval)
        except OSError as error:
            raise KeuringFout(f"Het portaal op {self.adres} antwoordt niet: {error}.") from error

    def browser(self) -> Browser:
        """A new browser."""
        return Browser(self.adres)

    def ask(self, browser: Browser) -> Toneel:
        """Ask for a login in this browser; the stage for its answer. KeuringFout when it is not sent to a makelaar."""
        antwoord = browser.get(urljoin(self.adres, INLOGGEN))
        if not redirects(antwoord):
            raise KeuringFout(f"{INLOGGEN} stuurt niet door naar de makelaar (status {antwoord.status}).")
        try:
            request = parse_xml(read_redirect(urlsplit(antwoord.location).query.encode()).xml)
        except Refused as error:
            raise KeuringFout(f"{INLOGGEN} stuurt geen goede vraag mee: {error}") from error
        return self.toneel(request.get("ID", ""))

    def toneel(self, request_id: str) -> Toneel:
        """The stage of this moment, for an answer to this request."""
        return Toneel(
            now=datetime.now(UTC),
            dv=self.sp.entity_id,
            dienst=self.sp.default_service,
            acs=self.sp.default_acs,
            hm=self.hm,
            request_id=request_id,
            pseudoniem=self.pseudoniem,
            kvk=self.kvk,
            key=self.key,
            dienst_uuid=self.dienst_uuid,
        )

    def deliver(self, inzending: Inzending) -> Antwoord:
        """Deliver a message from a browser of nobody."""
        return self.browser().deliver(inzending, self.sp.default_acs)

    def doors(self, *browsers: Browser) -> tuple[str, ...]:
        """Which doors open for one of these browsers."""
        return tuple(
            name
            for name, path in DEUREN.items()
            if any(browser.get(urljoin(self.adres, path)).status == HTTPStatus.OK for browser in browsers)
        )


def _ends(
    keuring: Keuring, antwoord: Antwoord, finisher: Browser, *others: Browser, before: tuple[int, ...] = ()
) -> Gezien:
    *onderweg, einde = finisher.follow(antwoord)
    return Gezien((einde,), (*before, *onderweg), keuring.doors(finisher, *others))


def _ordinary(keuring: Keuring, geval: Geval) -> Gezien:
    browser = keuring.browser()
    toneel = keuring.ask(browser)
    return _ends(keuring, keuring.deliver(geval.inzending(toneel)), browser)


def _unasked(keuring: Keuring, geval: Geval) -> Gezien:
    toneel = keuring.toneel(f"_{secrets.token_hex(20)}")
    return _ends(keuring, keuring.deliver(geval.inzending(toneel)), keuring.browser())


def _elsewhere(keuring: Keuring, geval: Geval, *, busy: bool) -> Gezien:
    """The browser that asked never sees the answer: an attacker sends somebody his own login."""
    browser, victim = keuring.browser(), keuring.browser()
    toneel = keuring.ask(browser)
    if busy:
        keuring.ask(victim)
    return _ends(keuring, keuring.deliver(geval.inzending(toneel)), victim)


def _again_at_once(keuring: Keuring, geval: Geval) -> Gezien:
    browser = keuring.browser()
    toneel = keuring.ask(browser)
    message = geval.inzending(toneel)
    first = keuring.deliver(message)
    if not redirects(first):
        return Gezien((first.status,), bezwaar="het eerste antwoord werd al geweigerd")
    return _ends(keuring, keuring.deliver(geval.opnieuw(message, toneel)), browser, before=(first.status,))


def _in_parallel(keuring: Keuring, geval: Geval) -> Gezien:
    browser = keuring.browser()
    message = geval.inzending(keuring.ask(browser))
    with ThreadPoolExecutor(TEGELIJK) as threads:
        answers = sorted(threads.map(keuring.deliver, [message] * TEGELIJK), key=lambda antwoord: antwoord.status)
    first, *others = answers
    if not redirects(first):
        return Gezien((first.status,), bezwaar="geen van de antwoorden werd geaccepteerd")
    return Gezien(tuple(antwoord.status for antwoord in others), (first.status,), keuring.doors(keuring.browser()))


def _address_again(keuring: Keuring, geval: Geval) -> Gezien:
    browser = keuring.browser()
    answer = keuring.deliver(geval.inzending(keuring.ask(browser)))
    before = browser.copy()
    onderweg = tuple(browser.follow(answer))
    if not keuring.doors(browser):
        return Gezien(onderweg[-1:], bezwaar="het eerste antwoord werd al geweigerd")
    return _ends(keuring, answer, before, before=onderweg)


def _after_use(keuring: Keuring, geval: Geval, *, wait: bool = False, elsewhere: bool = False) -> Gezien:
    browser = keuring.browser()
    toneel = keuring.ask(browser)
    message = geval.inzending(toneel)
    answer = keuring.deliver(message)
    again = keuring.browser() if elsewhere else browser.copy()
    onderweg = tuple(browser.follow(answer))
    if not keuring.doors(browser):
        return Gezien(onderweg[-1:], bezwaar="het eerste antwoord werd al geweigerd")
    if wait:
        time.sleep(keuring.wachten)
    if elsewhere:
        keuring.ask(again)
    return _ends(keuring, keuring.deliver(geval.opnieuw(message, toneel)), again, before=onderweg)


_WEGEN: dict[Weg, Callable[[Keuring, Geval], Gezien]] = {
    Weg.GEWOON: _ordinary,
    Weg.ONGEVRAAGD: _unasked,
    Weg.ANDERE_BROWSER: lambda keuring, geval: _elsewhere(keuring, geval, busy=False),
    Weg.BROWSER_MET_EIGEN_VRAAG: lambda keuring, geval: _elsewhere(keuring, geval, busy=True),
    Weg.METEEN_OPNIEUW: _again_at_once,
    Weg.TEGELIJK: _in_parallel,
    Weg.ADRES_OPNIEUW: _address_again,
    Weg.NA_AFLOOP: _after_use,
    Weg.LATER: lambda keuring, geval: _after_use(keuring, geval, wait=True),
    Weg.NA_AFLOOP_ELDERS: lambda keuring, geval: _after_use(keuring, geval, elsewhere=True),
}

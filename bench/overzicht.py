from collections.abc import Sequence
from http import HTTPStatus
from statistics import median

from bench.load import Site, exchange, rate
from bench.results import Meting, alternate
from bench.stage import Stage
from mijnduo.lokaal.errors import LokaalError

ROUNDS = 16
LEZERS = 200
SLICE = 1.0  # seconds
KAAL, OVERZICHT = "/bench/kaal/", "/overzicht/"


def measure_overzicht(stage: Stage) -> list[Meting]:
    """The rate of the overzicht as a share of that of a bare page of the same reader, server and moment."""
    stage.make_portal("lezers", accounts=25_000, rechten=True)
    sessions = stage.ask("lezers", "maak_sessies", "--lezers", str(LEZERS))["lezers"]
    with stage.serve("lezers") as site:
        requests = {path: [site.get(path, session) for session in sessions] for path in (KAAL, OVERZICHT)}
        _check(site, requests[OVERZICHT])
        for path in (OVERZICHT, KAAL):
            rate(site, requests[path], seconds=SLICE)
        shares = []
        for first, second in alternate(ROUNDS, KAAL, OVERZICHT):
            pages = dict.fromkeys((KAAL, OVERZICHT), 0.0)
            for path in (first, second, second, first):
                pages[path] += rate(site, requests[path], seconds=SLICE)
            shares.append(pages[OVERZICHT] / pages[KAAL])
    return [Meting("overzicht", median(shares), goal=0.40, at_least=True)]


def _check(site: Site, requests: Sequence[bytes]) -> None:
    """Raises LokaalError unless every reader gets a page with taken, so that no empty page is measured."""
    with site.connect() as connection:
        for request in requests:
            status, answer = exchange(connection, request)
            if status != HTTPStatus.OK or b"/taken/" not in answer:
                raise LokaalError(f"Het overzicht antwoordt met {status} of toont geen taken.")

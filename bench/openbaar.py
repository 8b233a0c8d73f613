from http import HTTPStatus
from statistics import median

from bench.load import Site, exchange, rate
from bench.results import Meting, alternate
from bench.stage import Stage
from mijnduo.lokaal.errors import LokaalError

ROUNDS = 16
SLICE = 1.0  # seconds
KAAL, PLANNING = "/bench/openbaar/", "/planning/"
RIJEN = 27
NOBODY = ""  # no session


def measure_openbaar(stage: Stage) -> list[Meting]:
    """The rate of the planning page for a visitor as a share of that of a bare page at that moment."""
    with stage.serve("leeg") as site:
        requests = {path: [site.get(path, NOBODY)] for path in (KAAL, PLANNING)}
        _check(site, requests[PLANNING][0])
        for path in (PLANNING, KAAL):
            rate(site, requests[path], seconds=SLICE)
        shares = []
        for first, second in alternate(ROUNDS, KAAL, PLANNING):
            pages = dict.fromkeys((KAAL, PLANNING), 0.0)
            for path in (first, second, second, first):
                pages[path] += rate(site, requests[path], seconds=SLICE)
            shares.append(pages[PLANNING] / pages[KAAL])
    return [Meting("openbaar", median(shares), goal=0.50, at_least=True)]


def _check(site: Site, request: bytes) -> None:
    """Raises LokaalError unless the page shows the whole planning, so that no empty page is measured."""
    with site.connect() as connection:
        status, answer = exchange(connection, request)
        if status != HTTPStatus.OK or answer.count(b"<tr") < RIJEN:
            raise LokaalError(f"De planning antwoordt met {status} of is niet geladen.")

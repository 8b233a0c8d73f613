from collections import Counter
from statistics import median

from bench.load import burst
from bench.results import Meting, alternate, percentile
from bench.stage import Stage
from koppeling.rules import MAX_POGINGEN
from mijnduo.lokaal.errors import LokaalError

ROUNDS = 15
POGINGEN = 200
LEEG, KOPPELEN = "/bench/leeg/", "/koppelen/gegevens/"
MISTAKEN, BLOCKED = 200, 429  # statuses of the page: a wrong try of which more are left, and a block


def measure_blokkade(stage: Stage) -> list[Meting]:
    """p95 of 200 parallel wrong tries with one middel, over that of the same 200 requests to a view that does nothing.

    Each try comes from a browser of its own. A round has its own middel and name, so each begins unblocked. Raises
    LokaalError when not exactly five tries were looked at.
    """
    stage.make_portal("koppelaars", accounts=25_000, rechten=False)
    made = stage.ask("koppelaars", "maak_sessies", "--middelen", str(ROUNDS + 1), "--koppelaars", str(POGINGEN))
    ratios = []
    with stage.serve("koppelaars") as site:
        for number, (first, second) in enumerate(alternate(ROUNDS + 1, LEEG, KOPPELEN)):
            name = made["gebruikersnamen"][number]
            p95 = {}
            for path in (first, second):
                requests = [
                    site.post(path, session, {"gebruikersnaam": name, "activatiecode": f"FOUT{attempt:06}"})
                    for attempt, session in enumerate(made["koppelaars"][number])
                ]
                seconds, statuses = burst(site, requests)
                if path == KOPPELEN:
                    _check(statuses)
                p95[path] = percentile(seconds, 0.95)
            ratios.append(p95[KOPPELEN] / p95[LEEG])
    return [Meting("blokkade", median(ratios[1:]), goal=2)]  # the first round warms up


def _check(statuses: list[int]) -> None:
    wanted = {MISTAKEN: MAX_POGINGEN - 1, BLOCKED: POGINGEN - MAX_POGINGEN + 1}
    if Counter(statuses) != wanted:
        raise LokaalError(f"Niet precies {MAX_POGINGEN} pogingen zijn bekeken: {dict(Counter(statuses))}.")

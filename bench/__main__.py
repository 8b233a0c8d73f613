"""Measure the goals beside PostgreSQL and Redis: `make bench`, or `make bench ONLY=naam`. Method: docs/bench.md."""

import argparse
import sys
import time
from collections.abc import Callable

from bench.blokkade import measure_blokkade
from bench.gebruikers import measure_bulk, measure_gebruikerslijst
from bench.golf import measure_golf
from bench.inactiviteit import measure_inactiviteit, measure_inactiviteit_login
from bench.openbaar import measure_openbaar
from bench.overzicht import measure_overzicht
from bench.results import Meting, make_table, write_results
from bench.saml import measure_login, measure_saml_validatie
from bench.stage import ROOT, Stage
from mijnduo.lokaal.errors import LokaalError

RESULTS = ROOT / "var" / "bench.json"
METINGEN: dict[str, Callable[[Stage], list[Meting]]] = {
    "overzicht": measure_overzicht,
    "openbaar": measure_openbaar,
    "blokkade": measure_blokkade,
    "inactiviteit": measure_inactiviteit,
    "inactiviteit_login": measure_inactiviteit_login,
    "gebruikerslijst": measure_gebruikerslijst,
    "bulk": measure_bulk,
    "saml_validatie": measure_saml_validatie,
    "login": measure_login,
    "golf": measure_golf,
}


def main() -> int:
    """Measure all goals or one; 1 when a goal was missed or could not be measured. The results are written anyhow."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Meet de doelen van het portaal.")
    parser.add_argument("naam", nargs="?", choices=METINGEN, help="meet alleen deze")
    chosen = parser.parse_args().naam
    start = time.monotonic()
    done: list[Meting] = []
    try:
        with Stage.open() as stage:
            for naam, measure in METINGEN.items():
                if chosen in (None, naam):
                    print(f"{naam} wordt gemeten.", flush=True)
                    done += measure(stage)
    except LokaalError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        write_results(RESULTS, done)
        print(f"\n{make_table(done)}\n\nIn {time.monotonic() - start:.0f} s. Opgeslagen in {RESULTS}.")
    return 1 if any(meting.failed for meting in done) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run a command beside PostgreSQL and Redis: `python -m mijnduo.lokaal [--duurzaam MAP] [--fsync] -- COMMANDO`."""

import argparse
import sys
from pathlib import Path

from mijnduo.lokaal.diensten import Diensten
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.foreground import run_command


def main() -> int:
    """The command's exit code; 1 when PostgreSQL or Redis cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m mijnduo.lokaal",
        description="Voert een commando uit met DATABASE_URL en REDIS_URL, en stopt daarna wat daarvoor is gestart.",
    )
    parser.add_argument("--duurzaam", metavar="MAP", type=Path, help="bewaar de gegevens in deze map")
    parser.add_argument(
        "--fsync", action="store_true", help="schrijf veilig, ook als niets bewaard blijft (voor metingen)"
    )
    parser.add_argument("commando", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    commando = chosen.commando[1:] if chosen.commando[:1] == ["--"] else chosen.commando
    if not commando:
        parser.error("welk commando?")
    try:
        with Diensten.start(folder=chosen.duurzaam, fsync=chosen.fsync) as diensten:
            return run_command(commando, diensten.environment)
    except LokaalError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

import time
from contextlib import closing
from statistics import median
from typing import Any

from bench.data import DUE_EVERY
from bench.results import Meting, alternate, percentile
from bench.stage import Stage
from mijnduo.lokaal.errors import LokaalError

DATABASE = "miljoen"
ACCOUNTS = 1_000_000
ROUNDS = 5
IDLE = 4.0  # seconds of logins before the job begins
WARM_UP = 1.0  # of which so many do not count
KAAL, TAAK = "kaal", "taak"

# The least that any job must do: the same rows get the same end. No log, no mail.
UPDATE = """
UPDATE koppeling_koppeling SET beeindigd_op = now(), reden = 'inactief'
WHERE beeindigd_op IS NULL AND vervalt_op <= (now() AT TIME ZONE 'Europe/Amsterdam')::date
"""


def measure_inactiviteit(stage: Stage) -> list[Meting]:
    """The whole job of R18, log and mail rows included, over one bare UPDATE of the same rows; each on a fresh copy."""
    stage.make_portal(DATABASE, accounts=ACCOUNTS, rechten=False)
    ratios, memory = [], []
    for sides in alternate(ROUNDS, KAAL, TAAK):
        seconds = {}
        for side in sides:
            with stage.copy(DATABASE) as database:
                if side == KAAL:
                    seconds[side] = _update(stage, database)
                else:
                    run = _run_job(stage, database)
                    seconds[side] = run["tot"] - run["van"]
                    memory.append(run["geheugen"])
        ratios.append(seconds[TAAK] / seconds[KAAL])
    return [
        Meting("inactiviteit", median(ratios), goal=5),
        Meting("inactiviteit_geheugen", max(memory), "MB", limit=20),
    ]


def measure_inactiviteit_login(stage: Stage) -> list[Meting]:
    """p95 of logging in while the job runs, over p95 just before it; and the longest wait in all rounds."""
    stage.make_portal(DATABASE, accounts=ACCOUNTS, rechten=False)
    ratios, longest = [], 0.0
    for _ in range(ROUNDS):
        with (
            stage.copy(DATABASE) as database,
            stage.program(database, "meet_ontkoppelen") as job,
            stage.program(database, "meet_inloggen") as visitors,
        ):
            time.sleep(IDLE)
            run = job.finish("\n")
            logins = visitors.finish("")
        _check(run, missed=len(logins))
        counts_from = logins[0][0] + WARM_UP
        before = [took for began, took, found in logins if found and counts_from < began < run["van"]]
        during = [took for began, took, found in logins if found and run["van"] <= began < run["tot"]]
        ratios.append(percentile(during, 0.95) / percentile(before, 0.95))
        longest = max([longest, *(took for began, took, _ in logins if run["van"] <= began + took)])
    return [
        Meting("inactiviteit_login", median(ratios), goal=5),
        Meting("inactiviteit_login_langste", 1000 * longest, "ms", limit=100),
    ]


def _update(stage: Stage, database: str) -> float:
    """How long one bare UPDATE takes (s). Raises LokaalError when it meets other rows than the job."""
    with closing(stage.connect(database)) as connection, connection.cursor() as cursor:
        begin = time.monotonic()
        cursor.execute(UPDATE)
        took = time.monotonic() - begin
        _check({"ontkoppeld": cursor.rowcount}, missed=0)
    return took


def _run_job(stage: Stage, database: str) -> dict[str, Any]:
    with stage.program(database, "meet_ontkoppelen") as job:
        run: dict[str, Any] = job.finish("\n")
    _check(run, missed=0)
    return run


def _check(run: dict[str, Any], *, missed: int) -> None:
    """Raises LokaalError unless all that were due were unlinked, but for at most `missed` who logged in in time."""
    due, done = ACCOUNTS // DUE_EVERY, run["ontkoppeld"]
    if not due - missed <= done <= due:
        raise LokaalError(f"De meting ging over {done} koppelingen in plaats van {due}.")

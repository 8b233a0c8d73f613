from collections.abc import Sequence
from contextlib import closing
from http import HTTPStatus
from statistics import median

from bench.load import Site, exchange, rate
from bench.results import Meting, alternate
from bench.stage import Stage
from mijnduo.lokaal.errors import LokaalError

DATABASE = "miljoen"
ACCOUNTS = 1_000_000
ROUNDS = 16
SLICE = 1.0  # seconds
LIJST = "/beheer/gebruikers/"
GROOT, KLEIN = 1, 200  # the organisaties of ten thousand gebruikers and of ten
BEHEERDERS = {"groot": 1, "klein": 19_901}  # an account of each

# What the hundred organisaties from the first one hold becomes one organisatie; of another ten accounts are left. Both
# get a beheerder, and two rollen for everybody.
TWO_SIZES = """
SET session_replication_role = replica;
UPDATE accounts_account SET organisatie_id = 1, achternaam = 'Naam ' || id WHERE id <= 10000;
UPDATE koppeling_koppeling SET organisatie_id = 1 WHERE id <= 10000;
UPDATE accounts_account SET organisatie_id = 201 WHERE id BETWEEN 19911 AND 20000;
UPDATE koppeling_koppeling SET organisatie_id = 201 WHERE id BETWEEN 19911 AND 20000;
INSERT INTO accounts_beheerderschap (account_id, van, nood)
SELECT unnest(ARRAY[1, 19901]), now() - interval '1 year', false;
INSERT INTO autorisatie_autorisatie (account_id, rol_id, van)
SELECT a.id, r.id, a.gemaakt_op
FROM accounts_account a, (SELECT id FROM autorisatie_rol ORDER BY id LIMIT 2) r WHERE a.organisatie_id IN (1, 200);
VACUUM (ANALYZE) accounts_account, koppeling_koppeling, autorisatie_autorisatie, accounts_beheerderschap
"""


def measure_gebruikerslijst(stage: Stage) -> list[Meting]:
    """The rate of the list of an organisatie with 10,000 gebruikers, as a share of that of one with 10 (issue 4)."""
    stage.make_portal(DATABASE, accounts=ACCOUNTS, rechten=False)
    with stage.copy(DATABASE) as database:
        with closing(stage.connect(database)) as connection, connection.cursor() as cursor:
            for statement in TWO_SIZES.split(";"):
                cursor.execute(statement)
        ids = [str(pk) for pk in BEHEERDERS.values()]
        sessions = dict(
            zip(BEHEERDERS, stage.ask(database, "maak_sessies", "--accounts", *ids)["accounts"], strict=True)
        )
        with stage.serve(database) as site:
            requests = {side: [site.get(LIJST, session) for session in sessions[side]] for side in sessions}
            _check(site, requests["groot"], b"10000 gebruikers")
            _check(site, requests["klein"], b"10 gebruikers")
            for pages_of in requests.values():
                rate(site, pages_of, seconds=SLICE)
            shares = []
            for first, second in alternate(ROUNDS, "groot", "klein"):
                pages = dict.fromkeys(requests, 0.0)
                for side in (first, second, second, first):
                    pages[side] += rate(site, requests[side], seconds=SLICE)
                shares.append(pages["groot"] / pages["klein"])
    return [Meting("gebruikerslijst", median(shares), goal=0.8, at_least=True)]


def measure_bulk(stage: Stage) -> list[Meting]:
    """Registering 10,000 people from a CSV, with all that belongs to it, over a bare COPY of the accounts alone."""
    stage.make_portal(DATABASE, accounts=ACCOUNTS, rechten=False)
    with stage.copy(DATABASE) as database:
        found = stage.ask(database, "meet_bulk")
    ratios = [bulk / kaal for kaal, bulk in zip(found["kaal"], found["bulk"], strict=True)]
    return [Meting("bulk", median(ratios), goal=12)]


def _check(site: Site, requests: Sequence[bytes], words: bytes) -> None:
    """Raises LokaalError unless every reader gets the whole list, so that no empty page is measured."""
    with site.connect() as connection:
        for request in requests:
            status, answer = exchange(connection, request)
            if status != HTTPStatus.OK or words not in answer:
                raise LokaalError(f"De lijst antwoordt met {status} of is niet die van {words.decode()}.")

import time
from contextlib import closing
from statistics import median
from typing import Any

from bench.data import GEDEELD
from bench.results import Meting, alternate
from bench.stage import Stage
from mijnduo.lokaal.errors import LokaalError

DATABASE = "golf"
ORGANISATIES = 5_000
BEHEERDERS = 2  # of each organisatie; a contactpersoon and the bevoegd gezag are told too
MAILS = ORGANISATIES * (BEHEERDERS + 2)
ROUNDS = 7
KAAL, GOLF = "kaal", "golf"

FILL = """
SET session_replication_role = replica;
UPDATE accounts_organisatie SET beeindigd_op = now();
INSERT INTO accounts_organisatie (id, naam, code_soort, code, kvk_nummer, straat, postcode, plaats, bevoegd_gezag_naam,
                                  bevoegd_gezag_functie, bevoegd_gezag_email, gemaakt_op, versie)
SELECT 10000 + i, 'School ' || i, 'eigen', 'G' || i, (90000000 + i)::text, '', '', '', 'M. Bestuur', '',
       'bestuur' || i || '@school.example', now() - interval '3 years', 1
FROM generate_series(1, %(organisaties)s) i;
INSERT INTO accounts_organisatie_soorten (organisatie_id, soort_id)
SELECT o.id, s.id FROM accounts_organisatie o, accounts_soort s
WHERE s.sleutel = 'vo-scholen' AND o.beeindigd_op IS NULL;
INSERT INTO accounts_account (id, password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel,
                              achternaam, email, telefoon, functie, werkgever, is_staff, gemaakt_op, sessiestempel,
                              versie)
SELECT 10000 + i, '!', false, 'MDZ' || translate(lpad(to_hex(i), 7, '0'), '0123456789abcdef', 'ABCDEFGHJKMNPQRS'),
       10001 + (i - 1) / %(beheerders)s, 'Fatima', 'El', 'Amrani', 'beheerder' || i || '@school.example', '', '', '',
       false, now() - interval '2 years', md5(i::text), 1
FROM generate_series(1, %(organisaties)s * %(beheerders)s) i;
INSERT INTO accounts_beheerderschap (account_id, van, nood)
SELECT id, gemaakt_op, false FROM accounts_account WHERE id > 10000;
INSERT INTO accounts_contactpersoon (organisatie_id, onderwerp, naam, functie, email, telefoon, gewijzigd_op, versie)
SELECT id, 'algemeen', 'S. Visser', '', 'contact' || id || '@school.example', '', now(), 1
FROM accounts_organisatie WHERE id > 10000;
INSERT INTO planning_overstap (soort_id, portaal_id, stand, stand_voor_pauze, ronde, einde_token)
SELECT s.id, p.id, 'gepland', '', 0, current_date + 100
FROM accounts_soort s, autorisatie_portaal p WHERE s.sleutel = 'vo-scholen' AND p.sleutel = 'mijn-duo';
"""
# The least that any announcement must do: a row for every mail.
INSERT = """
INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, object_id, gegevens, prioriteit, status,
                                    pogingen, message_id, gemaakt_op, niet_voor, fout)
SELECT 'overstap', 'kaal:a' || id, id, organisatie_id, 1, '{}'::jsonb, 9, 'wacht', 0, '', now(), now(), ''
FROM accounts_account WHERE id > 10000
UNION ALL
SELECT 'overstap', 'kaal:c' || id, NULL, organisatie_id, 1, '{}'::jsonb, 9, 'wacht', 0, '', now(), now(), ''
FROM accounts_contactpersoon WHERE organisatie_id > 10000
UNION ALL
SELECT 'overstap', 'kaal:o' || id, NULL, id, 1, '{}'::jsonb, 9, 'wacht', 0, '', now(), now(), ''
FROM accounts_organisatie WHERE id > 10000
"""


def measure_golf(stage: Stage) -> list[Meting]:
    """Announcing to 5,000 organisaties (R27), over one bare INSERT of as many mail rows; each on a fresh copy."""
    stage.make_portal(DATABASE, accounts=GEDEELD, rechten=False)
    with closing(stage.connect(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(FILL, {"organisaties": ORGANISATIES, "beheerders": BEHEERDERS})
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    ratios = []
    for sides in alternate(ROUNDS, KAAL, GOLF):
        seconds = {}
        for side in sides:
            with stage.copy(DATABASE) as database:
                seconds[side] = _insert(stage, database) if side == KAAL else _announce(stage, database)
        ratios.append(seconds[GOLF] / seconds[KAAL])
    return [Meting("golf", median(ratios), goal=6)]


def _insert(stage: Stage, database: str) -> float:
    with closing(stage.connect(database)) as connection, connection.cursor() as cursor:
        begin = time.monotonic()
        cursor.execute(INSERT)
        took = time.monotonic() - begin
        _check(cursor.rowcount)
    return took


def _announce(stage: Stage, database: str) -> float:
    with stage.program(database, "meet_golf") as job:
        run: dict[str, Any] = job.finish("\n")
    _check(run["berichten"])
    return float(run["duur"])


def _check(mails: int) -> None:
    """Raises LokaalError unless every person got a mail."""
    if mails != MAILS:
        raise LokaalError(f"De meting ging over {mails} berichten in plaats van {MAILS}.")

"""Made-up organisaties and accounts by the thousands, written by the database itself: nothing of it is anybody's."""

from typing import Any

from accounts.rules import ALFABET

GEDEELD = 100  # accounts of one organisatie
SOORT = "vo-scholen"
DUE_EVERY = 20  # one koppeling in so many is to be unlinked: five per cent

# Triggers check references row by row; what is written here refers only to what is written here.
QUICKLY = "SET session_replication_role = replica; SET maintenance_work_mem = '256MB'"

ORGANISATIES = """
INSERT INTO accounts_organisatie (id, naam, code_soort, code, kvk_nummer, straat, postcode, plaats, bevoegd_gezag_naam,
                                  bevoegd_gezag_functie, bevoegd_gezag_email, gemaakt_op, versie)
SELECT i, 'School ' || i, 'eigen', lpad(i::text, 8, '0'), (90000000 + i)::text, '', '', '', 'M. Bestuur', '',
       'bestuur@school.example', now() - interval '3 years', 1
FROM generate_series(1, %(organisaties)s) i;

INSERT INTO accounts_organisatie_soorten (organisatie_id, soort_id)
SELECT o.id, s.id FROM accounts_organisatie o, accounts_soort s WHERE s.sleutel = %(soort)s;
"""

ACCOUNTS = """
INSERT INTO accounts_account (id, password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel,
                              achternaam, email, telefoon, functie, werkgever, middel_bevestigd_op, is_staff,
                              gemaakt_op, sessiestempel, versie)
SELECT i, '!', false, 'MDAAA' || substr(%(alfabet)s, 1 + i / 923521, 1)
       || substr(%(alfabet)s, 1 + i / 29791 %% 31, 1) || substr(%(alfabet)s, 1 + i / 961 %% 31, 1)
       || substr(%(alfabet)s, 1 + i / 31 %% 31, 1) || substr(%(alfabet)s, 1 + i %% 31, 1),
       1 + (i - 1) / %(gedeeld)s, 'Fatima', 'El', 'Amrani', 'gebruiker' || i || '@school.example', '', '', '',
       now() - interval '2 years', false, now() - interval '2 years', md5(i::text), 1
FROM generate_series(1, %(accounts)s) i;

INSERT INTO koppeling_middel (id, pseudoniem, kvk_nummer, gezien_op)
SELECT i, lpad(i::text, 64, '0') || '@' || lpad('1', 32, '0'), (90000000 + 1 + (i - 1) / %(gedeeld)s)::text, now()
FROM generate_series(1, %(accounts)s) i;
"""

# One in DUE_EVERY lapsed in the last forty days and was warned in time; nobody else is to be warned or unlinked.
KOPPELINGEN = """
INSERT INTO koppeling_koppeling (id, middel_id, account_id, organisatie_id, sinds, laatst_gebruikt, vervalt_op,
                                 gewaarschuwd_30_op, gewaarschuwd_7_op, privacy_id, voorwaarden_id, akkoord_op, reden)
SELECT i, i, i, 1 + (i - 1) / %(gedeeld)s, now() - interval '3 years', dag - interval '18 months', dag,
       CASE WHEN over THEN now() - interval '60 days' END, CASE WHEN over THEN now() - interval '40 days' END,
       (SELECT max(id) FROM koppeling_tekstversie WHERE soort = 'privacy'),
       (SELECT max(id) FROM koppeling_tekstversie WHERE soort = 'voorwaarden'), now() - interval '3 years', ''
FROM (
    SELECT i, over, current_date + CASE WHEN over THEN -(i / %(due_every)s %% 40) ELSE 40 + i %% 500 END AS dag
    FROM generate_series(1, %(accounts)s) i, LATERAL (SELECT i %% %(due_every)s = 0 AS over) o
) rij;
"""

SEQUENCES = """
SELECT setval(pg_get_serial_sequence(t, 'id'), %(accounts)s)
FROM unnest(ARRAY['accounts_organisatie', 'accounts_account', 'koppeling_middel', 'koppeling_koppeling']) t;
"""

# Each organisatie has the kenmerken of a school; each account four rollen of its soort, for all that these work with.
RECHTEN = """
INSERT INTO accounts_kenmerk (soort, waarde, naam, kvk_vestigingsnummer)
SELECT k.soort, k.waarde, o.naam, ''
FROM accounts_organisatie o, LATERAL (
    SELECT lpad((o.id / 676)::text, 2, '0') || chr(65 + (o.id / 26 %% 26)::int) || chr(65 + (o.id %% 26)::int) AS brin
) b, LATERAL (VALUES
    ('brin', brin), ('vestiging', brin || '00'), ('vestiging', brin || '01'), ('kvk_nummer', o.kvk_nummer),
    ('bestuursnummer', lpad(o.id::text, 5, '0')), ('onderwijsbestuur', '100B' || lpad(o.id::text, 3, '0'))
) k (soort, waarde);

INSERT INTO accounts_organisatiekenmerk (organisatie_id, kenmerk_id, van)
SELECT o.id, k.id, o.gemaakt_op FROM accounts_organisatie o JOIN accounts_kenmerk k ON k.naam = o.naam;

INSERT INTO accounts_beheerderschap (account_id, van, nood)
SELECT id, gemaakt_op, false FROM accounts_account WHERE id %% 10 = 0;

INSERT INTO autorisatie_autorisatie (account_id, rol_id, van)
SELECT a.id, r.id, a.gemaakt_op
FROM (
    SELECT r.rol_id AS id, row_number() OVER (ORDER BY r.rol_id) AS nr, count(*) OVER () AS aantal
    FROM autorisatie_rol_soorten r JOIN accounts_soort s ON s.id = r.soort_id AND s.sleutel = %(soort)s
) r, generate_series(0, 3) n, accounts_account a
WHERE r.nr = 1 + (a.id * 7 + n * 5) %% r.aantal;

INSERT INTO autorisatie_autorisatiekenmerk (autorisatie_id, kenmerk_id, van)
SELECT a.id, k.id, a.van
FROM autorisatie_autorisatie a
JOIN accounts_account wie ON wie.id = a.account_id
JOIN autorisatie_rol r ON r.id = a.rol_id
JOIN accounts_organisatiekenmerk ok ON ok.organisatie_id = wie.organisatie_id
JOIN accounts_kenmerk k ON k.id = ok.kenmerk_id AND k.soort = ANY(r.kenmerksoorten);

INSERT INTO autorisatie_taakgebruik (account_id, taak_id, dag, aantal)
SELECT a.account_id, min(t.taak_id), current_date - (a.id %% 60)::int, 1 + a.id %% 9
FROM autorisatie_autorisatie a JOIN autorisatie_taakrol t ON t.rol_id = a.rol_id
GROUP BY a.id ON CONFLICT DO NOTHING;

INSERT INTO autorisatie_mededeling (titel, tekst, urgent, leesbevestiging, van)
SELECT 'Mededeling ' || i, 'Dit verandert er.' || E'\\n\\n' || 'Zo bereidt u zich voor.', i = 3, false,
       now() - i * interval '9 days'
FROM generate_series(1, 3) i;
"""


def fill(cursor: Any, *, accounts: int, rechten: bool) -> None:
    """Fill an empty portal with accounts that are all linked, a hundred to an organisatie.

    The cursor is a superuser's; catalogue and texts are there. With `rechten` every account holds rollen and kenmerken,
    and one in ten is beheerder.
    """
    values = {
        "accounts": accounts,
        "organisaties": accounts // GEDEELD,
        "gedeeld": GEDEELD,
        "due_every": DUE_EVERY,
        "alfabet": ALFABET,
        "soort": SOORT,
    }
    cursor.execute(QUICKLY)
    for statement in (ORGANISATIES, ACCOUNTS, KOPPELINGEN, SEQUENCES, *([RECHTEN] if rechten else [])):
        cursor.execute(statement, values)

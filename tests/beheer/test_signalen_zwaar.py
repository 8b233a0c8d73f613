"""Every two minutes the signalen are read from a log of years: that costs what happened since, never a whole table."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from beheer.models import Signaal
from beheer.services.signalen import raise_signalen
from koppeling.models import Spoor
from tests.beheer.signaal import HOUR, MINUTE, Wereld
from tests.factories import NOW, make_middel
from verantwoording.models import Logregel

# What it joins is analysed first: planned for a handful of rows, the join takes a quarter of an hour.
GROW = """
INSERT INTO verantwoording_logregel (op, gebeurtenis, organisatie_id, account_id, actor_soort, actor_id, actor_naam,
    adres, reden, object_soort, object_id, gegevens)
SELECT %(nu)s - (200000 - n) * interval '5 minutes',
    (ARRAY['ingelogd', 'activatiecode_verstuurd', 'account_gewijzigd', 'rol_gegeven'])[1 + n %% 4],
    1000000 + n %% 1000, 1000000 + n %% 100000, 'account', 1000000 + n %% 5000, '', NULL, '', '', n,
    '{"velden": "e-mailadres"}'
FROM generate_series(1, 199900) n;
INSERT INTO accounts_account (password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel,
    achternaam, email, telefoon, functie, werkgever, is_staff, gemaakt_op, sessiestempel, versie)
SELECT '', false, 'MD' || translate(upper(lpad(to_hex(n), 8, '0')), '01', 'GH'), %(organisatie)s, 'V', '', 'A' || n,
    'a' || n || '@b.example', '', '', '', false, %(nu)s, '', 1
FROM generate_series(1, 100000) n;
INSERT INTO koppeling_middel (pseudoniem, kvk_nummer, gezien_op)
SELECT 'p' || n, '90001354', %(nu)s FROM generate_series(1, 100000) n;
ANALYZE accounts_account, koppeling_middel;
INSERT INTO koppeling_spoor (soort, op, account_id, middel_id, door_id, browser)
SELECT (ARRAY['brief', 'poging', 'koppeling'])[1 + nr %% 3], %(nu)s - interval '2 hours' - nr * interval '20 seconds',
    a.id, m.id, NULL, ''
FROM (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM accounts_account) a
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM koppeling_middel) m USING (nr);
ANALYZE;
"""
BIG = {"verantwoording_logregel", "koppeling_spoor", "accounts_account", "koppeling_middel"}


def scanned(plan: dict[str, Any]) -> set[str]:
    """The tables that this plan reads from beginning to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scanned(child) for child in plan.get("Plans", [])))


@pytest.mark.zwaar
@pytest.mark.django_db
def test_a_run_reads_no_big_table_from_beginning_to_end(clock: Callable[[datetime], None]) -> None:
    wereld = Wereld()
    with connection.cursor() as cursor:
        cursor.execute(GROW, {"nu": NOW, "organisatie": wereld.organisatie.pk})
    assert Logregel.objects.count() > 100_000
    assert Spoor.objects.count() >= 100_000
    raise_signalen(now=NOW - 2 * MINUTE)
    wereld.change_mail(now=NOW - MINUTE)
    wereld.mail_code()
    wereld.give(50)
    middel = make_middel()
    for soort in (Spoor.Soort.BRIEF, Spoor.Soort.POGING):
        for account in (wereld.henk, wereld.piet):
            Spoor.objects.create(soort=soort, op=NOW, account=account, middel=middel, browser="b", door_id=None)
    with CaptureQueriesContext(connection) as queries:
        raise_signalen(now=NOW)
    soorten = set(Signaal.objects.values_list("soort", flat=True))
    assert soorten == {"mail_voor_code", "brief_en_koppeling", "middel_twee_mensen", "veel_rollen"}
    statements = [query["sql"] for query in queries if any(table in query["sql"] for table in BIG)]
    assert len(statements) > 10
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
            (found,) = cursor.fetchone()
            (plan,) = found if isinstance(found, list) else json.loads(found)
            assert not scanned(plan["Plan"]) & BIG, sql
    raise_signalen(now=NOW + HOUR)
    assert Signaal.objects.count() == 5  # the letters of two people: each once

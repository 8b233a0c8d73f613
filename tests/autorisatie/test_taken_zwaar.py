"""The overzicht's query at 100,000 accounts: it reads what one person holds, never a whole table (R21)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from autorisatie.services.taken import AUTHORISED
from tests.factories import LONG_AGO, NOW, grant, make_account, make_kenmerk, make_rol, make_taak

GROW = """
INSERT INTO accounts_account (password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel,
    achternaam, email, telefoon, functie, werkgever, is_staff, gemaakt_op, sessiestempel, versie)
SELECT '', false, 'MD' || translate(upper(lpad(to_hex(n), 8, '0')), '01', 'GH'), %(organisatie)s, 'V', '', 'A' || n,
    'a@b.example', '', '', '', false, %(van)s, '', 1
FROM generate_series(1, 100000) n;
INSERT INTO autorisatie_autorisatie (account_id, rol_id, van)
SELECT id, %(rol)s, %(van)s FROM accounts_account WHERE id <> %(account)s;
INSERT INTO autorisatie_autorisatiekenmerk (autorisatie_id, kenmerk_id, van)
SELECT id, %(kenmerk)s, %(van)s FROM autorisatie_autorisatie WHERE account_id <> %(account)s;
INSERT INTO accounts_tijdelijkeblokkade (account_id, van, tot)
SELECT id, %(van)s, %(van)s FROM accounts_account WHERE id <> %(account)s;
INSERT INTO autorisatie_taakgebruik (account_id, taak_id, dag, aantal)
SELECT id, %(taak)s, %(dag)s, 1 FROM accounts_account;
INSERT INTO accounts_kenmerk (soort, waarde, naam, kvk_vestigingsnummer)
SELECT 'lrk_nummer', lpad(n::text, 9, '0'), '', '' FROM generate_series(1, 100000) n;
INSERT INTO accounts_organisatiekenmerk (organisatie_id, kenmerk_id, van)
SELECT %(organisatie)s, id, %(van)s FROM accounts_kenmerk WHERE soort = 'lrk_nummer';
ANALYZE;
"""
SMALL = {"autorisatie_taak", "autorisatie_onderwerp", "autorisatie_portaal", "autorisatie_rol", "autorisatie_taakrol"}


def scanned(plan: dict[str, Any]) -> set[str]:
    """The tables that this plan reads from beginning to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scanned(child) for child in plan.get("Plans", [])))


@pytest.mark.zwaar
@pytest.mark.django_db
def test_it_reads_no_big_table_from_beginning_to_end() -> None:
    account, rol = make_account(), make_rol()
    assert account.organisatie is not None
    kenmerk, taak = make_kenmerk(account.organisatie), make_taak("Leerlingdossier", rol)
    grant(account, rol, kenmerk)
    with connection.cursor() as cursor:
        cursor.execute(
            GROW,
            {
                "organisatie": account.organisatie.pk,
                "account": account.pk,
                "rol": rol.pk,
                "kenmerk": kenmerk.pk,
                "taak": taak.pk,
                "van": LONG_AGO,
                "dag": NOW.date(),
            },
        )
        cursor.execute("SELECT count(*) FROM autorisatie_autorisatiekenmerk")
        assert cursor.fetchone()[0] >= 100_000
        cursor.execute(
            f"EXPLAIN (FORMAT JSON) {AUTHORISED}",
            {
                "account": account.pk,
                "organisatie": account.organisatie.pk,
                "op": NOW,
                "vanaf": NOW.date() - timedelta(days=90),
                "niveaus": ["EH3"],
                "vestigingen": [],
                "portalen": [],
                "namens": 0,
            },
        )
        (plan,) = cursor.fetchone()
    plans = plan if isinstance(plan, list) else json.loads(plan)
    assert scanned(plans[0]["Plan"]) <= SMALL

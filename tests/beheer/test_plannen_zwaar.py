"""At 100,000 accounts no page or act of a beheerder reads the table of accounts from beginning to end."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from beheer.imports import read_tabel
from beheer.rules.aanmeldlijst import DIRECT_HOOGSTENS
from beheer.services.aanmeldlijsten import confirm_aanmeldlijst, register_aanmeldlijst, store_aanmeldlijst
from beheer.services.gebruikers import register_gebruiker
from tests.beheer.bestanden import make_csv
from tests.factories import LONG_AGO, NOW, grant, make_rol
from tests.formulier import submit
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db]

GROW = """
INSERT INTO accounts_organisatie (naam, code_soort, code, kvk_nummer, straat, postcode, plaats, bevoegd_gezag_naam,
    bevoegd_gezag_functie, bevoegd_gezag_email, gemaakt_op, versie)
SELECT 'School ' || n, 'eigen', 'S' || n, '90001354', '', '', '', 'M. Bestuur', '', 'b@school.example', %(van)s, 1
FROM generate_series(1, 1000) n;
ANALYZE accounts_organisatie;
INSERT INTO accounts_account (password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel,
    achternaam, email, telefoon, functie, werkgever, is_staff, gemaakt_op, sessiestempel, versie)
SELECT '', false, 'MD' || translate(upper(lpad(to_hex(n), 8, '0')), '01', 'GH'), o.id, 'V', '', 'A' || n,
    'a' || n || '@b.example', '', '', '', false, %(van)s, '', 1
FROM (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM accounts_organisatie) o
JOIN generate_series(1, 100000) n ON o.nr = CASE WHEN n <= 5000 THEN 1 ELSE 1 + n %% 1000 END;
ANALYZE;
"""


@pytest.fixture
def groot(beheerder: Account) -> Account:
    """A beheerder of an organisatie with 5,000 gebruikers, among 100,000 accounts."""
    make_rol("ROD raadpleger")
    with connection.cursor() as cursor:
        cursor.execute(GROW, {"van": LONG_AGO})
    assert Account.objects.count() > 100_000
    assert Account.objects.filter(organisatie=beheerder.organisatie).count() > 5_000
    return beheerder


def scanned(plan: dict[str, Any]) -> set[str]:
    """The tables that this plan reads from beginning to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scanned(child) for child in plan.get("Plans", [])))


def check_plans(act: Callable[[], object]) -> int:
    """Do it, and look at the plan of every statement on accounts; how many these were."""
    with CaptureQueriesContext(connection) as queries:
        act()
    verbs = ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")
    statements = [query["sql"].strip() for query in queries if "accounts_account" in query["sql"]]
    plans = [sql for sql in statements if sql.upper().startswith(verbs)]
    with connection.cursor() as cursor:
        for sql in plans:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
            (found,) = cursor.fetchone()
            (plan,) = found if isinstance(found, list) else json.loads(found)
            assert "accounts_account" not in scanned(plan["Plan"]), sql
    return len(plans)


@pytest.mark.parametrize("path", ["", "?pagina=200", "?q=A123", "?q=V+A99", "?stand=aangemeld", "?stand=beeindigd"])
def test_the_list_and_the_search(groot: Account, beheerder_client: Client, path: str) -> None:
    assert check_plans(lambda: beheerder_client.get(f"/beheer/gebruikers/{path}")) >= 3


def test_every_other_list_and_download(groot: Account, beheerder_client: Client) -> None:
    """What a beheerder looks at, each from its first page: of her own gebruikers, never of all accounts."""
    assert groot.organisatie is not None
    kenmerk = groot.organisatie.organisatiekenmerken.get().kenmerk
    gebruiker = Account.objects.of_organisatie(groot.organisatie).latest("id")
    grant(gebruiker, make_rol("ROD raadpleger"), kenmerk)
    pages = ["trechter/", "codes/", "brieven/", "rollen/", "kenmerken/", "logboek/", "rolvoorstellen/", "signalen/"]
    pages += ["brieven/?lijst=allen", f"kenmerken/{kenmerk.pk}/wie/", f"logboek/?persoon={gebruiker.pk}"]
    pages += [f"rollen/rod-raadpleger/{act}" for act in ("", "geven/?q=A12", "intrekken/")]
    pages += [f"gebruikers/{gebruiker.pk}/{page}" for page in ("", "waarom/", "rollen/", "matrix/", "overnemen/?q=A12")]
    for page in pages:
        assert check_plans(partial(beheerder_client.get, f"/beheer/{page}")) >= 1, page
    data = {"_account": beheerder_client.session["_auth_user_id"], "soort": "csv"}

    def download(page: str) -> bytes:
        return b"".join(beheerder_client.post(f"/beheer/{page}", data))  # read to its end: it is streamed

    for page in ("gebruikers/downloaden/", "trechter/downloaden/", "logboek/downloaden/"):
        assert check_plans(partial(download, page)) >= 1, page


def test_comparing_with_a_list_of_who_is_employed(groot: Account, beheerder_client: Client) -> None:
    content = make_csv(["A1 V", "a1@b.example"], kop=["Naam", "E-mailadres"])
    file = SimpleUploadedFile("hr.csv", content)
    act = lambda: submit(beheerder_client, "/beheer/gebruikers/uit-dienst/", "Vergelijk", bestand=file)  # noqa: E731  # as the others
    assert check_plans(act) >= 2


def test_looking_whether_somebody_is_registered(groot: Account) -> None:
    assert groot.organisatie is not None
    organisatie = groot.organisatie
    gegevens = {"voornaam": "V", "tussenvoegsel": "", "achternaam": "Nieuw", "email": "nieuw@b.example"}
    rest = {"telefoon": "", "functie": "", "werkgever": ""}
    actor = Actor(ActorSoort.ACCOUNT, id=groot.pk, namens=organisatie.pk)
    act = lambda: register_gebruiker(organisatie=organisatie, gegevens=gegevens | rest, actor=actor, now=NOW)  # type: ignore[arg-type]  # noqa: E731  # these are all of them
    assert check_plans(act) >= 2


def test_registering_from_a_file_and_its_preview(groot: Account, beheerder_client: Client) -> None:
    rows = [["V", "", f"A{n}", f"a{n}@b.example", "", "", "", "ROD raadpleger: 21AZ"] for n in range(4_700, 5_400)]
    lijst = store_aanmeldlijst(beheerder=groot, tabel=read_tabel(make_csv(*rows)), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert check_plans(lambda: beheerder_client.get(f"/beheer/gebruikers/bestand/{lijst.pk}/")) >= 3
    assert lijst.rijen.filter(fouten=[]).count() == len(rows)


@pytest.mark.parametrize(("first", "bestond"), [(4_850, 150), (5_000, 0)])
def test_confirming_a_file_of_few(groot: Account, first: int, bestond: int) -> None:
    """Up to 300 rows are registered while one waits: with and without people who are there already."""
    rows = [
        ["V", "", f"A{n}", f"a{n}@b.example", "", "", "", "ROD raadpleger: 21AZ"]
        for n in range(first + 1, first + DIRECT_HOOGSTENS + 1)
    ]
    lijst = store_aanmeldlijst(beheerder=groot, tabel=read_tabel(make_csv(*rows)), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    actor = Actor(ActorSoort.ACCOUNT, id=groot.pk, namens=groot.organisatie_id)
    act = lambda: confirm_aanmeldlijst(lijst=lijst, alleen_goede=False, actor=actor, beheerder=groot, now=NOW)  # noqa: E731  # as the others
    assert check_plans(act) >= 5
    assert lijst.rijen.filter(uitkomst="bestond").count() == bestond
    assert lijst.rijen.filter(uitkomst="nieuw").count() == DIRECT_HOOGSTENS - bestond


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_large_file(groot: Account) -> None:
    rows = [["V", "", f"A{n}", f"a{n}@b.example", "", "", "", "ROD raadpleger: 21AZ"] for n in range(4_700, 5_400)]
    lijst = store_aanmeldlijst(beheerder=groot, tabel=read_tabel(make_csv(*rows)), now=NOW)
    actor = Actor(ActorSoort.ACCOUNT, id=groot.pk, namens=groot.organisatie_id)
    confirm_aanmeldlijst(lijst=lijst, alleen_goede=False, actor=actor, beheerder=groot, now=NOW)
    assert check_plans(lambda: register_aanmeldlijst(lijst_id=lijst.pk, now=NOW)) >= 5
    assert lijst.rijen.filter(uitkomst="bestond").count() == 301
    assert lijst.rijen.filter(uitkomst="nieuw").count() == 399

"""What lies outside a beheerder's organisatie or domein stays outside, for every address and every id in every form."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from http import HTTPStatus
from typing import cast
from urllib.parse import urlencode, urljoin

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from lxml import html
from psycopg2.sql import SQL, Identifier, Literal

from accounts.models import Account, Organisatie
from beheer.models import Aanmeldlijst
from tests.architecture.adressen import PAGES, Bezoeker, Wereld, log_in, make_wereld
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_contactpersoon,
    make_contract,
    make_kenmerk,
    make_organisatie,
    make_rol,
    propose_rol,
)

pytestmark = pytest.mark.django_db

OF_ANOTHER_DOMEIN = {
    "gebruiker_rol": ("404", "404"),
    "gebruiker_rol_intrekken": ("404", "404"),
    "rol": ("404", "404"),
    "rol_geven": ("404", "404"),
    "rol_intrekken": ("404", "404"),
    "aanmeldlijst": ("404", "404"),
    "aanmeldlijst_ongedaan": ("404", "404"),
    "aanmeldlijst_verwijderen": ("404", "404"),
}
"""Where the beheerder of another domein of the same organisatie gets something else than the one of this domein (R02).

Rollen outside her domein are not there for her; a list that a colleague uploaded is its maker's alone.
"""


@pytest.fixture
def wereld(clock: Callable[..., None], login_staf: Callable[[Account], Client]) -> Wereld:
    return make_wereld(login_staf)


def test_a_beheerder_of_another_domein_gets_the_same_but_for_rollen_that_are_not_hers(wereld: Wereld) -> None:
    other = make_beheerder(wereld.gebruiker.organisatie, make_rol("RIO raadpleger", domein="rio"))
    own = wereld.browsers[Bezoeker.BEHEERDER]
    hers = replace(wereld, browsers={Bezoeker.BEHEERDER: log_in(other)})
    his = replace(wereld, browsers={Bezoeker.BEHEERDER: own})
    got = {name: (hers.visit(name, pattern), his.visit(name, pattern)) for name, pattern in PAGES.items()}
    assert {name: one for name, (one, both) in got.items() if one != both} == OF_ANOTHER_DOMEIN


@pytest.fixture
def vreemd(wereld: Wereld) -> list[Model]:
    """What another organisatie has: one of everything that a form could name."""
    organisatie = make_organisatie("Stichting Vreemdeling", "90009999")
    gebruiker = make_account(organisatie, achternaam="Vogelaar")
    beheerder = make_beheerder(organisatie, achternaam="Vogelaar")
    kenmerk = make_kenmerk(organisatie, "99ZZ")
    lijst = Aanmeldlijst.objects.create(organisatie=organisatie, beheerder=beheerder, gemaakt_op=NOW)
    return [
        *(organisatie, gebruiker, beheerder, kenmerk, link(gebruiker), lijst),
        grant(gebruiker, make_rol(), kenmerk),
        make_contactpersoon(organisatie, naam="Vogelaar"),
        make_contract(organisatie, partij="Vogelaar"),
        propose_rol(beheerder, make_rol(), kenmerk),
    ]


def test_no_form_of_a_beheerder_takes_an_id_of_another_organisatie(wereld: Wereld, vreemd: list[Model]) -> None:
    client = wereld.browsers[Bezoeker.BEHEERDER].client
    before = stand_of(vreemd)
    tried = set()
    for name, pattern in PAGES.items():
        url = wereld.url(name, pattern)
        with undone(client):
            page = client.get(url)
        if page.status_code != HTTPStatus.OK or not page["Content-Type"].startswith("text/html"):
            continue
        for form in html.fromstring(page.content).forms:
            for field in sorted({field.name or "" for field in form.inputs if is_choice(field)} - NOT_ABOUT_OBJECTS):
                for thing in vreemd:
                    tried.add((name, field))
                    with undone(client):
                        response = send(client, url, form, field, str(thing.pk))
                        text = response.getvalue().decode(errors="replace")
                        assert not any(word in text for word in HIS), (url, field, thing)
                        assert stand_of(vreemd) == before, (url, field, thing)
    assert len(tried) > 40


HIS = ("Vreemdeling", "Vogelaar", "99ZZ")
"""Words by which a page would show something of the other organisatie."""

NOT_ABOUT_OBJECTS = {"", "csrfmiddlewaretoken", "_zegel", "_account", "_namens"}
"""Fields that say who sends the form; other tests are about them (D5, D12)."""


def is_choice(field: html.HtmlElement) -> bool:
    """Whether the page fixed the value of this field, or the values to choose from."""
    return field.tag == "select" or field.get("type") in {"hidden", "radio", "checkbox"}


def send(client: Client, url: str, form: html.FormElement, field: str, value: str) -> HttpResponse:
    """Send a form as it stands on the page, with another value in one field."""
    fields = [(name, kept) for name, kept in form.form_values() if name != field] + [(field, value)]
    address = urljoin(url, form.action or "")
    if form.method == "GET":
        response = client.get(f"{address}?{urlencode(fields)}")
    else:
        response = client.post(address, urlencode(fields), content_type="application/x-www-form-urlencoded")
    return cast("HttpResponse", response)


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Undo what a visit changes, in the database and in the browser."""
    cookies = deepcopy(client.cookies)
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)
    client.cookies = cookies


def stand_of(things: list[Model]) -> list[str]:
    """These things as they stand in the database, and how many rows of each table, the log included, name them."""
    row = SQL("SELECT t::text FROM {} t WHERE {} = {}")
    rows = SQL("SELECT count(*)::text FROM {} WHERE {} = {}")
    parts = []
    for thing in things:
        meta, key = thing._meta, Literal(thing.pk)
        parts.append(row.format(Identifier(meta.db_table), Identifier("id"), key))
        naming = [
            (relation.field.model._meta.db_table, relation.field.column)
            for relation in meta.related_objects
            if not relation.many_to_many
        ]
        if isinstance(thing, Account | Organisatie):
            naming.append(("verantwoording_logregel", f"{meta.model_name}_id"))
        parts += [rows.format(Identifier(table), Identifier(column), key) for table, column in naming]
    with connection.cursor() as cursor:
        cursor.execute(SQL(" UNION ALL ").join(parts))
        return [row[0] for row in cursor.fetchall()]

"""Every address of the portal, found by walking the resolver, and the kinds of visitor who try them."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Account, Beheerderschap
from beheer.models import Aanmeldlijst
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_contactpersoon,
    make_contract,
    make_handleiding,
    make_kenmerk,
    make_organisatie,
    make_pagina,
    make_rol,
    make_sector,
    make_signaal,
    make_staf,
    make_taak,
    propose_rol,
)


def walk(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address: its name (the admin's with `admin:` before it) and its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        else:
            yield f"{prefix}{pattern.name}", pattern


PAGES = {name: pattern for name, pattern in walk() if not name.startswith("admin:")}
ADMIN = {name: pattern for name, pattern in walk() if name.startswith("admin:") and pattern.name}


class Bezoeker(StrEnum):
    """The seven kinds of visitor, in the order in which they try: who may do most comes last."""

    NIEMAND = "nobody"
    GEBRUIKER = "gebruiker"
    EX = "who was beheerder until yesterday"
    ANDER = "beheerder of another organisatie"
    STAF_ZONDER = "staff without a second factor"
    STAF = "staff"
    BEHEERDER = "beheerder"


@dataclass
class Browser:
    """A visitor's browser."""

    client: Client
    account: Account | None = None

    def visit(self, url: str, method: str) -> str:
        """What comes of it: the status, or for a redirect the name of the page it leads to, when it is one of LEADS."""
        posted = {"_account": self.account.pk} if self.account and method == "post" else {}
        response = getattr(self.client, method)(url, posted)
        leads = {reverse(name): short for short, name in LEADS.items()}
        return leads.get(response.get("Location", "").split("?")[0], str(response.status_code))


LEADS = {
    "in": "inloggen",
    "uit": "uitgelogd",
    "start": "koppelen",
    "thuis": "overzicht",
    "staf": "account_login",
    "beheer": "admin:index",
    "stap2": "admin:login",
    "nogmaals": "account_reauthenticate",
}
"""Short names for the pages that redirects lead to."""


@dataclass
class Wereld:
    """One organisatie with a gebruiker who has a rol, and everybody's browser. pks: of addresses not about him."""

    gebruiker: Account
    pks: dict[str, int]
    lijst: Aanmeldlijst
    browsers: dict[Bezoeker, Browser]

    def url(self, name: str, pattern: URLPattern) -> str:
        """The address with a real object in each of its places."""
        known: dict[str, Any] = {
            "pk": self.pks.get(name, self.gebruiker.pk),
            "lijst": self.lijst.pk,
            "soort": "csv",
            "contactpersoon": self.pks["contactpersoon"],
            "contract": self.pks["contract"],
            "sector": "primair-onderwijs",
            "token": "onzin",
            "aanbod": 0,
            "pagina": "uitleg",
            "sleutel": {"taak": "leerlingdossier", "portaal": "rod"}.get(name, "rod-raadpleger"),
            "object_id": "0",
            "app_label": "accounts",
        }
        places = [*pattern.pattern.converters, *(["app_label"] if name == "admin:app_list" else [])]
        return reverse(name, kwargs={place: known[place] for place in places})

    def visit(self, name: str, pattern: URLPattern) -> tuple[str, str]:
        """What each visitor gets who reads and then sends, in the order of Bezoeker; what that changes is undone.

        Making a world costs far more than a visit, so all addresses are tried in the same one.
        """
        url = self.url(name, pattern)
        browsers = self.browsers.values()
        cookies = [deepcopy(browser.client.cookies) for browser in browsers]
        savepoint = transaction.savepoint()
        get, post = (" ".join(browser.visit(url, method) for browser in browsers) for method in ("get", "post"))
        transaction.savepoint_rollback(savepoint)
        for browser, kept in zip(browsers, cookies, strict=True):
            browser.client.cookies = kept
        return get, post


def make_wereld(login_staf: Callable[[Account], Client]) -> Wereld:
    """The organisatie, its gebruiker, and the seven visitors, each in a browser of its own."""
    make_sector()
    make_pagina("uitleg")
    organisatie = make_organisatie()
    rol = make_rol()
    taak = make_taak("Leerlingdossier", rol)
    gebruiker = make_account(organisatie)
    kenmerk = make_kenmerk(organisatie)
    grant(gebruiker, rol, kenmerk)
    voorstel = propose_rol(gebruiker, rol, kenmerk)
    ex = make_beheerder(organisatie)
    Beheerderschap.objects.filter(account=ex).update(tot=NOW)
    beheerder = make_beheerder(organisatie)
    staf_zonder, staf = make_staf("zonder.duo"), make_staf()
    password_only = Client()
    password_only.force_login(staf_zonder)
    browsers = {
        Bezoeker.NIEMAND: Browser(Client()),
        Bezoeker.GEBRUIKER: log_in(gebruiker),
        Bezoeker.EX: log_in(ex),
        Bezoeker.ANDER: log_in(make_beheerder(make_organisatie("Gemeente Zonderdam", "90004321"))),
        Bezoeker.STAF_ZONDER: Browser(password_only, staf_zonder),
        Bezoeker.STAF: Browser(login_staf(staf), staf),
        Bezoeker.BEHEERDER: log_in(beheerder),
    }
    lijst = Aanmeldlijst.objects.create(organisatie=organisatie, beheerder=beheerder, gemaakt_op=NOW)
    signaal = make_signaal(organisatie, gebruiker).pk
    pks = {
        "signaal": signaal,
        "signaal_stoppen": signaal,
        "kenmerk_wie": kenmerk.pk,
        "rolvoorstel": voorstel.pk,
        "handleiding": make_handleiding("Leerlingdossier", taak).pk,
        "contactpersoon": make_contactpersoon(organisatie).pk,
        "contract": make_contract(organisatie).pk,
    }
    return Wereld(gebruiker, pks, lijst, browsers)


def log_in(account: Account) -> Browser:
    """The browser of somebody who came from eHerkenning at EH3."""
    middel = link(account).middel
    client = Client()
    client.force_login(account)
    session = client.session
    session["eherkenning"] = {
        "middel": middel.pk,
        "kvk": middel.kvk_nummer,
        "loa": "urn:etoegang:core:assurance-class:loa3",
        "vestigingen": [],
        "op": NOW.isoformat(),
        "aantal": 1,
    }
    session.save()
    return Browser(client, account)

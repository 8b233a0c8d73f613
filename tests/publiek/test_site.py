"""The public site as it stands after `inrichten` (R31): every page, every link, and what is found."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Sector
from autorisatie.models import Mededeling, Portaal
from koppeling.models import TekstVersie
from planning.models import Planningsregel
from planning.services.tabel import forget_planning
from publiek.rules import EIGEN_ADRES
from publiek.services.paginas import list_paginas
from tests.factories import NOW, make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "clock")]
DAG = timedelta(days=1)


def found(browser: Client, vraag: str) -> list[str]:
    """The addresses that a search finds, best first."""
    html = browser.get("/zoeken/", {"q": vraag}).content.decode()
    return re.findall(r'utrecht-heading-3">\s*<a[^>]*href="([^"]+)"', html)


def test_every_page_opens_and_every_link_on_it_within_the_site_leads_somewhere(client: Client) -> None:
    paginas = [versie.pagina for versie in list_paginas(now=NOW)]
    assert {pagina.sleutel for pagina in paginas} >= set(EIGEN_ADRES)
    for pagina in paginas:
        response = client.get(pagina.get_absolute_url())
        assert response.status_code == 200
        for href in re.findall(r'href="(/[^"#?]*)', response.content.decode()):
            if not href.startswith("/static/"):
                assert resolve(href)
            if href.startswith("/informatie/"):
                assert client.get(href).status_code == 200


def test_no_link_to_another_site_keeps_that_to_itself(client: Client) -> None:
    """R31: also in what the catalogue names."""
    away = 0
    paths = [versie.pagina.get_absolute_url() for versie in list_paginas(now=NOW)]
    paths += [reverse("portaal", args=[portaal.sleutel]) for portaal in Portaal.objects.all()]
    for path in [*paths, "/inloggen/gemeenten/"]:
        html = client.get(path).content.decode()
        for attributes, words in re.findall(r'<a\b([^>]*href="https?://[^>]*)>(.*?)</a>', html, re.DOTALL):
            away += 1
            assert re.search('rel="no(opener|referrer)"', attributes)
            assert "(andere website)" in words
    assert away > 10


def test_every_dienst_says_whom_to_ask(client: Client) -> None:
    """R31: each portaal that is in use has its row, with an address of its own to link to."""
    html = client.get("/contact/").content.decode()
    portalen = Portaal.objects.filter(actief=True)
    assert len(portalen) > 10
    for portaal in portalen:
        (row,) = re.findall(rf'<tr role="row" id="{portaal.sleutel}">(.*?)</tr>', html, re.DOTALL)
        assert portaal.eigenaar in row
        assert re.search(r'href="(https://|mailto:)', row)


def test_a_sector_says_where_to_ask_and_sectoren_with_the_same_answer_share_it(client: Client) -> None:
    html = client.get("/contact/").content.decode()
    for naam in Sector.objects.exclude(contact="").values_list("naam", flat=True):
        assert f"<dt>{naam}</dt>" in html
    assert html.count("helpdesk@bron.nl</a>") == 1


def test_reading_sets_no_cookie(client: Client) -> None:
    """What the page about cookies says."""
    for versie in list_paginas(now=NOW):
        if versie.pagina.sleutel not in {"nieuwsbrieven", "feedback"}:
            assert not client.get(versie.pagina.get_absolute_url()).cookies


def test_a_page_takes_one_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        client.get("/informatie/eherkenning-gebruiken/")
    with django_assert_num_queries(3):
        client.get("/contact/")


def test_home_leads_to_every_page_and_who_is_logged_in_goes_on(
    client: Client, login: Callable[[Account], Client]
) -> None:
    html = client.get("/").content.decode()
    for versie in list_paginas(now=NOW):
        if versie.pagina.rubriek:
            assert f'href="{versie.pagina.get_absolute_url()}"' in html
    assert 'href="/inloggen/"' in html
    assert login(make_account()).get("/").headers["Location"] == reverse("overzicht")


def test_search_engines_find_the_public_pages_only(client: Client) -> None:
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
    found = re.findall(r"<loc>http://testserver([^<]+)</loc>", client.get("/sitemap.xml").content.decode())
    assert {"/", "/contact/", "/informatie/certificaten/"} <= set(found)
    assert all(client.get(path).status_code == 200 for path in found)


@pytest.mark.parametrize(
    ("vraag", "eerste"),
    [
        ("certificaat", "/informatie/certificaten/"),
        ("machtigingen van derden", "/informatie/machtigen/"),
        ("kosten", "/informatie/eherkenning-gebruiken/"),
        ("cookie", "/informatie/cookies/"),
        ("facet", "/portalen/facet/"),
        ("coördinator", "/informatie/voorbereiden/"),
    ],
)
def test_a_page_is_found_by_other_forms_of_its_words(client: Client, vraag: str, eerste: str) -> None:
    assert found(client, vraag)[:1] == [eerste]


@pytest.mark.parametrize(
    ("vraag", "adres"),
    [
        ("deurwaarders", "/planning/"),
        ("Blik op Werk", "/planning/"),
        ("STAP-opleiders", "/planning/"),
        ("cultuurorganisaties", "/planning/"),
        ("wie nieuw is bij Mijn DUO", "/planning/"),  # a moment beside the table
        ("helpdesk@bron.nl", "/contact/"),
        ("xbrl@duo.nl", "/contact/"),
        ("tabblad", "/problemen-met-inloggen/"),
        ("koppeling vervallen", "/problemen-met-inloggen/"),
        ("leesbevestigingen", "/privacy/bewaartermijnen/"),
    ],
)
def test_what_the_portal_itself_puts_on_a_page_is_found_too(client: Client, vraag: str, adres: str) -> None:
    """R26, R31."""
    assert adres in found(client, vraag)


@pytest.mark.parametrize(("soort", "adres"), [("privacy", "/privacy/"), ("voorwaarden", "/gebruikersvoorwaarden/")])
def test_of_the_texts_the_version_that_holds_is_found(client: Client, soort: str, adres: str) -> None:
    """R09: not an older one, nor one that is still to come."""
    for versie, ingang, woord in ((11, NOW, "paddenstoel"), (12, NOW, "kabouter"), (13, NOW + DAG, "elfenbankje")):
        TekstVersie.objects.create(soort=soort, versie=versie, ingang=ingang, tekst=f"Over de {woord}.")
    assert found(client, "kabouter") == [adres]
    assert found(client, "paddenstoel") == found(client, "elfenbankje") == []


def test_nothing_that_not_everybody_may_read_is_found(
    client: Client, login: Callable[[Account], Client], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Nor by who is logged in. What staff hide is not found either, and no word costs more than another."""
    account = make_account(achternaam="Paddenstoel", email="paddenstoel@regenboog.example")
    Mededeling.objects.create(titel="Paddenstoel", tekst="Paddenstoel", van=NOW)
    Portaal.objects.filter(sleutel="mijn-bron").update(contact="paddenstoel@duo.nl")  # no longer in use
    Planningsregel.objects.filter(soort__sleutel="blik-op-werk").update(tonen=False)
    assert found(client, '"Blik op Werk"') == []
    for vraag in ("paddenstoel", "paddenstoel or regenboog"):
        forget_planning()  # so that it looks again whether a row was written
        with django_assert_num_queries(7):
            assert found(client, vraag) == []
    assert found(login(account), "paddenstoel") == []

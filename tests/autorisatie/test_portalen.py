"""R22, R25: the catalogue of portalen, for everybody, with what one may do there before one goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.html import escape

from accounts.models import Account, Kenmerk
from autorisatie.models import Autorisatie, Portaal, Taak
from tests.factories import (
    NOW,
    allow_token,
    grant,
    make_account,
    make_kenmerk,
    make_organisatie,
    make_overstap,
    make_portaal,
    make_rol,
    make_taak,
    make_token,
)
from tests.planning.inlog import is_in, log_in

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_r25_every_portaal_of_the_sources_has_a_page(client: Client) -> None:
    call_command("laad_catalogus", verbosity=0)
    page = read(client, "/portalen/")
    for naam in (
        "Mijn DUO",
        "Mijn Helpdesk PO",
        "XBRL Onderwijsportaal",
        "Portal Inburgering",
        "Verzuim",
        "Kinderopvang",
        "Personenregister",
        "Facet",
        "Lerarenportfolio",
        "Internet Schooldossier",
        "Register Onderwijsdeelnemers",
        "Mijn BRON",
    ):
        assert naam in page
    for portaal in Portaal.objects.all():
        page = read(client, f"/portalen/{portaal.sleutel}/")
        assert portaal.eigenaar in page
        assert portaal.omschrijving in page
        facts = [portaal.dienstmachtiging, portaal.adres, portaal.informatie, portaal.contact]
        soorten = [soort.naam for soort in portaal.soorten.all()]
        assert soorten
        for value in [*facts, *soorten]:
            assert escape(value) in page
        assert ("niveau EH3 of hoger" in page) is portaal.actief
    assert "<dt>Vragen</dt> <dd> Inspectie van het Onderwijs" in read(client, "/portalen/internet-schooldossier/")
    assert "Dit portaal is er niet meer." in read(client, "/portalen/mijn-bron/")
    assert "BRON" in read(client, "/portalen/register-onderwijsdeelnemers/")
    assert client.get("/portalen/onbekend/").status_code == 404


def test_r31_a_link_to_another_site_says_so_also_to_a_screen_reader(client: Client) -> None:
    make_portaal(adres="duo.example/inloggen", informatie="duo.example/uitleg", contact="duo.example/contact")
    page = read(client, "/portalen/mijn-duo/")
    assert page.count('href="https://duo.example/') == 3
    assert page.count("(andere website)") == 3


@pytest.fixture
def taak() -> Taak:
    taak = make_taak("Leerlingdossier", make_rol())
    Portaal.objects.filter(sleutel="rod").update(adres="rod.example")
    return taak


def test_r25_who_is_logged_in_reads_what_he_may_do_there(login: Login, taak: Taak) -> None:
    organisatie = make_organisatie()
    account = make_account(organisatie)
    grant(account, make_rol(), make_kenmerk(organisatie), make_kenmerk(organisatie, "21BZ"))
    client = login(account)
    page = read(client, "/portalen/rod/")
    assert "ROD raadpleger, voor 21AZ en 21BZ" in page
    assert 'href="/taken/leerlingdossier/"' in page
    assert page.index("ROD raadpleger") < page.index("https://rod.example")
    page = read(client, "/taken/leerlingdossier/?kenmerk=" + str(make_kenmerk(organisatie).pk))
    assert page.index("ROD raadpleger, voor 21AZ en 21BZ") < page.index("https://rod.example")
    assert 'href="/portalen/rod/"' in page
    Autorisatie.objects.update(tot=NOW - timedelta(days=1))
    assert "U hebt nog geen rollen voor dit portaal." in read(client, "/portalen/rod/")


def test_r22_a_login_that_is_not_enough_is_told_from_having_no_rol(login: Login, taak: Taak) -> None:
    organisatie = make_organisatie()
    account = make_account(organisatie)
    kenmerk = make_kenmerk(organisatie)
    grant(account, make_rol(), kenmerk)
    client = login(account)
    Portaal.objects.filter(sleutel="rod").update(niveau="EH4")
    page = read(client, "/portalen/rod/")
    assert "Log in met eHerkenning, niveau EH4 of hoger." in page
    assert "Leerlingdossier" not in page
    assert "nog geen rollen" not in page

    Portaal.objects.filter(sleutel="rod").update(niveau="EH3")
    Kenmerk.objects.filter(pk=kenmerk.pk).update(kvk_vestigingsnummer="000012345678")
    session = client.session
    session["eherkenning"] = session["eherkenning"] | {"vestigingen": ["000087654321"]}
    session.save()
    page = read(client, "/portalen/rod/")
    assert "uw login geldt niet voor de vestiging die daarbij hoort" in page
    assert "nog geen rollen" not in page


@pytest.mark.usefixtures("clock")
def test_r14_a_token_at_a_portaal_that_has_moved_reads_that_it_takes_eherkenning(client: Client, taak: Taak) -> None:
    organisatie = make_organisatie()
    account = make_account(organisatie)
    grant(account, make_rol(), make_kenmerk(organisatie))
    make_token(account)
    allow_token(organisatie)
    assert is_in(log_in(client, account.gebruikersnaam))
    assert 'href="/taken/leerlingdossier/"' in read(client, "/portalen/rod/")

    make_overstap(portaal="rod", stand="klaar", afgerond_op=NOW)

    assert "Log in met eHerkenning, niveau EH3 of hoger." in read(client, "/portalen/rod/")


def test_r25_of_a_portaal_that_is_gone_nobody_is_to_ask_for_a_rol(login: Login) -> None:
    make_portaal("mijn-bron", "Mijn BRON", actief=False, niveau="")
    page = read(login(make_account(make_organisatie())), "/portalen/mijn-bron/")
    assert "Dit portaal is er niet meer." in page
    assert "rollen" not in page


def test_r25_a_visitor_reads_nothing_of_anybodys_rights(client: Client, taak: Taak) -> None:
    page = read(client, "/portalen/rod/")
    assert "Wat u hier mag" not in page
    assert "Leerlingdossier" not in page

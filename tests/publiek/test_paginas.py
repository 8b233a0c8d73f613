"""The public pages (R31): loaded from files, kept by DUO staff, read by everybody."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils.text import slugify

from koppeling.models import TekstVersie
from koppeling.services.weigeringen import OORZAKEN
from publiek.models import Pagina, PaginaVersie
from publiek.rules.problemen import UITLEG
from publiek.services.paginas import VerouderdError, Woorden, load_pagina, publish_concept, save_concept
from tests.factories import LONG_AGO, NOW, make_pagina
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

STAF = Actor(ActorSoort.STAF, id=7)
WOORDEN = Woorden("Nieuwe titel", "Kort.", "Nieuwe tekst.")
DAG = timedelta(days=1)


def load(folder: Path | None = None) -> str:
    out = StringIO()
    call_command("laad_paginas", *(["--map", str(folder)] if folder else []), stdout=out)
    return out.getvalue()


# --- Loading ---------------------------------------------------------------------------------------------------------


def test_loading_twice_changes_nothing() -> None:
    load()
    before = list(PaginaVersie.objects.values())
    assert load() == "Openbare pagina's: 0 nieuw.\n"
    assert list(PaginaVersie.objects.values()) == before


def test_a_changed_file_is_a_next_version(tmp_path: Path) -> None:
    file = tmp_path / "uitleg.md"
    for tekst in ("Eerste.", "Tweede."):
        file.write_text(f"titel: Uitleg\nrubriek: hulp\nvolgorde: 3\n\n{tekst}\n")
        load(tmp_path)
    assert list(PaginaVersie.objects.order_by("versie").values_list("versie", "tekst")) == [
        (1, "Eerste."),
        (2, "Tweede."),
    ]
    assert Pagina.objects.get().volgorde == 3


def test_what_staff_wrote_survives_loading() -> None:
    woorden = Woorden("Uitleg", "", "Uit een bestand.")
    load_pagina(sleutel="uitleg", rubriek="hulp", volgorde=1, woorden=woorden, now=NOW)
    pagina = Pagina.objects.get()
    save_concept(pagina=pagina, woorden=WOORDEN, bewerkt=0, actor=STAF, now=NOW)
    assert not load_pagina(sleutel="uitleg", rubriek="over", volgorde=9, woorden=Woorden("X", "", "X"), now=NOW)
    pagina.refresh_from_db()
    assert (pagina.rubriek, pagina.volgorde, pagina.versies.count()) == ("hulp", 1, 2)


@pytest.mark.parametrize("kop", ["rubriek: hulp", "titel", "titel: X\nrubriek: onzin", "titel: X\nvolgorde: x"])
def test_a_file_without_a_readable_head_is_refused_by_name(tmp_path: Path, kop: str) -> None:
    (tmp_path / "stuk.md").write_text(f"{kop}\n\nTekst.")
    with pytest.raises(CommandError, match=r"stuk\.md"):
        load(tmp_path)


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_a_version_is_read_from_its_moment_on(client: Client, clock: Callable[..., None]) -> None:
    oud = make_pagina(tekst="Oude tekst.")
    make_pagina(versie=2, titel="Uitleg", tekst="Nieuwe tekst.", ingang=NOW + DAG)
    make_pagina(versie=3, tekst="Concept.", ingang=None)
    adres = oud.pagina.get_absolute_url()
    assert b"Oude tekst." in client.get(adres).content
    clock(NOW + DAG)
    assert b"Nieuwe tekst." in client.get(adres).content


def test_a_page_that_is_not_published_is_a_404(client: Client) -> None:
    make_pagina(ingang=None)
    assert client.get("/informatie/uitleg/").status_code == 404
    assert client.get("/informatie/onzin/").status_code == 404


def test_a_page_with_an_address_of_its_own_leads_there(client: Client) -> None:
    assert client.get("/informatie/contact/").headers["Location"] == "/contact/"


def test_the_login_pages_lead_to_the_explanation(client: Client) -> None:
    html = client.get("/inloggen/").content.decode()
    for name in ("problemen_met_inloggen", "wat_heb_ik_nodig", "contact", "privacy", "begin"):
        assert f'href="{reverse(name)}"' in html


# --- What the portal makes itself ---------------------------------------------------------------------------------


def test_r16_every_cause_is_explained_with_who_can_solve_it(client: Client) -> None:
    assert set(UITLEG) == set(OORZAKEN)
    text = client.get("/problemen-met-inloggen/").content.decode()
    for oorzaak in OORZAKEN.values():
        assert oorzaak.kop in text
        assert f"</strong> {oorzaak.wie}." in text


@pytest.mark.parametrize(
    "kop",
    [
        "U bent niet ingelogd",  # cancelled
        "De verbinding met eHerkenning werkt niet",
        "Het niveau van uw middel is te laag",
        "U bent niet gemachtigd voor Mijn DUO",
        "Uw middel werkt niet",
        "Uw middel is nog niet gekoppeld",
        "Uw koppeling is vervallen",
        "Uw account is tijdelijk geblokkeerd",
        "Koppelen kan even niet",
        "Uw account is beëindigd of u ziet geen taken",
    ],
)
def test_r16_each_cause_stands_under_a_heading_of_its_own_with_a_link_to_it(client: Client, kop: str) -> None:
    text = client.get("/problemen-met-inloggen/").content.decode()
    assert f'id="{slugify(kop)}">{kop}</h2>' in text
    assert f'href="#{slugify(kop)}">{kop}</a>' in text


@pytest.mark.parametrize("soort", TekstVersie.Soort)
def test_r09_the_text_that_holds_and_the_older_ones_can_be_read(client: Client, soort: TekstVersie.Soort) -> None:
    for versie, ingang in ((1, LONG_AGO), (2, NOW - DAG), (3, NOW + DAG)):
        TekstVersie.objects.create(soort=soort, versie=versie, ingang=ingang, tekst=f"Woorden van {versie}.")
    adres = reverse("privacy" if soort == TekstVersie.Soort.PRIVACY else "gebruikersvoorwaarden")
    now = client.get(adres).content.decode()
    assert "Woorden van 2." in now
    assert "?versie=1" in now
    assert "oude versie" not in now
    older = client.get(adres, {"versie": "1"}).content.decode()
    assert "Woorden van 1." in older
    assert "Dit is een oude versie" in older
    for onzin in ("3", "0", "x", "1\x00"):
        assert client.get(adres, {"versie": onzin}).status_code == 404


def test_r34_every_bewaarregel_is_published(client: Client) -> None:
    text = re.sub(r"\s+", " ", client.get("/privacy/bewaartermijnen/").content.decode())
    regels = [model.bewaarregel for model in apps.get_models() if getattr(model, "bewaarregel", None)]  # type: ignore[attr-defined]
    assert len(regels) > 10
    for regel in regels:
        assert regel.doel in text
        assert f"{regel.termijn} na {regel.vanaf}" in text


def test_security_txt_does_not_expire(client: Client, clock: Callable[..., None]) -> None:
    for now in (NOW, NOW + 1000 * DAG):
        clock(now)
        text = client.get("/.well-known/security.txt").content.decode()
        assert "Contact: mailto:zakelijk@mijnduo.example\n" in text
        assert f"Expires: {now + 180 * DAG:%Y-%m-%dT%H:%M:%SZ}\n" in text


# --- Search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vraag", ["xyzzy", "' OR 1=1 --", "\x00", "& | !", "a" * 5000, "<script>", '"'])
def test_a_search_for_nonsense_finds_nothing_and_breaks_nothing(client: Client, vraag: str) -> None:
    response = client.get("/zoeken/", {"q": vraag})
    assert response.status_code == 200
    assert b"<script>" not in response.content


def test_a_concept_or_an_old_version_is_not_found(client: Client) -> None:
    make_pagina(tekst="Vroeger stond hier paddenstoel.")
    make_pagina(versie=2, tekst="Nu niet meer.")
    make_pagina(versie=3, tekst="Straks kabouter.", ingang=None)
    make_pagina("later", tekst="Morgen pas elfenbankje.", ingang=NOW + DAG)
    for woord in ("paddenstoel", "kabouter", "elfenbankje"):
        assert b"Er is geen pagina met deze woorden" in client.get("/zoeken/", {"q": woord}).content


# --- Staff --------------------------------------------------------------------------------------------------------


def act(pagina: Pagina, naam: str) -> str:
    return reverse(f"admin:publiek_pagina_{naam}", args=[pagina.pk])


def test_r31_staff_write_look_and_publish(staf_client: Client, client: Client) -> None:
    pagina = make_pagina(tekst="Oude tekst.").pagina
    adres = pagina.get_absolute_url()
    form = staf_client.get(act(pagina, "tekst")).content.decode()
    assert "Oude tekst." in form
    data = {"titel": "Nieuw", "samenvatting": "", "tekst": "**Nieuwe** tekst.", "bewerkt": "0"}
    assert staf_client.post(act(pagina, "tekst"), data).status_code == 302
    assert b"Oude tekst." in client.get(adres).content
    voorbeeld = staf_client.get(act(pagina, "voorbeeld")).content.decode()
    assert "Dit is een voorbeeld" in voorbeeld
    assert "<strong>Nieuwe</strong> tekst." in voorbeeld
    assert (
        staf_client.post(act(pagina, "publiceren"), {"ingang": "2026-03-02T09:00", "bewerkt": "1"}).status_code == 302
    )
    assert b"<strong>Nieuwe</strong> tekst." in client.get(adres).content
    assert b"Oude" not in client.get(adres).content
    assert (
        list(Logregel.objects.values_list("gebeurtenis", "gegevens__versie"))
        == [
            ("staf_ingelogd", None),
            ("pagina_geschreven", 2),
            ("pagina_gepubliceerd", 2),
        ][-Logregel.objects.count() :]
    )


def test_staff_read_where_the_words_of_the_planning_are_shown(staf_client: Client) -> None:
    pagina = make_pagina("planning", titel="Wanneer stapt u over?").pagina
    assert "De kop van de planning zelf ligt vast" in staf_client.get(act(pagina, "tekst")).content.decode()
    assert "ligt vast" not in staf_client.get(act(make_pagina("kosten").pagina, "tekst")).content.decode()


def test_the_history_stands_at_the_page_and_nothing_can_be_deleted(staf_client: Client) -> None:
    pagina = make_pagina().pagina
    html = staf_client.get(reverse("admin:publiek_pagina_change", args=[pagina.pk])).content.decode()
    assert "Tekst wijzigen" in html
    assert "versies-0" in html
    assert staf_client.post(reverse("admin:publiek_pagina_delete", args=[pagina.pk])).status_code == 403


def test_d23_a_stale_form_writes_nothing(staf_client: Client) -> None:
    pagina = make_pagina().pagina
    save_concept(pagina=pagina, woorden=WOORDEN, bewerkt=0, actor=STAF, now=NOW)
    data = {"titel": "Ander", "samenvatting": "", "tekst": "", "bewerkt": "0"}
    assert b"Iemand anders heeft deze pagina intussen gewijzigd" in staf_client.post(act(pagina, "tekst"), data).content
    with pytest.raises(VerouderdError):
        publish_concept(pagina=pagina, ingang=NOW, bewerkt=5, actor=STAF, now=NOW)
    assert pagina.versies.get(versie=2).titel == WOORDEN.titel


def test_a_version_never_holds_in_the_past() -> None:
    pagina = make_pagina().pagina
    save_concept(pagina=pagina, woorden=WOORDEN, bewerkt=0, actor=STAF, now=NOW)
    assert publish_concept(pagina=pagina, ingang=NOW - DAG, bewerkt=1, actor=STAF, now=NOW).ingang == NOW


def test_publishing_nothing_is_told(staf_client: Client) -> None:
    pagina = make_pagina().pagina
    response = staf_client.get(act(pagina, "publiceren"), follow=True)
    assert "Er is geen nieuwe tekst om te publiceren" in response.content.decode()

"""The guide "wat heb ik nodig" (R31): over all soorten, portalen and levels there is a way on."""

import json
from itertools import product

import pytest
from django.test import Client
from django.utils.http import urlencode

from autorisatie.imports import CATALOGUS
from publiek.rules.wegwijzer import MIJN_DUO, NIVEAUS, Niveau, Plek, Portaal, Stap, make_checklist

SOORTEN = [soort["sleutel"] for soort in json.loads((CATALOGUS / "soorten.json").read_text())]
PORTALEN = {
    portaal["sleutel"]: Portaal(
        sleutel=portaal["sleutel"],
        naam=portaal["naam"],
        eigenaar=portaal["eigenaar"],
        dienst=portaal["dienstmachtiging"],
        actief=portaal["actief"],
        soorten=frozenset(portaal["soorten"]),
    )
    for portaal in json.loads((CATALOGUS / "portalen.json").read_text())
}


def checklist(soort: str, portaal: str, niveau: Niveau) -> list[Stap]:
    return make_checklist(soort=soort, portaal=PORTALEN[portaal], niveau=niveau)


def words(stappen: list[Stap]) -> list[str]:
    return [stap.wat for stap in stappen]


def test_the_table_is_whole() -> None:
    assert len(SOORTEN) == 18
    assert len(PORTALEN) == 12
    assert set(NIVEAUS) == set(Niveau)


@pytest.mark.parametrize("portaal", PORTALEN)
def test_there_is_always_a_way_on(portaal: str) -> None:
    for soort, niveau in product(SOORTEN, Niveau):
        stappen = checklist(soort, portaal, niveau)
        assert stappen
        assert all(stap.wat and stap.uitleg.endswith(".") and stap.wie for stap in stappen)
        assert any(stap.plek for stap in stappen)
        assert len(set(words(stappen))) == len(stappen)


@pytest.mark.parametrize("portaal", PORTALEN)
def test_every_step_is_there_for_who_needs_it_and_for_nobody_else(portaal: str) -> None:
    for soort, niveau in product(SOORTEN, Niveau):
        check(soort, portaal, niveau)


def check(soort: str, portaal: str, niveau: Niveau) -> None:
    facts, stappen = PORTALEN[portaal], checklist(soort, portaal, niveau)
    plekken, wat = [stap.plek for stap in stappen], " ".join(words(stappen))
    if not facts.actief or soort not in facts.soorten:
        assert Plek.OPNIEUW in plekken
        return
    assert ("Verhoog" in wat) == (niveau in {Niveau.EH1, Niveau.EH2, Niveau.EH2_PLUS})
    assert ("Vraag een persoonlijk middel" in wat) == (niveau in {Niveau.NIETS, Niveau.TOKEN})
    assert (Plek.TESTEN in plekken) == (niveau == Niveau.ONBEKEND)
    assert "Laat u machtigen" in wat
    assert facts.dienst in wat
    via_mijn_duo = facts.dienst == MIJN_DUO
    assert ("Koppel uw middel" in wat) == via_mijn_duo
    assert ("Lever uw token in" in wat) == (via_mijn_duo and niveau == Niveau.TOKEN and soort != "po-scholen")
    assert wat.index("machtigen") < wat.index("Koppel uw middel" if via_mijn_duo else "Log in op")


def test_every_soort_has_a_portaal_for_which_the_list_is_whole() -> None:
    for soort in SOORTEN:
        assert any(soort in facts.soorten and facts.actief for facts in PORTALEN.values())


def test_r15_a_po_school_never_had_a_token_of_mijn_duo() -> None:
    assert "Laat u aanmelden als gebruiker" in words(checklist("po-scholen", "mijn-duo", Niveau.TOKEN))
    assert "Houd uw gebruikersnaam bij de hand" in words(checklist("po-besturen", "mijn-duo", Niveau.TOKEN))


def test_the_former_mijn_bron_leads_to_mijn_duo() -> None:
    (stap,) = checklist("po-scholen", "mijn-bron", Niveau.EH3)
    assert (stap.wat, stap.plek) == ("Gebruik Mijn DUO", Plek.OPNIEUW)
    assert "hieronder" in stap.uitleg  # on the page the questions come after the list


@pytest.mark.parametrize("soort", SOORTEN)
def test_mijn_duo_is_there_for_every_soort(soort: str) -> None:
    """The form advises it to who does not know, and each of them has its beheerder and gebruikers there."""
    assert "Koppel uw middel aan uw account" in words(checklist(soort, "mijn-duo", Niveau.EH3))


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
def test_three_answers_make_a_list_and_leave_nothing_behind(client: Client) -> None:
    answers = {"soort": "gemeenten", "portaal": "portal-inburgering", "niveau": "eh2plus"}
    response = client.get("/wat-heb-ik-nodig/?" + urlencode(answers))
    text = response.content.decode()
    for sentence in (
        "Uw lijst",
        "Gemeenten, Portal Inburgering, eHerkenning niveau EH2+",
        "Verhoog uw middel naar EH3",
        "voor elke gemeente een eigen account",
        "Kijk welke leveranciers er zijn <span",
        "Met wie:",
    ):
        assert sentence in text
    assert not response.cookies


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "answers", ["soort=gemeenten", "soort=x&portaal=y&niveau=z", "soort=%00&portaal=%00&niveau=%00"]
)
def test_answers_that_are_missing_or_odd_are_asked_again(client: Client, answers: str) -> None:
    response = client.get(f"/wat-heb-ik-nodig/?{answers}")
    assert response.status_code == 200
    assert "Controleer wat u hebt ingevuld" in response.content.decode()

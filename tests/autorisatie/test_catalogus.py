"""The catalogue is true to its sources and holds together (R02, R04, R21, R22, R25). Pure: reads files, no database."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from accounts.rules import KENMERKSOORTEN

MAP = Path(__file__).parents[2] / "autorisatie" / "catalogus"
BESTANDEN = sorted(path.stem for path in MAP.glob("*.json"))

# The planning table of S0, row by row: which soort moves for which portaal (18 soorten, 29 pairs).
PLANNING = {
    "STAP-opleiders": ["mijn-duo"],
    "Po-scholen": ["mijn-duo", "mijn-helpdesk-po"],
    "Po-besturen": ["mijn-duo", "xbrl-onderwijsportaal"],
    "Gemeenten": ["portal-inburgering", "verzuim", "kinderopvang", "personenregister"],
    "Vo-scholen": ["mijn-duo", "facet"],
    "Vo-besturen": ["mijn-duo", "lerarenportfolio", "xbrl-onderwijsportaal"],
    "Mbo-instellingen": ["mijn-duo"],
    "Mbo-besturen": ["mijn-duo", "xbrl-onderwijsportaal"],
    "Ho-instellingen": ["mijn-duo"],
    "Ho-besturen": ["mijn-duo", "xbrl-onderwijsportaal"],
    "Administratiekantoren": ["mijn-duo", "xbrl-onderwijsportaal"],
    "GGD's": ["kinderopvang"],
    "Kinderopvangorganisaties": ["kinderopvang"],
    "Meer ruimte voor nieuwe scholen": ["mijn-duo"],
    "Ketenpartners van DUO": ["mijn-duo"],
    "Cultuurorganisaties": ["xbrl-onderwijsportaal"],
    "Blik op Werk": ["mijn-duo"],
    "Deurwaarders en incassobureaus": ["mijn-duo"],
}

# Every name that DUO's public pages give, as they write it.
BEHEERDERSROLLEN_VAN_DUO = {
    "Beheerder RIO Algemeen",
    "Beheerder RIO Selfservice",
    "Beheerder RIO Opleidingseenheid",
    "Beheerder PO",
    "Beheerder Bekostiging en opleidingen",
    "Beheerder Facet",
}
ROLLEN_VAN_DUO = {
    "RIO beheren onderwijsbestuur",
    "RIO beheren contactadres",
    "RIO beheren samenwerkingsvorm",
    "RIO RPL context instellingen",
    "RIO beheren onderwijsaanbiedersgroep",
    "RIO beheren onderwijslocatiegebruik",
    "RIO beheren onderwijsaanbieder",
    "RIO beheren aangeboden opleiding",
    "Medewerker bekostiging",
    "Medewerker opleidingen",
    "Raadpleger zaakdossier",
    "Medewerker verantwoording",
    "verzuimloket melder",
    "verzuimloket beheerder onderwijs",
    "Verzuimloket behandelaar LP",
    "Verzuimloket behandelaar LP/RMC",
    "Verzuimloket behandelaar RMC",
    "RPL RIO context Leerplicht",
    "RPL RIO context Toezicht",
    "RPL RIO context BPV",
    "BRON-VO verzoek Handmatige Mutatie",
    "BRON-VAVO verzoek Handmatige Mutatie",
    "FAO-beheerder",
    "systeemcheck-afnameplanner",
    "systeemcheck-afnameleider",
    "afnameplanner",
    "afnameleider",
    "corrector",
}
PORTALEN = {
    "Mijn DUO",
    "Mijn Helpdesk PO",
    "XBRL Onderwijsportaal",
    "Portal Inburgering",
    "Verzuim",
    "Kinderopvang",
    "Personenregister Kinderopvang",
    "Facet",
    "Lerarenportfolio",
    "Internet Schooldossier",
    "Register Onderwijsdeelnemers",
    "Mijn BRON",
}
VELDEN = {
    "sectoren": {"sleutel", "naam", "toelichting", "contact", "bron"},
    "soorten": {"sleutel", "naam", "sector", "code_soort", "bron"},
    "kenmerksoorten": {"sleutel", "uitleg", "bron"},
    "domeinen": {"sleutel", "naam", "omschrijving", "bron"},
    "beheerdersrollen": {
        *("sleutel", "naam", "omschrijving", "domein", "alle_rollen", "rollen", "omvat", "soorten", "bron"),
    },
    "rollen": {
        *("sleutel", "naam", "omschrijving", "domein", "privacygevoelig", "sluit_uit", "kenmerksoorten", "soorten"),
        "bron",
    },
    "onderwerpen": {"sleutel", "naam", "uitleg", "taken"},
    "portalen": {
        *("sleutel", "naam", "voorheen", "omschrijving", "eigenaar", "actief", "niveau", "dienstmachtiging"),
        *("adres", "informatie", "contact", "soorten", "bron"),
    },
}


def read(bestand: str) -> dict[str, dict[str, Any]]:
    """The entries of one file, by sleutel."""
    entries = json.loads((MAP / f"{bestand}.json").read_text(encoding="utf-8"))
    return {entry["sleutel"]: entry for entry in entries}


SOORTEN = read("soorten")
ROLLEN = read("rollen")
BEHEERDERSROLLEN = read("beheerdersrollen")
ONDERWERPEN = read("onderwerpen")
PORTALEN_OP_SLEUTEL = read("portalen")
TAKEN = [taak for onderwerp in ONDERWERPEN.values() for taak in onderwerp["taken"]]


def grantable(beheerdersrol: dict[str, Any]) -> set[str]:
    """The rollen this beheerdersrol hands out, those of the beheerdersrollen that come with it included."""
    if beheerdersrol["alle_rollen"]:
        return set(ROLLEN)
    included = (grantable(BEHEERDERSROLLEN[sleutel]) for sleutel in beheerdersrol["omvat"])
    return set(beheerdersrol["rollen"]).union(*included)


def onderwerpen_for(soort: str) -> set[str]:
    """The onderwerpen that somebody with every rol of this soort would see."""
    own = {sleutel for sleutel, rol in ROLLEN.items() if soort in rol["soorten"]}
    return {sleutel for sleutel, o in ONDERWERPEN.items() if any(own & set(taak["rollen"]) for taak in o["taken"])}


def test_the_files_are_the_eight_that_the_loading_command_knows() -> None:
    assert set(BESTANDEN) == set(VELDEN)


@pytest.mark.parametrize("bestand", BESTANDEN)
def test_every_entry_has_exactly_its_fields_and_a_sleutel_of_its_own(bestand: str) -> None:
    entries = json.loads((MAP / f"{bestand}.json").read_text(encoding="utf-8"))
    assert entries
    assert not [sleutel for sleutel, times in Counter(entry["sleutel"] for entry in entries).items() if times > 1]
    for entry in entries:
        assert set(entry) == VELDEN[bestand]
        assert re.fullmatch("[a-z0-9][a-z0-9_-]{1,49}", entry["sleutel"])


@pytest.mark.parametrize("bestand", BESTANDEN)
def test_texts_are_filled_in_and_sources_are_named_without_protocol(bestand: str) -> None:
    text = (MAP / f"{bestand}.json").read_text(encoding="utf-8")
    assert "://" not in text
    for entry in [*read(bestand).values(), *(TAKEN if bestand == "onderwerpen" else [])]:
        for veld in {"naam", "uitleg", "omschrijving", "toelichting", "bron"} & set(entry):
            assert entry[veld].strip() == entry[veld] != ""


def test_names_are_not_used_twice() -> None:
    for bestand in set(BESTANDEN) - {"kenmerksoorten"}:
        names = [entry["naam"].casefold() for entry in read(bestand).values()]
        assert len(names) == len(set(names))


def test_the_18_soorten_are_those_of_the_planning_table() -> None:
    """R26: same names, same order."""
    assert [soort["naam"] for soort in SOORTEN.values()] == list(PLANNING)
    assert len(SOORTEN) == 18


def test_every_soort_stands_in_a_sector_and_every_sector_has_one() -> None:
    assert {soort["sector"] for soort in SOORTEN.values()} == set(read("sectoren"))


def test_a_soort_is_known_by_a_code_that_organisaties_can_have() -> None:
    """D3: BRIN, bestuursnummer or gemeentecode, else a number of our own."""
    assert {soort["code_soort"] for soort in SOORTEN.values()} == {"brin", "bestuursnummer", "gemeentecode", ""}


def test_every_kenmerksoort_has_a_form_in_the_rules_and_the_other_way_round() -> None:
    assert set(read("kenmerksoorten")) == set(KENMERKSOORTEN) - {"rsin", "kvk_vestigingsnummer"}


def test_every_name_that_duo_publishes_is_there_and_only_those_name_a_source() -> None:
    assert {rol["naam"] for rol in ROLLEN.values() if rol["bron"] != "eigen"} == ROLLEN_VAN_DUO
    own = {rol["naam"] for rol in BEHEERDERSROLLEN.values() if rol["bron"] != "eigen"}
    assert own == BEHEERDERSROLLEN_VAN_DUO


def test_the_portalen_are_those_of_r25() -> None:
    assert {portaal["naam"] for portaal in PORTALEN_OP_SLEUTEL.values()} == PORTALEN
    assert {p["naam"] for p in PORTALEN_OP_SLEUTEL.values() if p["eigenaar"] != "DUO"} == {"Internet Schooldossier"}
    assert {p["naam"] for p in PORTALEN_OP_SLEUTEL.values() if not p["actief"]} == {"Mijn BRON"}
    assert {p["niveau"] for p in PORTALEN_OP_SLEUTEL.values() if p["actief"]} == {"EH3"}
    assert PORTALEN_OP_SLEUTEL["mijn-duo"]["dienstmachtiging"] == "Mijn DUO voor zakelijke klanten"
    assert PORTALEN_OP_SLEUTEL["register-onderwijsdeelnemers"]["voorheen"] == "BRON"


def test_every_portaal_is_for_the_soorten_that_move_to_it_in_the_planning() -> None:
    for naam, portalen in PLANNING.items():
        (sleutel,) = (key for key, soort in SOORTEN.items() if soort["naam"] == naam)
        assert [p for p in portalen if sleutel not in PORTALEN_OP_SLEUTEL[p]["soorten"]] == []


@pytest.mark.parametrize("rol", ROLLEN.values(), ids=lambda rol: rol["sleutel"])
def test_a_rol_names_only_what_exists_and_opens_something(rol: dict[str, Any]) -> None:
    assert rol["domein"] in read("domeinen")
    assert rol["kenmerksoorten"]
    assert set(rol["kenmerksoorten"]) <= set(read("kenmerksoorten"))
    assert rol["soorten"]
    assert set(rol["soorten"]) <= set(SOORTEN)
    assert type(rol["privacygevoelig"]) is bool
    assert any(rol["sleutel"] in taak["rollen"] for taak in TAKEN)


def test_rollen_exclude_each_other_both_ways_and_never_themselves() -> None:
    for sleutel, rol in ROLLEN.items():
        for other in rol["sluit_uit"]:
            assert other != sleutel
            assert sleutel in ROLLEN[other]["sluit_uit"]


@pytest.mark.parametrize("beheerdersrol", BEHEERDERSROLLEN.values(), ids=lambda rol: rol["sleutel"])
def test_a_beheerdersrol_hands_out_only_rollen_of_its_domein(beheerdersrol: dict[str, Any]) -> None:
    """R02. What comes with it (RIO with Beheerder PO) is handed out as that other beheerdersrol."""
    assert {ROLLEN[sleutel]["domein"] for sleutel in beheerdersrol["rollen"]} <= {beheerdersrol["domein"]}
    assert grantable(beheerdersrol)
    assert set(beheerdersrol["soorten"]) <= set(SOORTEN)
    assert beheerdersrol["alle_rollen"] == (beheerdersrol["domein"] == "") == (beheerdersrol["rollen"] == [])
    for sleutel in beheerdersrol["omvat"]:
        assert set(beheerdersrol["soorten"]) <= set(BEHEERDERSROLLEN[sleutel]["soorten"])


def test_beheerder_po_comes_with_both_beheerdersrollen_for_rio() -> None:
    assert BEHEERDERSROLLEN["beheerder-po"]["omvat"] == ["beheerder-rio-algemeen", "beheerder-rio-selfservice"]
    assert "rio-beheren-onderwijsbestuur" in grantable(BEHEERDERSROLLEN["beheerder-po"])


def test_every_rol_can_be_handed_out_at_every_soort_it_exists_for_by_a_beheerder_of_a_domein() -> None:
    limited = [rol for rol in BEHEERDERSROLLEN.values() if not rol["alle_rollen"]]
    orphans = [
        (sleutel, soort)
        for sleutel, rol in ROLLEN.items()
        for soort in rol["soorten"]
        if not any(soort in beheerder["soorten"] and sleutel in grantable(beheerder) for beheerder in limited)
    ]
    assert orphans == []


def test_taken_have_sleutels_of_their_own() -> None:
    assert len({taak["sleutel"] for taak in TAKEN}) == len(TAKEN)


@pytest.mark.parametrize("taak", TAKEN, ids=lambda taak: taak["sleutel"])
def test_a_taak_can_be_opened_by_each_of_its_rollen(taak: dict[str, Any]) -> None:
    """R22: the rol exists, its kenmerken are of a soort the taak asks for, and it leads to a portaal in use."""
    assert set(taak) == {"sleutel", "naam", "uitleg", "portaal", "kenmerksoorten", "rollen", "bron"}
    assert taak["rollen"]
    for sleutel in taak["rollen"]:
        assert set(ROLLEN[sleutel]["kenmerksoorten"]) & set(taak["kenmerksoorten"])
    asked = {soort for sleutel in taak["rollen"] for soort in ROLLEN[sleutel]["kenmerksoorten"]}
    assert set(taak["kenmerksoorten"]) <= asked
    portaal = PORTALEN_OP_SLEUTEL[taak["portaal"]]
    assert portaal["actief"]
    assert {soort for sleutel in taak["rollen"] for soort in ROLLEN[sleutel]["soorten"]} <= set(portaal["soorten"])


def test_every_portaal_in_use_is_reached_by_a_taak() -> None:
    reached = {taak["portaal"] for taak in TAKEN}
    assert reached == {sleutel for sleutel, portaal in PORTALEN_OP_SLEUTEL.items() if portaal["actief"]}


@pytest.mark.parametrize(
    ("soort", "onderwerpen"),
    [
        ("po-scholen", {"rio", "register-onderwijsdeelnemers", "bekostiging-en-opleidingen", "mijn-helpdesk-po"}),
        ("po-besturen", {"rio", "bekostiging-en-opleidingen", "verantwoording", "internet-schooldossier"}),
        ("vo-scholen", {"rio", "register-onderwijsdeelnemers", "verzuim", "facet", "internet-schooldossier"}),
        ("mbo-instellingen", {"rio", "register-onderwijsdeelnemers", "verzuim", "facet"}),
        ("ho-instellingen", {"rio", "register-onderwijsdeelnemers", "bekostiging-en-opleidingen", "verantwoording"}),
        ("gemeenten", {"verzuim", "inburgering", "kinderopvang", "rio"}),
        ("kinderopvangorganisaties", {"kinderopvang"}),
        ("administratiekantoren", {"verantwoording", "bekostiging-en-opleidingen", "lerarenportfolio"}),
    ],
)
def test_each_kind_of_organisatie_sees_the_onderwerpen_that_are_its_own(soort: str, onderwerpen: set[str]) -> None:
    """R21."""
    assert onderwerpen <= onderwerpen_for(soort)


def test_a_school_sees_nothing_of_gemeenten_and_every_soort_sees_something() -> None:
    assert not onderwerpen_for("po-scholen") & {"inburgering", "kinderopvang", "verzuim", "invordering"}
    assert [soort for soort in SOORTEN if not onderwerpen_for(soort)] == []

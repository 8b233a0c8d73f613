"""The planning of the overstap in the database, as it stands in the source (R26)."""

import json
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from autorisatie.models import Portaal
from planning.imports import CATALOGUS
from planning.models import Planningsmoment, Planningsregel
from planning.rules import Precisie, read_moment
from verantwoording.models import Logregel

# Number, soort, portaal as printed, whether a message was sent or is to come, when, since when eHerkenning is required.
PRINTED = """
1  | STAP-opleiders                  | Mijn DUO                         | verwacht  | juni            | nu
2  | Po-scholen                      | Mijn DUO en Mijn Helpdesk PO     |           |                 | 1 januari 2022
3  | Po-besturen                     | Mijn DUO                         | verwacht  | juni 2022       |
4  | Po-besturen                     | XBRL Onderwijsportaal            | ontvangen | eind 2021       |
5  | Gemeenten                       | Inburgering                      |           |                 | 1 januari 2022
6  | Gemeenten                       | Verzuim                          | ontvangen | 1 juni 2022     |
7  | Gemeenten                       | Kinderopvang: Mijn DUO           | ontvangen | 1 juni 2022     |
8  | Gemeenten                       | Kinderopvang: Personenregister   | ontvangen |                 | 1 maart
9  | Vo-scholen                      | Mijn DUO                         | verwacht  | juni 2022       |
10 | Vo-scholen                      | Facet                            | verwacht  |                 | eind 2022
11 | Vo-besturen                     | Mijn DUO en Lerarenportfolio     | ontvangen |                 | begin 2022
12 | Vo-besturen                     | XBRL Onderwijsportaal            | ontvangen | eind 2021       |
13 | Mbo-instellingen                | Mijn DUO                         | verwacht  | juni 2022       |
14 | Mbo-besturen                    | Mijn DUO                         | verwacht  | juni 2022       |
15 | Mbo-besturen                    | XBRL Onderwijsportaal            | ontvangen | eind 2021       |
16 | Ho-instellingen                 | Mijn DUO                         | verwacht  | juni 2022       |
17 | Ho-besturen                     | Mijn DUO                         | verwacht  | juni 2022       |
18 | Ho-besturen                     | XBRL Onderwijsportaal            | ontvangen | eind 2021       |
19 | Administratiekantoren           | Mijn DUO                         | ontvangen | begin 2022      |
20 | Administratiekantoren           | XBRL Onderwijsportaal            | ontvangen | begin 2022      |
21 | GGD's                           | Kinderopvang                     | ontvangen |                 | 1 maart
22 | Kinderopvangorganisaties        | Kinderopvang                     | ontvangen |                 | 1 maart
23 | Meer ruimte voor nieuwe scholen | Mijn DUO                         | ontvangen | eind maart 2023 |
24 | Ketenpartners van DUO           | Mijn DUO                         | ontvangen | 30 mei 2022     |
25 | Cultuurorganisaties             | XBRL Onderwijsportaal            | ontvangen | eind 2021       |
26 | Blik op Werk                    | Mijn DUO                         | verwacht  | juni 2022       |
27 | Deurwaarders en incassobureaus  | Mijn DUO                         | verwacht  | begin juli 2022 |
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in PRINTED.strip().splitlines()]

pytestmark = pytest.mark.django_db


def load(folder: Path = CATALOGUS) -> str:
    out = StringIO()
    call_command("laad_planning", map=folder, stdout=out)
    return out.getvalue().splitlines()[0]


@pytest.mark.usefixtures("planning")
def test_R26_every_printed_row_is_there_as_it_stands_in_the_source() -> None:
    held = Planningsregel.objects.values_list(
        "nummer", "soort__naam", "portaal", "bericht_stand", "bericht", "verplicht"
    )
    assert [tuple(map(str, row)) for row in held] == ROWS


@pytest.mark.usefixtures("planning")
def test_R26_there_are_27_rows_18_soorten_and_29_pairs() -> None:
    assert Planningsregel.objects.count() == len(ROWS) == 27
    assert Planningsregel.objects.values("soort").distinct().count() == 18
    pairs = set(Planningsregel.objects.values_list("soort", "portalen"))
    assert len(pairs) == 29


@pytest.mark.usefixtures("planning")
def test_R26_what_holds_for_part_of_a_row_says_for_which_part() -> None:
    voor = dict(Planningsregel.objects.exclude(verplicht_voor="").values_list("nummer", "verplicht_voor"))
    assert voor == {1: "wie nog geen toegang tot Mijn DUO heeft", 5: "Mijn DUO", 11: "het Lerarenportfolio"}
    assert not Planningsregel.objects.get(nummer=1).verplichte_portalen.exists()
    assert Planningsregel.objects.get(nummer=11).verplichte_portalen.get().sleutel == "lerarenportfolio"


@pytest.mark.usefixtures("planning")
def test_R26_only_the_row_whose_message_came_later_knows_no_general_end() -> None:
    assert Planningsregel.objects.get(algemeen_einde=False).nummer == 23


@pytest.mark.usefixtures("planning")
def test_R26_the_moments_of_the_letter_and_above_the_table_are_there_in_their_order() -> None:
    assert list(Planningsmoment.objects.values_list("moment", flat=True)) == [
        "14 juni 2021",
        "voor de zomervakantie",
        "na de zomer",
        "vanaf eind 2021",
        "vanaf 1 januari 2022",
        "januari 2022",
        "vanaf januari 2022",
        "in de loop van 2022",
        "vóór 31 december 2022",
    ]


@pytest.mark.parametrize(
    ("tekst", "precisie", "eerste", "laatste"),
    [
        ("1 juni 2022", "dag", "2022-06-01", "2022-06-01"),
        ("vanaf 1 januari 2022", "dag", "2022-01-01", "2022-01-01"),
        ("vóór 31 december 2022", "dag", "2022-12-31", "2022-12-31"),
        ("juni 2022", "maand", "2022-06-01", "2022-06-30"),
        ("Vanaf februari 2024", "maand", "2024-02-01", "2024-02-29"),
    ],
)
def test_R26_a_day_and_a_month_are_read_as_such(tekst: str, precisie: str, eerste: str, laatste: str) -> None:
    moment = read_moment(tekst)
    assert moment.precisie == precisie
    assert (moment.eerste, moment.laatste) == (date.fromisoformat(eerste), date.fromisoformat(laatste))


@pytest.mark.parametrize(
    "tekst",
    ["", "nu", "juni", "1 maart", "eind 2021", "begin juli 2022", "eind maart 2023", "31 juni 2022", "0 mei 2022"],
)
def test_R26_no_year_and_no_day_is_ever_guessed(tekst: str) -> None:
    moment = read_moment(tekst)
    assert moment.precisie is Precisie.TEKST
    assert (moment.eerste, moment.laatste) == (None, None)


@pytest.mark.parametrize("tekst", ["december 9999", "31 december 9999", "1 mei 1022", "mei 2101"])
def test_a_year_that_cannot_be_meant_is_no_more_than_a_text(tekst: str) -> None:
    assert read_moment(tekst).precisie is Precisie.TEKST


@pytest.mark.usefixtures("planning")
def test_loading_again_changes_nothing() -> None:
    before = list(Planningsregel.objects.values())
    assert load() == "Planning: 0 geschreven, 0 door DUO gewijzigd."
    assert list(Planningsregel.objects.values()) == before


@pytest.mark.usefixtures("planning")
def test_R26_what_staff_changed_in_the_admin_survives_loading_again(staf_client: Client, tmp_path: Path) -> None:
    regel = Planningsregel.objects.get(nummer=3)
    address = reverse("admin:planning_planningsregel_change", args=[regel.pk])
    values = {
        "soort": regel.soort_id,
        "portaal": regel.portaal,
        "portalen": [Portaal.objects.get(sleutel="mijn-duo").pk],
        "bericht": "15 juni 2022",
        "bericht_stand": "ontvangen",
        "algemeen_einde": "on",
        "tonen": "on",
    }
    assert staf_client.post(address, values).status_code == 302
    folder = shutil.copytree(CATALOGUS, tmp_path / "catalogus")
    entries = json.loads((folder / "regels.json").read_text())
    entries[2]["bericht"] = "augustus 2022"
    entries[3]["bericht"] = "begin 2022"
    (folder / "regels.json").write_text(json.dumps(entries))

    assert load(folder) == "Planning: 1 geschreven, 1 door DUO gewijzigd."

    assert Planningsregel.objects.get(nummer=3).bericht == "15 juni 2022"
    assert Planningsregel.objects.get(nummer=4).bericht == "begin 2022"
    assert Logregel.objects.filter(gebeurtenis="beheer_gewijzigd", object_soort="planningsregel").exists()


@pytest.mark.usefixtures("planning")
def test_a_row_that_staff_gave_another_portaal_is_left_alone_too() -> None:
    Planningsregel.objects.get(nummer=1).portalen.set(Portaal.objects.filter(sleutel="facet"))
    assert load() == "Planning: 0 geschreven, 1 door DUO gewijzigd."


@pytest.mark.parametrize(
    ("bestand", "veld", "waarde"),
    [
        ("regels", "soort", "pabo"),
        ("regels", "portalen", ["nergens"]),
        ("regels", "bericht_stand", "misschien"),
        ("regels", "portaal", "x" * 200),
        ("momenten", "soorten", 3),
    ],
)
@pytest.mark.usefixtures("planning")
def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path, bestand: str, veld: str, waarde: object) -> None:
    folder = shutil.copytree(CATALOGUS, tmp_path / "catalogus")
    entries = json.loads((folder / f"{bestand}.json").read_text())
    entries[0]["toelichting"] = entries[0]["omschrijving"] = "anders"
    entries[1][veld] = waarde
    (folder / f"{bestand}.json").write_text(json.dumps(entries))

    with pytest.raises(CommandError, match=rf"{bestand}\.json, entry 2"):
        load(folder)

    assert not Planningsregel.objects.filter(toelichting="anders").exists()
    assert not Planningsmoment.objects.filter(omschrijving="anders").exists()


@pytest.mark.parametrize("text", [None, "geen json"])
def test_a_file_that_is_missing_or_is_no_json_is_named(tmp_path: Path, text: str | None) -> None:
    folder = shutil.copytree(CATALOGUS, tmp_path / "catalogus")
    if text is None:
        (folder / "momenten.json").unlink()
    else:
        (folder / "momenten.json").write_text(text)
    with pytest.raises(CommandError, match=r"momenten\.json"):
        load(folder)


@pytest.mark.usefixtures("planning")
def test_R26_staff_hide_a_row_and_cannot_delete_it(staf_client: Client, client: Client) -> None:
    regel = Planningsregel.objects.get(nummer=26)
    assert staf_client.get(reverse("admin:planning_planningsregel_delete", args=[regel.pk])).status_code == 403
    assert "gelezen als" in staf_client.get(reverse("admin:planning_planningsregel_changelist")).content.decode()
    Planningsregel.objects.filter(pk=regel.pk).update(tonen=False)
    assert "Blik op Werk" not in client.get(reverse("planning")).content.decode()


def test_R26_the_names_of_staff_are_kept_when_they_add_a_moment(staf_client: Client) -> None:
    values = {"sleutel": "extra", "volgorde": "20", "moment": "mei 2027", "omschrijving": "Iets.", "bron": "DUO"}
    address = reverse("admin:planning_planningsmoment_add")
    assert staf_client.post(address, values | {"tonen": "on"}).status_code == 302
    assert Planningsmoment.objects.get(sleutel="extra").geladen == {}

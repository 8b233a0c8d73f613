"""The catalogue in the database (docs/catalogus.md, R02, R22, R25)."""

import json
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Sector, Soort
from autorisatie.imports import CATALOGUS
from autorisatie.models import Beheerdersrol, Onderwerp, Portaal, Rol, Taak, TaakRol
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import ActorSoort

Change = Callable[[list[dict[str, Any]]], object]


def load(folder: Path = CATALOGUS) -> str:
    out = StringIO()
    call_command("laad_catalogus", map=folder, stdout=out)
    return out.getvalue()


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, Change], Path]:
    """A copy of the catalogue in which one file was changed."""

    def _changed(bestand: str, change: Change) -> Path:
        folder = tmp_path / "catalogus"
        shutil.copytree(CATALOGUS, folder, dirs_exist_ok=True)
        path = folder / f"{bestand}.json"
        entries = json.loads(path.read_text(encoding="utf-8"))
        change(entries)
        path.write_text(json.dumps(entries), encoding="utf-8")
        return folder

    return _changed


@pytest.mark.django_db
def test_everything_is_there_after_loading_and_nothing_changes_the_second_time() -> None:
    load()
    assert (Sector.objects.count(), Soort.objects.count()) == (8, 18)
    assert Taak.objects.get(sleutel="verzuim-melden").taakrollen.get().rol.sleutel == "verzuimloket-melder"
    assert Rol.objects.get(sleutel="verzuimloket-melder").soorten.filter(sleutel="vo-scholen").exists()
    assert Taak.objects.get(sleutel="rio-contactgegevens").portaal == Portaal.objects.get(sleutel="mijn-duo")
    assert [str(o) for o in Onderwerp.objects.all()][:2] == ["Register Onderwijsdeelnemers", "RIO"]
    before = TaakRol.objects.count()
    report = load()
    assert set(report.removeprefix("Geschreven: ").split()) & {str(n) for n in range(1, 1000)} == set()
    assert TaakRol.objects.filter(tot=None).count() == before


@pytest.mark.django_db
def test_beheerder_po_comes_with_both_beheerdersrollen_for_rio() -> None:
    """R02."""
    load()
    po = Beheerdersrol.objects.get(sleutel="beheerder-po")
    assert {rol.sleutel for rol in po.omvat.all()} == {"beheerder-rio-algemeen", "beheerder-rio-selfservice"}


@pytest.mark.django_db
def test_each_run_leaves_one_line_by_the_job_in_the_log() -> None:
    """R33."""
    load()
    load()
    first, second = Logregel.objects.order_by("id")
    assert (first.actor_soort, first.actor_naam) == (ActorSoort.TAAK, "laad_catalogus")
    assert first.gegevens["aantal"] > 100
    assert logzinnen[second.gebeurtenis](second.gegevens).endswith("Wijzigingen: 0.")


@pytest.mark.django_db
def test_a_new_name_is_taken_over(changed: Callable[[str, Change], Path]) -> None:
    load()
    report = load(changed("portalen", lambda entries: entries[0].update(naam="Mijn DUO nieuw")))
    assert Portaal.objects.get(sleutel="mijn-duo").naam == "Mijn DUO nieuw"
    assert "1 portalen" in report


@pytest.mark.django_db
def test_a_rol_that_disappeared_stays_and_opens_nothing_from_then_on(changed: Callable[[str, Change], Path]) -> None:
    """D20: what it opened keeps its dates."""
    load()

    def drop(onderwerpen: list[dict[str, Any]]) -> None:
        for onderwerp in onderwerpen:
            for taak in onderwerp["taken"]:
                taak["rollen"] = [rol for rol in taak["rollen"] if rol != "rod-medewerker-po"]

    load(changed("onderwerpen", drop))
    assert Rol.objects.filter(sleutel="rod-medewerker-po").exists()
    rows = TaakRol.objects.filter(rol__sleutel="rod-medewerker-po")
    assert rows.exists()
    assert not rows.filter(tot=None).exists()
    load()
    assert rows.filter(tot=None).count() == rows.exclude(tot=None).count()


@pytest.mark.django_db
def test_a_portaal_that_disappeared_is_no_longer_active(changed: Callable[[str, Change], Path]) -> None:
    load()
    Portaal.objects.create(sleutel="oud-portaal", naam="Oud portaal", eigenaar="DUO")
    load()
    assert not Portaal.objects.get(sleutel="oud-portaal").actief


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bestand", "change", "sentence"),
    [
        ("rollen", lambda e: e[0].pop("naam"), "rollen, entry rio-beheren-onderwijsbestuur: naam is missing"),
        ("rollen", lambda e: e[0].update(privacygevoelig="ja"), "privacygevoelig is missing or is no bool"),
        ("rollen", lambda e: e[0].update(soorten=[7]), "lists hold sleutels, as text"),
        ("rollen", lambda e: e.append(e[0]), "rollen: used twice as sleutel: rio-beheren-onderwijsbestuur"),
        ("rollen", lambda e: e[0].update(soorten=["nergens"]), "soorten: soorten has no nergens"),
        ("rollen", lambda e: e[0].update(domein="nergens"), "domein: domeinen has no nergens"),
        ("rollen", lambda e: e[0].update(naam="x" * 121), "rollen, entry rio-beheren-onderwijsbestuur"),
        ("rollen", lambda e: e.append("geen object"), "must be an object"),
        ("beheerdersrollen", lambda e: e[4].update(omvat=["nergens"]), "omvat: beheerdersrollen has no nergens"),
        ("soorten", lambda e: e[0].update(sector="nergens"), "sector: sectoren has no nergens"),
        ("onderwerpen", lambda e: e[0]["taken"][0].update(rollen=["nergens"]), "rollen: rollen has no nergens"),
        ("onderwerpen", lambda e: e[0]["taken"].append("niets"), "taken, entry .*: must be an object"),
        ("kenmerksoorten", lambda e: e.append({"sleutel": "nieuw", "uitleg": "x"}), "has no form for nieuw"),
    ],
)
def test_a_mistake_in_a_file_is_named_and_changes_nothing(
    changed: Callable[[str, Change], Path], bestand: str, change: Change, sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        load(changed(bestand, change))
    assert not Rol.objects.exists()
    assert not Sector.objects.exists()
    assert not Logregel.objects.exists()


@pytest.mark.django_db
def test_a_missing_file_and_one_that_is_no_json_are_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"sectoren\.json: this file of the catalogue is missing"):
        load(tmp_path)
    (tmp_path / "sectoren.json").write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match=r"sectoren\.json: no JSON"):
        load(tmp_path)
    (tmp_path / "sectoren.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CommandError, match=r"sectoren\.json: must be a list"):
        load(tmp_path)

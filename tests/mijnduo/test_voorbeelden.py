"""The sample data show every state that a gebruiker can be in, and are of nobody (D25)."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pyotp
import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Organisatie
from autorisatie.models import AutorisatieKenmerk, Rol, Taak
from autorisatie.services.namens import verleners_of
from autorisatie.services.waarom import explain_account
from beheer.models import Aanmeldlijst, Signaal
from beheer.rules.trechter import KAN_INLOGGEN, Stand
from beheer.services.aanmeldlijsten import with_bestaand
from beheer.services.signaalpersonen import find_second
from beheer.services.standen import Gebruikersstand, read_standen
from koppeling.models import Handleiding, Koppeling
from koppeling.rules import MAX_POGINGEN, check_handleiding, lapse_day
from koppeling.services.inloggen import find_toegang
from mijnduo.lokaal.omgeving import ENTITY_ID
from mijnduo.voorbeelden.laden import read_json
from mijnduo.voorbeelden.staf import WACHTWOORD
from mijnduo.voorbeelden.tokens import WACHTWOORD as TOKENWACHTWOORD
from planning.models import Token
from verantwoording.models import Bericht, Logregel

ROOT = Path(__file__).resolve().parents[2]
TABLES = (Organisatie, Account, Koppeling, AutorisatieKenmerk, Bericht, Logregel)


@pytest.fixture(scope="module")
def pseudoniemen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the makelaar calls its personas, asked as the demo asks it."""
    folder = tmp_path_factory.mktemp("buitenwereld")
    words = [sys.executable, "-m", "buitenwereld", "--pseudoniemen", ENTITY_ID.split(":")[3]]
    environment = {"BUITENWERELD_MAP": str(folder), "PATH": ""}
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    (folder / "pseudoniemen.json").write_bytes(done.stdout)
    return folder / "pseudoniemen.json"


def load(pseudoniemen: Path, sleutels: Path) -> str:
    for name in ("createcachetable", "laad_catalogus", "laad_teksten", "laad_paginas"):
        call_command(name, stdout=StringIO())
    return again(pseudoniemen, sleutels)


def again(pseudoniemen: Path, sleutels: Path) -> str:
    out = StringIO()
    call_command("laad_voorbeelden", pseudoniemen=pseudoniemen, sleutels=sleutels, stdout=out)
    return out.getvalue()


def standen() -> dict[tuple[str, str], Gebruikersstand]:
    """Where everybody stands, by organisatie and name."""
    now = timezone.now()
    found = {}
    for organisatie in Organisatie.objects.all():
        for stand in read_standen(Account.objects.of_organisatie(organisatie), organisatie, now):
            found[organisatie.naam, stand.account.get_full_name()] = stand
    return found


@pytest.mark.django_db(transaction=True)
def test_every_state_is_there_and_a_second_time_changes_nothing(pseudoniemen: Path, tmp_path: Path) -> None:
    printed = load(pseudoniemen, tmp_path / "sleutels.json")
    found = standen()
    assert {stand.stand for stand in found.values()} == set(Stand)
    vlieger = "Basisschool De Vlieger"
    assert found[vlieger, "Els Dijkstra"].stand is Stand.CODE_ONDERWEG
    assert found[vlieger, "Daan Kuipers"].stand is Stand.CODE_VERLOPEN
    assert found[vlieger, "Peter Jansen"].feiten.ontkoppeld_om == "verloren"
    assert found[vlieger, "Marloes de Wit"].stand is Stand.BEEINDIGD
    assert found[vlieger, "Noor Hendriks"].feiten.brief_gemaakt
    assert not found[vlieger, "Mo Aydin"].rollen
    wachtend = Aanmeldlijst.objects.get(organisatie__naam=vlieger, status=Aanmeldlijst.Status.NIEUW)
    assert wachtend.opmerkingen == []
    assert [rij.nummer for rij in wachtend.rijen.exclude(fouten=[]).order_by("nummer")] == [6, 8, 10]
    bestaand = with_bestaand(wachtend.rijen.all(), wachtend).filter(Q(bestaat=True))
    assert list(bestaand.values_list("voornaam", flat=True)) == ["Mo"]
    assert found["Gemeente Voorbeeldstad", "Ingrid Smit"].feiten.ontkoppeld_om == "inactief"
    assert found["Gemeente Voorbeeldstad", "Bas Willems"].stand is Stand.WACHTTIJD
    henk = Koppeling.objects.live().get(account=found[vlieger, "Henk van den Zande"].account)
    assert henk.gewaarschuwd_30_op is not None
    assert henk.gewaarschuwd_7_op is not None
    assert 0 < (lapse_day(henk.laatst_gebruikt) - timezone.localdate()).days < 7
    assert printed.count("gebruikersnaam MD") == sum(
        stand.stand not in KAN_INLOGGEN | {Stand.BEEINDIGD} for stand in found.values()
    )
    counts = [table._default_manager.count() for table in TABLES]
    assert again(pseudoniemen, tmp_path / "sleutels.json") == printed
    assert [table._default_manager.count() for table in TABLES] == counts


@pytest.mark.django_db(transaction=True)
def test_a_middel_of_board_and_school_and_one_by_machtiging_open_two_accounts(
    pseudoniemen: Path, tmp_path: Path
) -> None:
    """R08, R12, D2: Jolanda de Vries for board and school, Tom Post for his own office and for a school."""
    load(pseudoniemen, tmp_path / "sleutels.json")
    rows = {row["persona"]: row for row in reversed(json.loads(pseudoniemen.read_text()))}
    for persona, first, second in (
        ("jolanda-de-vries", "Basisschool De Vlieger", "Stichting De Regenboog"),
        ("tom-post", "Administratiekantoor Cijferwerk", "Basisschool De Vlieger"),
    ):
        koppeling = Koppeling.objects.live().filter(middel__pseudoniem=rows[persona]["pseudoniem"]).earliest("id")
        assert koppeling.middel.kvk_nummer == rows[persona]["kvk"]
        toegang = find_toegang(middel=koppeling.middel, now=timezone.now())
        assert [one.organisatie.naam for one in toegang.open] == [first, second]
        assert toegang.zonder_machtiging == []
    tom = Account.objects.get(organisatie__naam="Administratiekantoor Cijferwerk")
    assert [one.naam for one in verleners_of(account=tom, now=timezone.now())] == ["Basisschool De Vlieger"]  # R30


@pytest.mark.django_db(transaction=True)
def test_rollen_kenmerken_manuals_mail_and_log_are_as_the_files_say(
    pseudoniemen: Path, tmp_path: Path, client: Client
) -> None:
    load(pseudoniemen, tmp_path / "sleutels.json")
    for persoon in read_json("gebruikers"):
        for naam, _, *rest in persoon["stappen"]:
            if naam == "rol":
                granted = AutorisatieKenmerk.objects.filter(
                    autorisatie__account__voornaam=persoon["voornaam"],
                    autorisatie__account__achternaam=persoon["achternaam"],
                    autorisatie__rol=Rol.objects.get(sleutel=rest[0]),
                )
                assert sorted(granted.values_list("kenmerk__waarde", flat=True)) == sorted(rest[1]), persoon["email"]
    fatima = Account.objects.get(voornaam="Fatima")
    assert explain_account(account=fatima, op=fatima.gemaakt_op + timedelta(days=10)).open  # D20: also of the past
    addresses = [*Account.objects.values_list("email", flat=True)]
    addresses += Organisatie.objects.values_list("bevoegd_gezag_email", flat=True)
    assert all(address.endswith(".example") for address in addresses)
    waiting = Bericht.objects.filter(status=Bericht.Status.WACHT)
    steps = [step[:2] for row in read_json("gebruikers") for step in row["stappen"]]
    (signaal,) = Signaal.objects.all()
    sema = find_second(signaal, timezone.now())
    assert (signaal.staat, sema and sema.email) == ("open", "sema.yilmaz@regenboog.example")
    of_signaal = ["aanmelding", "adres_gewijzigd", "signaal"]
    assert sorted(waiting.filter(soort__in=of_signaal).values_list("soort", flat=True)) == of_signaal
    others = waiting.exclude(soort__in=of_signaal).count()
    assert others == steps.count(["code", 0]) + 2 * steps.count(["plannen", 0])  # the code, and when it comes
    moments = list(Logregel.objects.exclude(organisatie_id=None).order_by("pk").values_list("op", flat=True))
    assert moments == sorted(moments)
    assert moments[-1] <= timezone.now()
    wrong = Logregel.objects.filter(gebeurtenis__in=["koppelpoging_onjuist", "koppelen_geblokkeerd"])
    assert wrong.count() == MAX_POGINGEN + 2
    general, of_taken = Handleiding.objects.order_by("-algemeen")  # R24
    assert general.get_absolute_url() in client.get(reverse("inloggen")).content.decode()
    assert client.get(general.get_absolute_url()).content.startswith(b"%PDF-")
    assert client.get(of_taken.get_absolute_url()).status_code == 404
    assert Taak.objects.filter(portaal__handleidingen=of_taken).exists()
    assert not any(check_handleiding(bytes(row.inhoud)) for row in (general, of_taken))


@pytest.mark.django_db(transaction=True)
def test_both_members_of_staff_have_their_second_factor_on_the_page_sleutel(pseudoniemen: Path, tmp_path: Path) -> None:
    sleutels = tmp_path / "sleutels.json"
    sleutels.write_text('{"van iemand anders": "JBSWY3DPEHPK3PXP"}')
    printed = load(pseudoniemen, sleutels)
    known = json.loads(sleutels.read_text())
    tokens = {"Token 90000001 van Wil de Haan", "Token 90000003 van Ria Koning"}
    assert known.keys() == {"van iemand anders", "dana.duo", "bram.duo"} | tokens
    assert sleutels.stat().st_mode & 0o077 == 0
    for naam in ("dana.duo", "bram.duo"):
        staf = Account.objects.get(gebruikersnaam=naam, is_staff=True)
        assert staf.check_password(WACHTWOORD)
        assert WACHTWOORD in printed
        app = staf.authenticator_set.get(type="totp").wrap()
        assert app.validate_code(pyotp.TOTP(known[naam]).now())


@pytest.mark.django_db(transaction=True)
def test_one_token_works_with_the_code_of_its_device_and_one_is_still_out(
    pseudoniemen: Path, tmp_path: Path, client: Client
) -> None:
    printed = load(pseudoniemen, tmp_path / "sleutels.json")
    wil, joop = (Token.objects.get(serienummer=nummer) for nummer in ("90000001", "90000002"))
    assert f"gebruikersnaam {wil.account.gebruikersnaam}, persona 'Wil de Haan, nieuw middel' (EH3), {wil}" in printed
    assert TOKENWACHTWOORD in printed
    assert joop.ingeleverd_op is None
    geheim = json.loads((tmp_path / "sleutels.json").read_text())[f"Token {wil.serienummer} van Wil de Haan"]
    values = {"gebruikersnaam": wil.account.gebruikersnaam, "wachtwoord": TOKENWACHTWOORD}
    page = client.post(reverse("inloggen_token"), values | {"code": pyotp.TOTP(geheim).now()})
    assert page["Location"] == reverse("overzicht")
    assert "Uw token werkt tot en met" in client.get(page["Location"]).content.decode()


@pytest.mark.django_db(transaction=True)
def test_when_it_stops_half_way_nothing_is_there(pseudoniemen: Path, tmp_path: Path) -> None:
    rows = [row for row in json.loads(pseudoniemen.read_text()) if row["persona"] != "tom-post"]
    without = tmp_path / "pseudoniemen.json"
    without.write_text(json.dumps(rows))
    with pytest.raises(StopIteration):
        load(without, tmp_path / "sleutels.json")
    assert not Account.objects.exists()
    assert not Logregel.objects.exclude(actor_naam="laad_catalogus").exists()
    load(pseudoniemen, tmp_path / "sleutels.json")
    assert Koppeling.objects.live().count() > 1


@pytest.mark.parametrize("omgeving", ["productie", "acceptatie"])
def test_outside_demo_and_test_it_refuses(omgeving: str, settings: Settings, tmp_path: Path) -> None:
    settings.OMGEVING = omgeving
    with pytest.raises(CommandError, match=f"In de omgeving {omgeving} horen geen voorbeelden"):
        again(tmp_path / "pseudoniemen.json", tmp_path / "sleutels.json")


@pytest.mark.parametrize("content", ["", "{", '[{"persona": "x"}]', "[1]"])
def test_a_broken_file_of_pseudoniemen_is_one_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "pseudoniemen.json").write_text(content)
    with pytest.raises(CommandError, match="is niet te lezen"):
        again(tmp_path / "pseudoniemen.json", tmp_path / "sleutels.json")

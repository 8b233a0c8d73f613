"""Registering from a file (R04): preview, all or none or the good ones, once, and undone within a day."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Beheerderschap
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from beheer.imports import read_tabel
from beheer.models import Aanmeldlijst, Aanmeldrij
from beheer.services.aanmeldlijsten import (
    confirm_aanmeldlijst,
    forget_aanmeldlijsten,
    register_aanmeldlijst,
    store_aanmeldlijst,
    sweep_aanmeldlijsten,
    undo_aanmeldlijst,
)
from beheer.services.brieven import make_brief
from tests.beheer.bestanden import KOP, make_csv, make_xlsx
from tests.factories import NOW, make_account, make_beheerder, make_kenmerk, make_organisatie, make_rol
from tests.formulier import Pagina, submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
UPLOAD = "/beheer/gebruikers/bestand/"
HENK = ["Henk", "van den", "Zande", "henk@regenboog.example", "0612345678", "Administratie", "", "ROD raadpleger: 21AZ"]
NOOR = ["Noor", "", "Hendriks", "noor@regenboog.example", "", "", "Kantoor De Brug", ""]
SAMEN = {"middel_bevestigd": "on", "juiste_personen": "on"}


@pytest.fixture(autouse=True)
def _rol(beheerder: Account) -> None:
    make_rol("ROD raadpleger")


def upload(browser: Client, content: bytes, naam: str = "leraren.csv") -> Pagina:
    return submit(browser, UPLOAD, "Bekijk de rijen", bestand=SimpleUploadedFile(naam, content))


def lijst_of(browser: Client, *rows: Sequence[Any]) -> str:
    """Where the preview of these rows is."""
    return str(upload(browser, make_csv(*rows))["Location"])


def made() -> list[str]:
    return [str(account) for account in Account.objects.filter(email__endswith="@regenboog.example", gemaakt_op=NOW)]


def store(beheerder: Account, *rows: Sequence[Any]) -> Aanmeldlijst:
    return store_aanmeldlijst(beheerder=beheerder, tabel=read_tabel(make_csv(*rows)), now=NOW)


def actor(beheerder: Account) -> Actor:
    return Actor(ActorSoort.ACCOUNT, id=beheerder.pk, namens=beheerder.organisatie_id, adres="192.0.2.7")


def confirm(beheerder: Account, lijst: Aanmeldlijst, *, alleen_goede: bool = False) -> Aanmeldlijst:
    return confirm_aanmeldlijst(
        lijst=lijst, alleen_goede=alleen_goede, actor=actor(beheerder), beheerder=beheerder, now=NOW
    )


def many(count: int) -> list[list[str]]:
    return [
        ["Jan", "", f"Berg {n}", f"jan{n}@regenboog.example", "", "", "", "ROD raadpleger: 21AZ"] for n in range(count)
    ]


@pytest.mark.parametrize("make", [make_csv, make_xlsx])
def test_the_preview_says_what_each_row_will_do_and_registers_nobody(
    beheerder_client: Client, make: Callable[..., bytes]
) -> None:
    page = beheerder_client.get(upload(beheerder_client, make(HENK, NOOR))["Location"])
    text = text_of(page)
    assert "2 rijen zijn goed." in text
    assert "2 Henk van den Zande henk@regenboog.example ROD raadpleger: 21AZ Wordt aangemeld" in text
    assert made() == []


def test_confirming_registers_everybody_with_rollen_log_and_mail(beheerder_client: Client, beheerder: Account) -> None:
    """R04, R06, R33."""
    done = submit(beheerder_client, lijst_of(beheerder_client, HENK, NOOR), "Meld 2 rijen aan", **SAMEN)
    text = text_of(beheerder_client.get(done["Location"]))
    assert "De gebruikers zijn aangemeld" in text
    assert "2 gebruikers zijn aangemeld." in text
    henk, noor = Account.objects.get(voornaam="Henk"), Account.objects.get(voornaam="Noor")
    assert (henk.organisatie, henk.middel_bevestigd_op, henk.telefoon) == (beheerder.organisatie, NOW, "0612345678")
    assert noor.werkgever == "Kantoor De Brug"
    assert not henk.has_usable_password()
    assert [str(row.kenmerk.waarde) for row in AutorisatieKenmerk.objects.filter(autorisatie__account=henk)] == ["21AZ"]
    assert not Autorisatie.objects.filter(account=noor).exists()
    lines = (
        Logregel.objects.filter(account_id=henk.pk).order_by("pk").values_list("gebeurtenis", "gegevens", "actor_id")
    )
    assert list(lines) == [
        ("account_aangemeld", {}, beheerder.pk),
        ("rol_gegeven", {"rol": "ROD raadpleger", "kenmerken": "21AZ"}, beheerder.pk),
    ]
    assert Bericht.objects.get(account_id=henk.pk).soort == "aanmelding"
    assert Logregel.objects.get(gebeurtenis="aanmeldlijst_bevestigd").gegevens == {"aantal": "2"}


def test_without_the_confirmation_of_the_middelen_nothing_happens(beheerder_client: Client) -> None:
    """R04: she answers for all of them, and for rollen that show privacy-sensitive data."""
    address = lijst_of(beheerder_client, HENK)
    for answers in ({}, {"middel_bevestigd": "on"}, {"juiste_personen": "on"}):
        page = submit(beheerder_client, address, "Meld 1 rij aan", **answers)
        assert page.status_code == 200
        assert page.context["form"].errors
    assert made() == []
    assert "juiste_personen" not in beheerder_client.get(lijst_of(beheerder_client, NOOR)).context["form"].fields


FAULTS = [
    (["", "", "Zande", "h@a.example"], "Voornaam", "Vul de voornaam in."),
    (["Henk", "", "", "h@a.example"], "Achternaam", "Vul de achternaam in."),
    (["Henk", "", "Zande", "geen adres"], "E-mailadres", "Vul een e-mailadres in, bijvoorbeeld naam@school.nl."),
    (["Henk", "", "Zande", "h@a.example", "bel mij"], "Telefoonnummer", "Vul een telefoonnummer in"),
    (["He\u202enk", "", "Zande", "h@a.example"], "Voornaam", "Er staan tekens in die niet leesbaar zijn."),
    (["H" * 81, "", "Zande", "h@a.example"], "Voornaam", "Gebruik hoogstens 80 tekens."),
    (["Henk", "", "Zande", "h@a.example", "", "", "", "Directeur"], "Rollen", "De rol ‘Directeur’ bestaat niet"),
    (
        ["Henk", "", "Zande", "h@a.example", "", "", "", "ROD raadpleger"],
        "Rollen",
        "Zet bij de rol ROD raadpleger minstens",
    ),
    (
        ["Henk", "", "Zande", "h@a.example", "", "", "", "rod-raadpleger: 99XX"],
        "Rollen",
        "kan niet voor het kenmerk ‘99XX’",
    ),
]


@pytest.mark.parametrize(("row", "kolom", "zin"), FAULTS)
def test_each_error_is_told_in_words_with_row_and_column(
    beheerder_client: Client, row: list[str], kolom: str, zin: str
) -> None:
    page = beheerder_client.get(lijst_of(beheerder_client, NOOR, row))
    ((rij, found, sentence),) = page.context["fouten"][:1]
    assert (rij.nummer, found) in {(3, kolom), (3, "Kenmerken")}
    assert zin in sentence


def test_with_faulty_rows_it_is_all_or_none_unless_she_asks_for_the_good_ones(beheerder_client: Client) -> None:
    address = lijst_of(beheerder_client, NOOR, ["", "", "Zande", "h@a.example"])
    page = submit(beheerder_client, address, "Meld 1 rij aan", middel_bevestigd="on")
    assert "Verbeter het bestand en upload het opnieuw" in text_of(page)
    assert made() == []
    submit(beheerder_client, address, "Meld 1 rij aan", middel_bevestigd="on", alleen_goede="on")
    assert made() == ["Noor Hendriks"]


def test_a_person_twice_in_a_file_is_an_error_of_the_second_row(beheerder_client: Client) -> None:
    page = beheerder_client.get(lijst_of(beheerder_client, NOOR, [*NOOR[:3], "NOOR@regenboog.example"]))
    assert page.context["fouten"][0][1:] == ("Achternaam", "Deze persoon staat ook in rij 2.")


def test_repeating_a_file_registers_nobody_twice_and_changes_nothing(beheerder_client: Client) -> None:
    submit(beheerder_client, lijst_of(beheerder_client, HENK, NOOR), "Meld 2 rijen aan", **SAMEN)
    before = Account.objects.count(), Autorisatie.objects.count(), Bericht.objects.count()
    again = lijst_of(beheerder_client, [cell.upper() for cell in HENK[:4]], NOOR)
    assert "Is al aangemeld, er verandert niets" in text_of(beheerder_client.get(again))
    submit(beheerder_client, again, "Meld 2 rijen aan", **SAMEN)
    assert (Account.objects.count(), Autorisatie.objects.count(), Bericht.objects.count()) == before


def test_r02_nobody_hands_out_by_file_what_she_may_not_hand_out(
    clock: object, login: Callable[[Account], Client]
) -> None:
    """R02, and a kenmerk of another organisatie."""
    mine = make_rol("RIO raadpleger")
    beheerder = make_beheerder(None, mine)
    assert beheerder.organisatie is not None
    make_kenmerk(beheerder.organisatie, "22BC")
    make_kenmerk(make_organisatie("De Vlieger"), "23CD")
    browser = login(beheerder)
    page = browser.get(
        lijst_of(
            browser,
            ["Henk", "", "Zande", "h@a.example", "", "", "", "ROD raadpleger: 22BC"],
            ["Noor", "", "Zande", "n@a.example", "", "", "", "RIO raadpleger: 23CD"],
            ["Ömer", "", "Zande", "o@a.example", "", "", "", "RIO raadpleger: 22 bc"],
        )
    )
    assert [rij.nummer for rij, _, _ in page.context["fouten"]] == [2, 3]


def test_r02_what_she_may_no_longer_hand_out_is_refused_when_she_confirms(beheerder: Account) -> None:
    lijst = store(beheerder, HENK)
    assert beheerder.organisatie is not None
    beheerder.organisatie.organisatiekenmerken.update(tot=NOW)
    with pytest.raises(ValueError, match="kan niet \\(meer\\) voor al deze kenmerken"):
        confirm(beheerder, lijst)
    assert made() == []
    assert Aanmeldlijst.objects.get().status == "nieuw"


def test_rollen_that_exclude_each_other_are_refused(beheerder: Account) -> None:
    make_rol("Verzuim melder", kenmerksoorten=()).sluit_uit.add(make_rol("ROD raadpleger"))
    lijst = store(beheerder, [*HENK[:7], "ROD raadpleger: 21AZ; Verzuim melder"])
    assert "gaat niet samen met" in lijst.rijen.get().fouten[0][1]


def test_one_column_of_kenmerken_counts_for_the_rollen_they_fit(beheerder: Account) -> None:
    make_rol("Verzuim melder", kenmerksoorten=())
    kop = ["voornaam", "ACHTERNAAM", "E-mail", "Rol", "Kenmerk", "Schoen"]
    row = ["Henk", "Zande", "h@a.example", "ROD raadpleger | verzuim melder", "BRIN 21AZ", "43"]
    lijst = store_aanmeldlijst(beheerder=beheerder, tabel=read_tabel(make_csv(row, kop=kop)), now=NOW)
    rij = lijst.rijen.get()
    assert (rij.fouten, [bool(kenmerken) for _, kenmerken in rij.rollen]) == ([], [True, False])
    assert lijst.opmerkingen == ["De kolom ‘Schoen’ (F) kennen we niet. Die is niet gelezen."]


def test_a_file_without_a_column_that_is_needed_is_refused_in_words(beheerder_client: Client) -> None:
    page = upload(beheerder_client, make_csv(["Henk", "Henk"], kop=["Voornaam", "Roepnaam"]))
    assert [(probleem.plek.kolom, probleem.zin) for probleem in page.context["problemen"]] == [
        ("B", "De kolom Voornaam staat er twee keer in."),
        ("", "De kolom Achternaam ontbreekt. Zet die naam in de eerste rij."),
        ("", "De kolom E-mailadres ontbreekt. Zet die naam in de eerste rij."),
    ]
    assert not Aanmeldlijst.objects.exists()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04", b"\x00\x01\x81", b"Voornaam"])
def test_a_file_that_cannot_be_read_is_refused_in_words(beheerder_client: Client, content: bytes) -> None:
    page = upload(beheerder_client, content)
    assert page.status_code == 200
    assert "Dit bestand is niet verwerkt." in text_of(page)
    assert page.context["problemen"]


def test_no_file_and_fifty_megabytes_say_what_to_do(beheerder_client: Client) -> None:
    assert "Kies een bestand." in text_of(submit(beheerder_client, UPLOAD, "Bekijk de rijen"))
    page = upload(beheerder_client, b"x" * 50_000_000)
    assert page.status_code == 413
    assert "Een bestand mag hoogstens 2 MB groot zijn." in text_of(page)
    assert not Aanmeldlijst.objects.exists()


@pytest.mark.parametrize("soort", ["csv", "xlsx"])
def test_the_example_can_be_uploaded_as_it_is(beheerder_client: Client, soort: str) -> None:
    example = BytesIO(b"".join(beheerder_client.get(f"{UPLOAD}voorbeeld/{soort}/"))).getvalue()
    page = beheerder_client.get(upload(beheerder_client, example)["Location"])
    assert (page.context["goed"], page.context["fout"]) == (1, 0)
    assert beheerder_client.get(f"{UPLOAD}voorbeeld/exe/").status_code == 404


def test_a_list_is_hers_alone(beheerder_client: Client, beheerder: Account, login: Callable[[Account], Client]) -> None:
    """A colleague, perhaps of another domain, gets a 404 for each of its pages."""
    address = lijst_of(beheerder_client, HENK)
    other = login(make_beheerder(beheerder.organisatie))
    for path in (address, f"{address}ongedaan/", f"{address}verwijderen/"):
        assert other.get(path).status_code == 404
        assert other.post(path, {"_account": other.session["_auth_user_id"], **SAMEN}).status_code == 404
    assert made() == []


def test_undo_ends_who_was_not_touched_and_keeps_the_others(beheerder_client: Client, beheerder: Account) -> None:
    """R20, R33: a letter was made for Henk."""
    address = lijst_of(beheerder_client, HENK, NOOR, ["Ömer", "", "Çelik", "omer@regenboog.example"])
    submit(beheerder_client, address, "Meld 3 rijen aan", **SAMEN)
    henk = Account.objects.get(voornaam="Henk")
    make_brief(account=henk, beheerder=beheerder, actor=actor(beheerder), now=NOW + timedelta(minutes=5))
    text = text_of(beheerder_client.get(f"{address}ongedaan/"))
    assert "U beëindigt 2 accounts" in text
    assert "1 account blijft" in text
    submit(beheerder_client, f"{address}ongedaan/", "Ongedaan maken")
    assert list(Account.objects.filter(beeindigd_op=None, gemaakt_op=NOW).values_list("voornaam", flat=True)) == [
        "Henk"
    ]
    assert Logregel.objects.filter(gebeurtenis="account_beeindigd").count() == 2
    assert "was niet verwerkt, of het was al ongedaan" in text_of(
        beheerder_client.get(submit(beheerder_client, f"{address}ongedaan/", "Ongedaan maken")["Location"])
    )


def test_undo_ends_rollen_too_and_only_within_a_day(beheerder: Account) -> None:
    lijst = confirm(beheerder, store(beheerder, HENK))
    late = NOW + timedelta(hours=23)
    assert undo_aanmeldlijst(lijst=lijst, actor=actor(beheerder), now=late) is None
    assert undo_aanmeldlijst(lijst=lijst, actor=actor(beheerder), now=late - timedelta(seconds=1)) == 1
    assert not Autorisatie.objects.filter(tot=None).exists()


def test_d23_the_rows_are_gone_within_24_hours(beheerder_client: Client, beheerder: Account, clock: Any) -> None:
    address = lijst_of(beheerder_client, HENK)
    for hours, there in ((22, 1), (23, 0)):
        forget_aanmeldlijsten(now=NOW + timedelta(hours=hours))
        assert Aanmeldlijst.objects.count() == Aanmeldrij.objects.count() == there
    assert beheerder_client.get(address).status_code == 404


def test_a_list_that_is_being_carried_out_stays_and_can_be_undone_for_a_day_from_its_end(
    beheerder: Account, login: Callable[[Account], Client], clock: Any
) -> None:
    """D23: it was confirmed late, or the worker was down for a day. The page promised that it would be found again."""
    lijst = confirm(beheerder, store(beheerder, *many(301)))
    clock(late := NOW + timedelta(hours=40))
    forget_aanmeldlijsten(now=late)
    assert "(wordt verwerkt)" in text_of(login(beheerder).get(UPLOAD))
    sweep_aanmeldlijsten(now=late)
    page = login(beheerder).get(f"{UPLOAD}{lijst.pk}/")
    assert "301 gebruikers zijn aangemeld." in text_of(page)
    assert "Tot 5 maart, 01.00 uur kunt u het aanmelden ongedaan maken" in text_of(page)
    forget_aanmeldlijsten(now=late + timedelta(hours=22))
    assert undo_aanmeldlijst(lijst=lijst, actor=actor(beheerder), now=late + timedelta(hours=22)) == 301
    forget_aanmeldlijsten(now=late + timedelta(hours=23))
    assert not Aanmeldlijst.objects.exists()


def test_she_can_throw_it_away_herself(beheerder_client: Client) -> None:
    address = lijst_of(beheerder_client, HENK)
    submit(beheerder_client, f"{address}verwijderen/", "Verwijderen")
    assert not Aanmeldrij.objects.exists()


def test_a_large_file_is_registered_by_a_job_that_can_be_found_again(
    beheerder_client: Client, beheerder: Account
) -> None:
    address = lijst_of(beheerder_client, *many(301))
    submit(beheerder_client, address, "Meld 301 rijen aan", **SAMEN)
    assert "0 van de 301 rijen zijn verwerkt" in text_of(beheerder_client.get(address))
    assert "(wordt verwerkt)" in text_of(beheerder_client.get(UPLOAD))
    assert made() == []
    sweep_aanmeldlijsten(now=timezone.now())
    assert len(made()) == 301
    assert "301 gebruikers zijn aangemeld." in text_of(beheerder_client.get(address))


def test_the_job_stops_in_words_when_she_is_no_beheerder_any_more(beheerder: Account) -> None:
    lijst = confirm(beheerder, store(beheerder, *many(301)))
    Beheerderschap.objects.update(tot=NOW)
    register_aanmeldlijst(lijst_id=lijst.pk, now=NOW)
    lijst.refresh_from_db()
    assert (lijst.status, lijst.reden) == ("gestopt", "Wie dit bestand uploadde, is geen beheerder meer.")
    assert made() == []


def test_the_number_of_queries_does_not_grow_with_the_rows(beheerder_client: Client, beheerder: Account) -> None:
    counts = []
    for rows in (many(2), many(200)):
        with CaptureQueriesContext(connection) as queries:
            address = lijst_of(beheerder_client, *rows)
            beheerder_client.get(address)
            submit(beheerder_client, address, f"Meld {len(rows)} rijen aan", **SAMEN)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_register_each_person_once(beheerder: Account) -> None:
    """Of one list, and of two lists with the same people."""
    first, second = store(beheerder, *many(20)), store(beheerder, *many(20))
    in_parallel(*[lambda lijst=lijst: confirm(beheerder, lijst) for lijst in (first, first, second, second)])
    assert len(made()) == len(set(made())) == 20
    assert Autorisatie.objects.count() == Bericht.objects.filter(soort="aanmelding").count() == 20
    assert Logregel.objects.filter(gebeurtenis="aanmeldlijst_bevestigd").count() == 2


def test_a_gebruikersnaam_that_is_taken_is_made_anew(beheerder: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """D6: chance decides it, so it is forced here: the seven signs come from a list."""
    taken = make_account(beheerder.organisatie, gebruikersnaam="MDAAAAAAAA")
    signs = iter([0] * 7 + [3] * 7)
    monkeypatch.setattr("accounts.services.velen.secrets.randbelow", lambda _: next(signs, 5))
    confirm(beheerder, store(beheerder, NOOR))
    assert Account.objects.get(voornaam="Noor").gebruikersnaam != taken.gebruikersnaam


def test_the_headings_of_the_tests_are_those_of_the_example(beheerder_client: Client) -> None:
    content = b"".join(beheerder_client.get(f"{UPLOAD}voorbeeld/csv/"))
    assert read_tabel(content).kop[: len(KOP)] == tuple(KOP)

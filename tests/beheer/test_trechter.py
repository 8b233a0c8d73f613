"""The koppel-trechter: counts per stage that lead to the list, and the list as a file."""

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.test import Client

from accounts.models import Account
from tests.factories import NOW, grant, link, mail_code, make_account, make_beheerder, make_organisatie, make_rol
from tests.formulier import Pagina, submit, text_of
from verantwoording.models import Bericht, Logregel

pytestmark = pytest.mark.django_db
TRECHTER = "/beheer/trechter/"
LIJST = "/beheer/gebruikers/"


def rows_of(response: Pagina) -> list[list[str]]:
    return list(csv.reader(StringIO(response.getvalue().decode("utf-8-sig")), delimiter=";"))


def test_every_stage_shows_its_count_and_leads_to_who_they_are(beheerder_client: Client, gebruiker: Account) -> None:
    for number in range(2):
        mail_code(make_account(gebruiker.organisatie, achternaam=f"Code {number}"))
    make_account(gebruiker.organisatie, beeindigd_op="2026-01-01T00:00Z")
    make_account(make_organisatie("De Vlieger"))
    page = beheerder_client.get(TRECHTER)
    text = text_of(page)
    assert "4 gebruikers, zonder wie is beëindigd" in text  # the beheerder herself is one
    for words in ("Aangemeld 1 Brief maken", "Code verstuurd 2 niets", "Gekoppeld 1 niets", "Beëindigd 1 niets"):
        assert words in text
    for words in ("eHerkenning getest 0 Activatiecode aanvragen", "E-mail niet aangekomen 0 Gegevens wijzigen"):
        assert words in text  # what the list says of most people who are there
    people = text_of(beheerder_client.get(LIJST, {"stand": "code-verstuurd"}))
    assert "Code 0" in people
    assert "Zande" not in people


def test_a_letter_is_handed_over_from_the_list_with_one_button(beheerder_client: Client, gebruiker: Account) -> None:
    grant(gebruiker, make_rol())
    submit(beheerder_client, f"/beheer/gebruikers/{gebruiker.pk}/brief/", "Brief maken")
    response = submit(beheerder_client, LIJST, "Brief is overhandigd")
    assert "Genoteerd: Henk van den Zande heeft de brief." in text_of(
        beheerder_client.get(response.headers["Location"])
    )
    back = submit(beheerder_client, response.headers["Location"], "Brief is toch niet overhandigd")
    assert "heeft de brief niet" in text_of(beheerder_client.get(back.headers["Location"]))


@pytest.mark.parametrize(
    ("status", "words", "page", "knop"),
    [
        (Bericht.Status.MISLUKT, "kon niet worden verstuurd", LIJST, "Opnieuw versturen"),
        (Bericht.Status.GEWEIGERD, "geweigerd door de ontvanger", LIJST + "{}/", "Bevestiging opnieuw versturen"),
    ],
)
def test_a_confirmation_that_did_not_arrive_goes_again_once(
    beheerder_client: Client, gebruiker: Account, status: Bericht.Status, words: str, page: str, knop: str
) -> None:
    """R06: also to the same address, for that may be right."""
    grant(gebruiker, make_rol())
    Bericht.objects.create(
        soort="aanmelding", sleutel="eerst", account_id=gebruiker.pk, status=status, gemaakt_op=NOW, niet_voor=NOW
    )
    own = f"{LIJST}{gebruiker.pk}/"
    assert words in text_of(beheerder_client.get(own))
    shown = beheerder_client.get(page.format(gebruiker.pk))
    for sentence in ("De bevestiging wordt opnieuw verstuurd", "De bevestiging was al opnieuw verstuurd."):
        response = submit(beheerder_client, shown, knop)
        assert sentence in text_of(beheerder_client.get(response.headers["Location"]))
    assert Bericht.objects.filter(soort="aanmelding", status=Bericht.Status.WACHT).count() == 1
    assert "Aangemeld brief nog niet gemaakt" in text_of(beheerder_client.get(own))
    assert Logregel.objects.filter(gebeurtenis="aanmelding_herhaald", account_id=gebruiker.pk).count() == 1


class TestDownload:
    def test_it_holds_what_the_screen_shows_without_gebruikersnamen_and_is_logged(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """D6, R33."""
        link(make_account(gebruiker.organisatie, achternaam="Gekoppeld"))
        page = beheerder_client.get(LIJST, {"stand": "aangemeld"})
        kop, *rows = rows_of(submit(beheerder_client, page, "Download als CSV", soort="csv"))
        assert kop[0] == "Naam"
        assert [row[:5] for row in rows] == [
            ["Zande, Henk van den", gebruiker.email, "", "Aangemeld", "brief nog niet gemaakt"]
        ]
        assert gebruiker.gebruikersnaam not in str(rows)
        assert Logregel.objects.get(gebeurtenis="trechter_gedownload").gegevens == {"aantal": 1}

    @pytest.mark.parametrize("naam", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_no_name_is_a_formula(self, beheerder_client: Client, beheerder: Account, naam: str) -> None:
        make_account(beheerder.organisatie, achternaam=naam, tussenvoegsel="", functie=naam)
        rows = rows_of(submit(beheerder_client, TRECHTER, "Download als CSV", soort="csv"))
        cells = [cell for row in rows for cell in row if naam.strip() in cell]
        assert len(cells) == 2
        assert all(cell.startswith("'") for cell in cells)

    def test_it_comes_as_xlsx_too(self, beheerder_client: Client) -> None:
        response = submit(beheerder_client, TRECHTER, "Download als Excel", soort="xlsx")
        assert response.headers["Content-Disposition"] == 'attachment; filename="trechter-mijn-duo.xlsx"'

    @pytest.mark.parametrize("data", [{}, {"soort": "exe"}, {"soort": "csv", "stand": "x"}])
    def test_what_cannot_be_asked_is_not_there(
        self, login: Callable[[Account], Client], clock: object, data: dict[str, str]
    ) -> None:
        account = make_beheerder()
        response = login(account).post(f"{TRECHTER}downloaden/", data | {"_account": str(account.pk)})
        assert response.status_code == 404
        assert not Logregel.objects.filter(gebeurtenis="trechter_gedownload").exists()

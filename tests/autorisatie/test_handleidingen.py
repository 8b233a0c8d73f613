"""R24: manuals are kept by staff, shown at the taak and on the login page, and downloaded by who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Sector
from autorisatie.models import Autorisatie, Portaal, Taak
from koppeling.models import Handleiding
from koppeling.rules import HANDLEIDING_HOOGSTENS
from planning.models import Uitzondering
from tests.factories import (
    NOW,
    PDF,
    allow_token,
    grant,
    make_account,
    make_beheerder,
    make_handleiding,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_sector,
    make_staf,
    make_taak,
    make_token,
)
from tests.planning.inlog import is_in, log_in
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[Any], None]) -> None:
    """The clock stands still."""


@pytest.fixture
def taak() -> Taak:
    return make_taak("Leerlingdossier", make_rol())


@pytest.fixture
def lezer(taak: Taak) -> Account:
    """Somebody who may open the taak."""
    organisatie = make_organisatie()
    account = make_account(organisatie)
    grant(account, make_rol(), make_kenmerk(organisatie))
    return account


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


class TestDownload:
    def test_r24_who_may_open_the_taak_finds_its_manual_there_and_saves_it(
        self, login: Login, lezer: Account, taak: Taak
    ) -> None:
        handleiding = make_handleiding('Leerling "dossier" é\r\nx', taak, tekstversie="duo.example/tekst")
        client = login(lezer)
        page = read(client, "/taken/leerlingdossier/")
        assert f'href="/handleidingen/{handleiding.pk}/"' in page
        assert "versie 2.1, 15 januari 2026, pdf" in page
        assert 'href="https://duo.example/tekst"' in page
        response = client.get(f"/handleidingen/{handleiding.pk}/")
        assert response.content == PDF
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == 'attachment; filename="leerling-dossier-e-x-21.pdf"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]

    def test_r24_the_manual_of_a_portaal_comes_with_each_of_its_taken(
        self, login: Login, lezer: Account, taak: Taak
    ) -> None:
        handleiding = make_handleiding("ROD", Portaal.objects.get(sleutel="rod"))
        client = login(lezer)
        for page in ("/taken/leerlingdossier/", "/portalen/rod/"):
            assert f"/handleidingen/{handleiding.pk}/" in read(client, page)
        assert client.get(f"/handleidingen/{handleiding.pk}/").status_code == 200
        assert "Handleidingen" not in read(Client(), "/portalen/rod/")

    def test_r24_a_manual_of_a_taak_is_not_for_strangers(
        self, login: Login, lezer: Account, taak: Taak, client: Client
    ) -> None:
        path = f"/handleidingen/{make_handleiding('Leerlingdossier', taak).pk}/"
        nowhere = f"/handleidingen/{make_handleiding('Concept').pk}/"
        assert client.get(path).status_code == 404
        assert client.get("/handleidingen/999999/").status_code == 404
        for stranger in (make_account(lezer.organisatie), make_beheerder(lezer.organisatie), make_account()):
            assert login(stranger).get(path).status_code == 404
        reader = login(lezer)
        assert reader.get(path).status_code == 200
        assert reader.get(nowhere).status_code == 404
        Autorisatie.objects.update(tot=NOW - timedelta(seconds=1))
        assert reader.get(path).status_code == 404

    def test_r24_a_manual_for_one_sector_is_not_shown_in_another(
        self, login: Login, lezer: Account, taak: Taak
    ) -> None:
        other = Sector.objects.create(sleutel="gemeenten", naam="Gemeenten")
        mine, others = (make_handleiding(naam, taak, sector=s) for naam, s in (("A", make_sector()), ("B", other)))
        client = login(lezer)
        page = read(client, "/taken/leerlingdossier/")
        assert f"/handleidingen/{mine.pk}/" in page
        assert f"/handleidingen/{others.pk}/" not in page
        assert client.get(f"/handleidingen/{mine.pk}/").status_code == 200
        assert client.get(f"/handleidingen/{others.pk}/").status_code == 404

    def test_r30_by_machtiging_while_one_works_for_who_gave_it(self, login: Login, taak: Taak) -> None:
        eigen, verlener = make_organisatie("Kantoor"), make_organisatie("School")
        kenmerk, account = make_kenmerk(verlener), make_account(eigen)
        machtiging = make_machtiging(verlener, eigen, [make_rol()], [kenmerk])
        grant(account, make_rol(), kenmerk, machtiging=machtiging)
        path = f"/handleidingen/{make_handleiding('Leerlingdossier', taak).pk}/"
        client = login(account)
        assert client.get(path).status_code == 404
        client.post(reverse("kies_namens"), {"organisatie": verlener.pk, "_account": account.pk})
        assert client.get(path).status_code == 200

    def test_r14_with_a_token_as_long_as_it_counts(self, client: Client, taak: Taak) -> None:
        organisatie = make_organisatie()
        account = make_account(organisatie)
        grant(account, make_rol(), make_kenmerk(organisatie))
        make_token(account)
        allow_token(organisatie)
        assert is_in(log_in(client, account.gebruikersnaam))
        path = f"/handleidingen/{make_handleiding('Leerlingdossier', taak).pk}/"
        assert client.get(path).status_code == 200
        Uitzondering.objects.update(tot=NOW.date())
        assert client.get(path)["Location"] == reverse("inloggen_token")


class TestLoginPage:
    def test_r24_general_manuals_stand_on_the_login_page_and_are_for_everybody(self, client: Client) -> None:
        other = Sector.objects.create(sleutel="gemeenten", naam="Gemeenten")
        general = make_handleiding("Mijn DUO", algemeen=True)
        own = make_handleiding("Onderwijs", algemeen=True, sector=make_sector())
        theirs = make_handleiding("Gemeente", algemeen=True, sector=other)
        closed = make_handleiding("Besloten")
        page, sector = read(client, "/inloggen/"), read(client, "/inloggen/primair-onderwijs/")
        for handleiding, there, at_sector in (
            (general, True, True),
            (own, False, True),
            (theirs, False, False),
            (closed, False, False),
        ):
            path = f"/handleidingen/{handleiding.pk}/"
            assert (path in page) is there
            assert (path in sector) is at_sector
            assert client.get(path).status_code == (404 if handleiding == closed else 200)

    def test_without_manuals_there_is_no_heading(self, client: Client) -> None:
        assert "Handleidingen" not in read(client, "/inloggen/")

    def test_a_list_does_not_read_the_files(
        self, client: Client, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for number in range(5):
            make_handleiding(f"Deel {number}", algemeen=True)
        assert all("inhoud" in row.get_deferred_fields() for row in Handleiding.objects.all())
        with django_assert_max_num_queries(5):
            client.get("/inloggen/")


class TestAdmin:
    ADD = "admin:koppeling_handleiding_add"

    def post(self, client: Client, inhoud: bytes, path: str = "", **changed: Any) -> Any:
        fields = {"titel": "Verzuim", "versie": "3", "datum": "2026-02-01", "sector": "", "tekstversie": ""} | changed
        if inhoud:
            fields["bestand"] = SimpleUploadedFile('../../x"; y.pdf', inhoud, content_type="text/html")
        return client.post(path or reverse(self.ADD), fields)

    def test_r24_staff_add_a_manual_and_replace_its_file(self, staf_client: Client) -> None:
        assert self.post(staf_client, PDF).status_code == 302
        handleiding = Handleiding.objects.get()
        assert (bytes(handleiding.inhoud), handleiding.omvang) == (PDF, len(PDF))
        assert handleiding.bestandsnaam == "verzuim-3.pdf"
        page = reverse("admin:koppeling_handleiding_change", args=[handleiding.pk])
        download = reverse("admin:koppeling_handleiding_bestand", args=[handleiding.pk])
        assert download in staf_client.get(page).content.decode()
        assert staf_client.get(download).content == PDF
        self.post(staf_client, b"", page, versie="4")
        handleiding = Handleiding.objects.get()
        assert (bytes(handleiding.inhoud), handleiding.versie) == (PDF, "4")
        self.post(staf_client, PDF + PDF, page, versie="5")
        handleiding = Handleiding.objects.get()
        assert (bytes(handleiding.inhoud), handleiding.omvang) == (PDF + PDF, 2 * len(PDF))
        assert Logregel.objects.filter(gebeurtenis="beheer_gewijzigd").count() == 3

    @pytest.mark.parametrize(
        ("inhoud", "sentence"),
        [
            (b"", "Dit veld is verplicht"),
            (b"<html><script>alert(1)</script></html>", "geen (hele) pdf"),
            (PDF[:-7], "geen (hele) pdf"),
            (b"x" + PDF, "geen (hele) pdf"),
            (PDF.replace(b"1 0 obj", b"x" * HANDLEIDING_HOOGSTENS), "te groot. Een handleiding is hoogstens 2,5 MB"),
        ],
        ids=["none", "html", "cut off", "something before it", "too large"],
    )
    def test_r24_what_is_no_manual_is_refused_with_the_reason(
        self, staf_client: Client, inhoud: bytes, sentence: str
    ) -> None:
        response = self.post(staf_client, inhoud)
        assert response.status_code == 200
        assert sentence in response.content.decode()
        assert not Handleiding.objects.exists()

    def test_a_file_beyond_any_limit_is_refused_before_it_is_read(self, staf_client: Client) -> None:
        assert self.post(staf_client, PDF + bytes(4_000_000)).status_code == 413

    @pytest.mark.parametrize("adres", ["https://duo.example", "javascript:alert(1)", "duo.example/a b", "duo"])
    def test_the_address_of_a_text_is_one_of_a_page(self, staf_client: Client, adres: str) -> None:
        assert "zonder https://" in self.post(staf_client, PDF, tekstversie=adres).content.decode()
        assert not Handleiding.objects.exists()

    def test_staff_without_the_right_get_no_file(self, login_staf: Login) -> None:
        path = reverse("admin:koppeling_handleiding_bestand", args=[make_handleiding("Besloten").pk])
        assert login_staf(make_staf("weinig", superuser=False)).get(path).status_code == 403

    def test_staff_choose_the_manuals_of_a_taak_without_reading_their_files(
        self, staf_client: Client, taak: Taak
    ) -> None:
        make_handleiding("Leerlingdossier")
        page = reverse("admin:autorisatie_taak_change", args=[taak.pk])
        with CaptureQueriesContext(connection) as seen:
            assert "Leerlingdossier, versie 2.1" in staf_client.get(page).content.decode()
        assert not [query for query in seen if '"inhoud"' in query["sql"]]

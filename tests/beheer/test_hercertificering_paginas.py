"""The pages of the yearly look back: the beheerder's, the statement, and staff's."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import Account, Beheerderschap
from autorisatie.models import AutorisatieKenmerk, Taakgebruik
from beheer.models import Hercertificering
from tests.beheer.ronde import DAY, Wereld, answer, of
from tests.factories import NOW, grant, link, make_account, make_kenmerk, make_organisatie, make_taak
from tests.formulier import submit, text_of
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db


@pytest.fixture
def wereld() -> Wereld:
    return Wereld()


class TestPages:
    @pytest.fixture
    def adres(self) -> str:
        return reverse("hercertificering")

    @pytest.fixture
    def venster(self, clock: object, login: Callable[[Account], Client], wereld: Wereld) -> Client:
        return login(wereld.jolanda)

    def test_without_a_round_it_says_so(self, venster: Client, adres: str) -> None:
        assert "Er loopt nu geen ronde" in text_of(venster.get(adres))

    def test_she_answers_a_part_and_finds_the_rest_again(self, venster: Client, wereld: Wereld, adres: str) -> None:
        link(wereld.henk, used=NOW - 20 * DAY)
        taak = make_taak("Leerlingdossier", wereld.rol)
        Taakgebruik.objects.create(account=wereld.henk, taak=taak, dag=(NOW - 20 * DAY).date(), aantal=3)
        ronde = wereld.start()
        text = text_of(venster.get(adres))
        assert "ROD raadpleger voor 21AZ 10 februari 2026 ingelogd op 10 februari 2026" in text
        assert "nooit ingelogd" in text
        assert "Vries, Jolanda de" not in text
        field = f"rij_{of(ronde, wereld.henk).pk}"
        submit(venster, adres, "Antwoorden opslaan", **{field: "behouden"})
        text = text_of(venster.get(adres))
        assert "Zande, Henk" not in text
        assert "Dijkstra, Els" in text
        assert "Behouden: 1" in text

    def test_a_made_up_or_own_answer_is_refused_without_a_500(
        self, venster: Client, wereld: Wereld, adres: str
    ) -> None:
        ronde = wereld.start()
        own = f"rij_{of(ronde, wereld.jolanda).pk}"
        for values in ({own: "behouden"}, {"rij_99999999999999999999": "behouden"}, {"rij_x": "?"}):
            submit(venster, adres, "Antwoorden opslaan", **values)
        bad = submit(venster, adres, "Antwoorden opslaan", **{f"rij_{of(ronde, wereld.henk).pk}": "weg"})
        assert "een antwoord uit de lijst" in text_of(bad)
        assert not ronde.beoordelingen.exclude(antwoord="").exists()

    def test_d23_a_rol_that_was_changed_since_the_page_was_opened_is_shown_again(
        self, venster: Client, wereld: Wereld, adres: str
    ) -> None:
        """The statement says for which kenmerken it was kept: those that she saw."""
        ronde = wereld.start()
        seen, row = venster.get(adres), of(ronde, wereld.henk)
        more = make_kenmerk(wereld.organisatie, "22BB")
        AutorisatieKenmerk.objects.create(autorisatie=row.autorisatie, kenmerk=more, van=NOW)
        changed = submit(venster, seen, "Antwoorden opslaan", **{f"rij_{row.pk}": "behouden"})
        assert "intussen gewijzigd" in text_of(changed)
        assert "ROD raadpleger voor 21AZ, 22BB" in text_of(changed)
        assert of(ronde, wereld.henk).antwoord == ""
        submit(venster, changed, "Antwoorden opslaan", **{f"rij_{row.pk}": "behouden"})
        assert of(ronde, wereld.henk).antwoord == "behouden"

    @pytest.mark.parametrize("people", [1, 12])
    def test_it_asks_as_much_for_many_as_for_one(
        self, venster: Client, wereld: Wereld, adres: str, people: int
    ) -> None:
        for _ in range(people):
            grant(make_account(wereld.organisatie), wereld.rol, wereld.school)
        wereld.start()
        venster.get(adres)
        with CaptureQueriesContext(connection) as queries:
            venster.get(adres)
        assert len(queries) == 9

    def test_the_statement_is_a_pdf_with_the_seal_and_of_the_own_organisatie_only(
        self, venster: Client, wereld: Wereld, adres: str
    ) -> None:
        ronde = wereld.start()
        answer(ronde, wereld.jolanda, dict.fromkeys((wereld.sema, wereld.henk, wereld.els), "behouden"))
        answer(ronde, wereld.sema, {wereld.jolanda: "behouden"})
        ronde.refresh_from_db()
        pdf = submit(venster, adres, "Verklaring van 2 maart 2026")
        assert pdf["Content-Type"] == "application/pdf"
        reader = PdfReader(BytesIO(pdf.content))
        text = "".join(one.extract_text() for one in reader.pages)
        assert ronde.zegel in text.replace("\n", "")
        assert "Henk Zande" in text
        assert "ROD raadpleger, voor 21AZ" in text.replace("\n", " ")
        root: Any = reader.root_object
        assert root["/MarkInfo"]["/Marked"]  # tagged
        assert Logregel.objects.filter(gebeurtenis="verklaring_gedownload").count() == 1
        shown = venster.get(adres)
        Hercertificering.objects.update(organisatie=make_organisatie("Een ander"))
        assert submit(venster, shown, "Verklaring van 2 maart 2026").status_code == 404


class TestAdmin:
    def test_staff_begin_a_round_judge_what_nobody_can_and_check_a_seal(
        self, clock: object, staf_client: Client, wereld: Wereld
    ) -> None:
        Beheerderschap.objects.filter(account=wereld.sema).update(tot=NOW)
        begin = reverse("admin:accounts_organisatie_hercertificering", args=[wereld.organisatie.pk])
        staf_client.post(begin, {"toelichting": "Melding van fraude."})
        ronde = Hercertificering.objects.get()
        keep = reverse("admin:beheer_beoordeling_behouden", args=[of(ronde, wereld.jolanda).pk])
        assert (
            "de rol ROD raadpleger, voor 21AZ. Geen beheerder kan dit beoordelen"
            in staf_client.get(keep).content.decode()
        )
        staf_client.post(keep, {"toelichting": "Gebeld met het bevoegd gezag."})
        assert of(ronde, wereld.jolanda).antwoord == "behouden"
        drop = reverse("admin:beheer_beoordeling_intrekken", args=[of(ronde, wereld.henk).pk])
        refused = staf_client.post(drop, {"toelichting": "Zomaar."})
        assert "beoordeelt een beheerder" in refused.content.decode()
        others = dict.fromkeys((wereld.sema, wereld.henk, wereld.els), "behouden")
        answer(ronde, wereld.jolanda, others)
        ronde.refresh_from_db()
        found = staf_client.get(reverse("admin:beheer_hercertificering_changelist"), {"q": ronde.zegel})
        assert wereld.organisatie.naam in found.content.decode()
        page = reverse("admin:beheer_hercertificering_change", args=[ronde.pk])
        assert "Ja. De verklaring is niet gewijzigd" in staf_client.get(page).content.decode()
        Hercertificering.objects.update(zegel="vals")
        assert "Nee. De verklaring of het zegel" in staf_client.get(page).content.decode()

"""R05: letters as tagged PDF, one or a batch, and that they were handed over."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from accounts.models import Account
from beheer import letters
from beheer.letters import make_pdf
from beheer.rules import HOOGSTENS_BRIEVEN
from beheer.services.brieven import Lijst, list_for_brieven, make_brieven, record_overhandigd
from tests.factories import (
    LONG_AGO,
    NOW,
    link,
    mail_code,
    make_account,
    make_gebruikersnaam_number,
    make_organisatie,
    make_token,
)
from tests.formulier import Pagina, submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
BRIEVEN = "/beheer/brieven/"
ACTOR = Actor(ActorSoort.ACCOUNT, id=7)


def read(response: Pagina) -> PdfReader:
    assert response.headers["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(response.content))


def root_of(pdf: PdfReader) -> Any:
    """The catalogue of a PDF, whose entries have no types."""
    return pdf.trailer["/Root"]


def tags_in(node: Any) -> Iterator[str]:
    """The kinds of structure below a node of the PDF."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from tags_in(child)
    elif isinstance(node, dict):
        yield str(node.get("/S"))
        yield from tags_in(node.get("/K", []))


def made() -> list[int | None]:
    """On whom the log says that a letter was made."""
    return list(Logregel.objects.filter(gebeurtenis="brief_gemaakt").values_list("account_id", flat=True))


def names_on(lijst: Lijst, account: Account) -> list[str]:
    assert account.organisatie is not None
    return [one.achternaam for one in list_for_brieven(Account.objects.of_organisatie(account.organisatie), lijst, NOW)]


class TestPdf:
    def test_it_is_tagged_in_dutch_with_a_title_and_says_name_and_gebruikersnaam_and_no_code(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        mail_code(gebruiker, "ABCDEFGHJK")
        page = reverse("gebruiker_brief", kwargs={"pk": gebruiker.pk})
        response = submit(beheerder_client, page, "Downloaden als pdf", vorm="pdf")
        pdf = read(response)
        root = root_of(pdf)
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert root["/Lang"] == "nl"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
        assert pdf.metadata is not None
        assert pdf.metadata.title == "Brief met gebruikersnaam - Mijn DUO Zakelijk"
        assert len(pdf.pages) == 1
        text = " ".join(pdf.pages[0].extract_text().split())
        assert "Geachte Henk van den Zande" in text
        assert gebruiker.gebruikersnaam in text
        assert "ABCDE" not in text
        assert "afdrukfunctie" not in text  # that is for the screen

    def test_its_headings_paragraphs_and_lists_have_their_tags(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        response = submit(beheerder_client, BRIEVEN, "Alle brieven afdrukken", vorm="pdf")
        tags = set(tags_in(root_of(read(response))["/StructTreeRoot"]))
        assert {"/H1", "/H2", "/P", "/L", "/LI", "/Figure"} <= tags

    def test_no_browser_or_proxy_keeps_it_and_the_file_name_tells_nothing(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        page = reverse("gebruiker_brief", kwargs={"pk": gebruiker.pk})
        response = submit(beheerder_client, page, "Downloaden als pdf", vorm="pdf")
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["Content-Disposition"] == 'attachment; filename="brief-mijn-duo.pdf"'

    @pytest.mark.parametrize(
        "address",
        [
            "file:///etc/passwd",
            "/etc/passwd",
            "https://elders.example/x.css",
            "//elders.example/x.css",
            "/static/../manage.py",
            "/static/%2e%2e/manage.py",
            "/static/css/is-er-niet.css",
            "ftp://elders.example/x",
        ],
    )
    def test_it_reads_our_static_files_and_nothing_else(self, address: str) -> None:
        page = f'<html lang="nl"><title>x</title><link rel="stylesheet" href="{address}"><p>x'
        with pytest.raises(FatalURLFetchingError):
            make_pdf(page)

    def test_without_pango_one_can_still_print_and_reads_what_is_missing(
        self,
        beheerder_client: Client,
        gebruiker: Account,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
        for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(tmp_path)
        letters._load_weasyprint.cache_clear()
        try:
            page = beheerder_client.get(BRIEVEN)
            assert "ontbreekt een onderdeel dat de pdf maakt (Pango)" in text_of(page)
            assert "als pdf" not in text_of(page)
            submit(beheerder_client, page, "Alle brieven afdrukken", vorm="pdf")
            assert made() == []  # nothing is logged that was not made
            assert gebruiker.gebruikersnaam in submit(beheerder_client, page, "Alle brieven afdrukken").content.decode()
        finally:
            letters._load_weasyprint.cache_clear()


class TestBatch:
    def test_a_batch_is_one_file_with_a_page_for_each_and_a_line_of_the_log_for_each(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        people = [make_account(beheerder.organisatie, achternaam=naam) for naam in ("Aalders", "Bakker", "Cohen")]
        chosen = [people[2].pk, people[0].pk]
        response = submit(beheerder_client, BRIEVEN, "Gekozen brieven afdrukken", vorm="pdf", gebruikers=chosen)
        pages = [page.extract_text() for page in read(response).pages]
        assert [people[0].gebruikersnaam in pages[0], people[2].gebruikersnaam in pages[1]] == [True, True]
        assert len(pages) == 2
        assert sorted(filter(None, made())) == sorted(chosen)
        assert response.headers["Content-Disposition"] == 'attachment; filename="brieven-mijn-duo.pdf"'

    def test_all_who_need_one_never_had_one_and_were_never_linked(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        """R05, manual 1.5: who links again needs no new letter."""
        make_account(beheerder.organisatie, achternaam="Nodig")
        linked = make_account(beheerder.organisatie, achternaam="Ontkoppeld")
        link(linked, beeindigd_op=NOW, reden="verloren")
        make_token(make_account(beheerder.organisatie, achternaam="Token"))
        make_account(beheerder.organisatie, achternaam="Weg", beeindigd_op=NOW)
        make_account(make_organisatie("De Vlieger"), achternaam="Elders")
        assert names_on(Lijst.NODIG, beheerder) == ["Nodig"]  # the beheerder herself is linked
        submit(beheerder_client, BRIEVEN, "Alle brieven afdrukken")
        assert len(made()) == 1
        assert "Niemand heeft nog een brief nodig" in text_of(beheerder_client.get(BRIEVEN))

    def test_more_than_fifty_go_in_portions_and_the_page_says_so(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        Account.objects.bulk_create(
            Account(
                gebruikersnaam=make_gebruikersnaam_number(10_000_000 + number),
                organisatie=beheerder.organisatie,
                voornaam="Sam",
                achternaam=f"Naam {number:04}",
                email="sam@regenboog.example",
                gemaakt_op=LONG_AGO,
            )
            for number in range(HOOGSTENS_BRIEVEN + 3)
        )
        page = beheerder_client.get(BRIEVEN)
        assert "53 gebruikers hebben nog een brief nodig. U maakt steeds de volgende 50." in text_of(page)
        everybody = list(Account.objects.filter(voornaam="Sam").values_list("pk", flat=True))
        refused = submit(beheerder_client, page, "Gekozen brieven afdrukken", gebruikers=everybody)
        assert "U koos 53 gebruikers. Kies er hoogstens 50 per keer." in text_of(refused)
        assert made() == []
        letter = submit(beheerder_client, page, "De volgende 50 afdrukken").content.decode()
        assert letter.count('class="vel"') == 50
        assert len(names_on(Lijst.NODIG, beheerder)) == 3

    @pytest.mark.parametrize("ids", [[], ["x"], [0], [10**30], ["1 OR 1=1"]])
    def test_odd_choices_are_refused_with_a_sentence(
        self, beheerder_client: Client, gebruiker: Account, ids: list[object]
    ) -> None:
        page = submit(beheerder_client, BRIEVEN, "Gekozen brieven afdrukken", gebruikers=ids)
        assert page.status_code == 200
        assert "Controleer wat u hebt ingevuld" in text_of(page)
        assert made() == []

    def test_somebody_of_another_organisatie_gets_no_letter_here(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        other = make_account(make_organisatie("De Vlieger"), achternaam="Vreemdeling")
        page = submit(beheerder_client, BRIEVEN, "Gekozen brieven afdrukken", gebruikers=[gebruiker.pk, other.pk])
        assert "Een van de gekozen gebruikers is er niet meer." in text_of(page)
        assert other.gebruikersnaam not in page.content.decode()
        assert made() == []

    @pytest.mark.parametrize("toon", ["", "gemaakt", "allen", "x"])
    def test_a_page_takes_the_same_queries_for_few_and_for_many(
        self,
        beheerder_client: Client,
        beheerder: Account,
        toon: str,
    ) -> None:
        people = [make_account(beheerder.organisatie) for _ in range(30)]
        make_brieven(accounts=people[:15], beheerder=beheerder, actor=ACTOR, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert beheerder_client.get(BRIEVEN, {"toon": toon}).status_code == 200
        real = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        assert len(real) <= 7, real


class TestHandedOver:
    """The beheerder ticks that she handed the letter over; it is a line of the log, and can be taken back."""

    def test_she_ticks_it_and_takes_it_back(self, beheerder_client: Client, gebruiker: Account) -> None:
        make_brieven(accounts=[gebruiker], beheerder=None, actor=ACTOR, now=NOW)
        address = reverse("gebruiker_overhandigd", kwargs={"pk": gebruiker.pk})
        own = {"_account": beheerder_client.session["_auth_user_id"]}
        for data, last in (({}, "brief_overhandigd"), ({"ongedaan": "1"}, "brief_niet_overhandigd")):
            for _ in range(2):  # twice is once
                beheerder_client.post(address, own | data)
            lines = Logregel.objects.filter(account_id=gebruiker.pk, gebeurtenis__contains="overhandigd")
            assert lines.latest("id").gebeurtenis == last
        assert lines.count() == 2

    def test_several_at_once_from_the_list(self, beheerder_client: Client, beheerder: Account) -> None:
        people = [make_account(beheerder.organisatie, achternaam=naam) for naam in ("Aalders", "Bakker")]
        make_brieven(accounts=people, beheerder=beheerder, actor=ACTOR, now=NOW)
        page = beheerder_client.get(BRIEVEN, {"toon": "gemaakt"})
        submit(
            beheerder_client,
            page,
            "Gekozen brieven zijn overhandigd",
            vorm="overhandigd",
            gebruikers=[account.pk for account in people],
        )
        assert names_on(Lijst.GEMAAKT, beheerder) == []
        assert Logregel.objects.filter(gebeurtenis="brief_overhandigd").count() == 2

    def test_without_a_letter_there_is_nothing_to_hand_over(self, gebruiker: Account) -> None:
        assert not record_overhandigd(account=gebruiker, overhandigd=True, actor=ACTOR, now=NOW)

    def test_a_new_letter_must_be_handed_over_again(self, gebruiker: Account) -> None:
        for _ in range(2):
            make_brieven(accounts=[gebruiker], beheerder=None, actor=ACTOR, now=NOW)
            assert record_overhandigd(account=gebruiker, overhandigd=True, actor=ACTOR, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_beheerders_who_tick_it_at_once_write_one_line(gebruiker: Account) -> None:
    make_brieven(accounts=[gebruiker], beheerder=None, actor=ACTOR, now=NOW)

    def tick() -> bool:
        return record_overhandigd(account=gebruiker, overhandigd=True, actor=ACTOR, now=NOW)

    assert sorted(in_parallel(tick, tick, tick, tick)) == [False, False, False, True]
    assert Logregel.objects.filter(gebeurtenis="brief_overhandigd").count() == 1

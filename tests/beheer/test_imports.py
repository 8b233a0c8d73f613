"""Files in: any bytes give rows, or a Dutch sentence for each problem with its row and column."""

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from beheer.exports import write_csv, write_xlsx
from beheer.imports import read_tabel
from beheer.rules.tabel import RIJEN_HOOGSTENS, Bestandsfout, Tabel
from tests.beheer.bestanden import make_book, make_csv, make_xlsx, save

KOP = ("Voornaam", "Achternaam", "E-mailadres")
ZOE = ("Zoë", "Çelik – “Ömer”", "zoe@school.example")


def problems(content: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(Bestandsfout) as refusal:
        read_tabel(content)
    return [(probleem.plek.rij, probleem.plek.kolom, probleem.zin) for probleem in refusal.value.problemen]


def sentence(content: bytes) -> str:
    ((rij, kolom, zin),) = problems(content)
    assert (rij, kolom) == (0, "")
    return zin


@pytest.mark.parametrize("codering", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("scheiding", [";", ",", "\t"])
def test_a_csv_may_be_in_any_usual_encoding_and_with_any_usual_separator(codering: str, scheiding: str) -> None:
    tabel = read_tabel(make_csv(ZOE, kop=KOP, codering=codering, scheiding=scheiding))
    assert tabel.kop == KOP
    assert tabel.rijen == ((2, ZOE),)


@pytest.mark.parametrize("einde", ["\r\n", "\n", "\r"])
def test_lines_may_end_as_on_any_computer_and_the_last_need_not_end(einde: str) -> None:
    text = einde.join(['"Voornaam";"Achternaam"', "Henk;Zande", "", '"Jan";"van ""der"" Berg"'])
    assert [(rij.nummer, rij.cellen) for rij in read_tabel(text.encode()).rijen] == [
        (2, ("Henk", "Zande")),
        (4, ("Jan", 'van "der" Berg')),
    ]


def test_a_text_between_quotes_may_have_lines_and_separators() -> None:
    tabel = read_tabel(make_csv(("Henk", "Zande", "ROD raadpleger: 21AZ;\nXBRL"), kop=KOP))
    assert tabel.rijen[0].cellen[2] == "ROD raadpleger: 21AZ;\nXBRL"


def test_excels_own_line_about_the_separator_is_no_row() -> None:
    tabel = read_tabel(b"sep=,\r\nVoornaam,Achternaam\r\nHenk,Zande\r\n")
    assert (tabel.kop, tabel.rijen[0].nummer) == (("Voornaam", "Achternaam"), 3)


def test_a_workbook_gives_the_same_rows_as_a_csv() -> None:
    assert read_tabel(make_xlsx(ZOE, kop=KOP)) == read_tabel(make_csv(ZOE, kop=KOP))


def test_numbers_dates_and_yes_or_no_become_texts() -> None:
    row = (612345678, date(2026, 3, 2), True, 1.5)
    assert read_tabel(make_xlsx(row, kop=list("ABCD"))).rijen[0].cellen == ("612345678", "02-03-2026", "ja", "1.5")


@pytest.mark.parametrize("write", [lambda *a: b"".join(write_csv(*a)), lambda *a: write_xlsx(*a).getvalue()])
def test_what_we_wrote_we_read_again(write: Callable[..., bytes]) -> None:
    """The apostrophe before a telephone number is ours."""
    rows = [["Henk", "+31612345678"], ["Ömer", "'s-Gravenhage"], ["=1+1", "-"]]
    tabel = read_tabel(write(["Naam", "Telefoon"], rows))
    assert [list(rij.cellen) for rij in tabel.rijen] == rows


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\0" * 100, b" ; ;\r\n;;", save(Workbook())])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    assert sentence(content) == "Dit bestand is leeg."


@pytest.mark.parametrize("content", [make_csv(kop=KOP), make_xlsx(kop=KOP)])
def test_a_heading_alone_is_no_list(content: bytes) -> None:
    assert sentence(content) == "Onder de kop staan geen rijen."


@pytest.mark.parametrize(
    ("content", "zin"),
    [
        (b"%PDF-1.7 ...", "Dit is een pdf."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\1" * 500, "Dit is een oud Excel-bestand"),
        (b"<html><table>", "Dit is een webpagina"),
        (b"\x89PNG\r\n\x1a\n", "Dit is een afbeelding."),
        (b"PK\x03\x04rest", "Dit bestand is niet te lezen als XLSX."),
        (b"MZ\x90\x00\x03\x00\x81\x8d", "Dit is geen tekst."),
        (b"a" * 2_000_001, "Dit bestand is te groot."),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(content: bytes, zin: str) -> None:
    assert sentence(content).startswith(zin)


def test_a_document_that_is_a_zip_too_is_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    assert sentence(file.getvalue()).startswith("Dit bestand is niet te lezen als XLSX.")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(make_xlsx(ZOE, kop=KOP))) as good, zipfile.ZipFile(file, "w") as archive:
        for part in good.infolist():
            archive.writestr(part.filename, good.read(part))
        archive.writestr("xl/sharedStrings.xml", b"0" * 1_000_000_000, zipfile.ZIP_DEFLATED)
    assert len(file.getvalue()) < 2_000_000
    assert sentence(file.getvalue()).startswith("Dit bestand wordt uitgepakt te groot.")


def test_entities_that_grow_are_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData><row><c><v>&b;</v></c></row>'
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(make_xlsx(ZOE, kop=KOP))) as good, zipfile.ZipFile(file, "w") as archive:
        for part in good.infolist():
            content = bomb.encode() if "worksheets/sheet1" in part.filename else good.read(part)
            archive.writestr(part.filename, content)
    assert sentence(file.getvalue()).startswith("Dit bestand is niet te lezen als XLSX.")


def test_merged_cells_are_refused_where_they_are() -> None:
    book = make_book(ZOE, ("", "Zande", ""), kop=KOP)
    book.worksheets[0].merge_cells("A2:A3")
    assert problems(save(book)) == [(2, "A", "Hier zijn cellen samengevoegd. Splits ze en vul elke cel in.")]


def test_formulas_are_refused_each_where_it_is() -> None:
    book = make_book(("=A1", "Zande", "x"), ("Henk", "=1+1", "x"), kop=KOP)
    zin = "Hier staat een formule. Plak de cellen als waarden en upload het bestand opnieuw."
    assert problems(save(book)) == [(2, "A", zin), (3, "B", zin)]


def test_what_excel_could_not_reckon_is_refused() -> None:
    assert problems(make_xlsx(("#REF!", "Zande", "x"), kop=KOP)) == [(2, "A", "Hier staat een foutmelding van Excel.")]


def test_a_hidden_sheet_is_not_read_and_that_is_said() -> None:
    book = make_book(ZOE, kop=KOP)
    book.create_sheet("Geheim").append(["niet lezen"])
    book["Geheim"].sheet_state = "hidden"
    assert read_tabel(save(book)).opmerkingen == ("Het tabblad ‘Geheim’ is verborgen. Dat is niet gelezen.",)


def test_rows_on_two_sheets_are_refused() -> None:
    book = make_book(ZOE, kop=KOP)
    book.create_sheet("Leeg")
    assert len(read_tabel(save(book)).rijen) == 1
    book.create_sheet("Meer").append(["Henk"])
    assert sentence(save(book)).startswith("Dit bestand heeft meer dan één tabblad: ‘Sheet’, ‘Meer’.")


def test_a_row_that_does_not_fit_under_the_heading_is_told() -> None:
    ((rij, kolom, zin),) = problems(b"Voornaam;Achternaam\nHenk;Zande\nJan;Berg;van der")
    assert (rij, kolom) == (3, "C")
    assert zin.startswith("Hier staat iets in een kolom zonder kop.")


def test_a_quote_that_is_not_closed_is_told() -> None:
    ((rij, _, zin),) = problems(b'Voornaam;Achternaam\nHenk;"Zande\nJan;Berg')
    assert rij == 2
    assert zin.startswith("Deze rij is niet te lezen.")


def test_signs_that_nobody_can_read_are_told() -> None:
    assert problems(b"Voornaam\nHe\x07nk") == [(2, "A", "In deze cel staan tekens die niet leesbaar zijn.")]


def test_a_text_that_is_far_too_long_is_told() -> None:
    assert problems(b"Voornaam\n" + b"a" * 2_001) == [(2, "A", "Deze cel heeft meer dan 2000 tekens.")]


def test_no_more_than_so_many_rows_and_columns_are_read() -> None:
    rows = [["Henk"]] * RIJEN_HOOGSTENS
    assert len(read_tabel(make_csv(*rows, kop=["Naam"])).rijen) == RIJEN_HOOGSTENS
    assert "meer dan 10000 rijen" in sentence(make_csv(*rows, ["Jan"], kop=["Naam"]))
    assert problems(make_csv(["x"] * 51, kop=["Naam"] * 51))[0][2] == "Deze rij heeft meer dan 50 kolommen."


def test_empty_rows_far_down_and_cells_far_to_the_right_cost_nothing() -> None:
    book = make_book(ZOE, kop=KOP)
    book.worksheets[0]["A900000"] = "Henk"
    assert "te veel lege rijen" in sentence(save(book))
    book = make_book(ZOE, kop=KOP)
    book.worksheets[0]["XFD3"] = "ver weg"
    assert problems(save(book)) == [(3, "", "Deze rij heeft meer dan 50 kolommen.")]


def _read(content: bytes) -> Tabel | Bestandsfout:
    try:
        return read_tabel(content)
    except Bestandsfout as refusal:
        return refusal


def _reads_or_says_why(content: bytes) -> None:
    outcome = _read(content)
    if isinstance(outcome, Bestandsfout):
        assert outcome.problemen
        assert all(probleem.zin.endswith(".") for probleem in outcome.problemen)
    else:
        assert outcome.rijen
        assert all(len(rij.cellen) == len(outcome.kop) for rij in outcome.rijen)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_words(content: bytes) -> None:
    _reads_or_says_why(content)


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), min_size=1, max_size=5), st.sampled_from(";,\t"))
def test_any_texts_give_rows_or_words(rows: list[list[str]], scheiding: str) -> None:
    _reads_or_says_why(make_csv(*rows, kop=["Naam"], scheiding=scheiding, codering="utf-16").replace(b"\0", b""))
    _reads_or_says_why(scheiding.join(cell for row in rows for cell in row).encode("utf-8", "surrogatepass"))


GOOD = make_xlsx(ZOE, ("Henk", "Zande", "henk@school.example"), kop=KOP)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8), st.integers(0, 40))
def test_any_damage_to_a_workbook_gives_rows_or_words(place: int, damage: bytes, lost: int) -> None:
    _reads_or_says_why(GOOD[:place] + damage + GOOD[place + lost :])
    _reads_or_says_why(GOOD[:place])


def _repacked(place: int, damage: bytes, lost: int) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(GOOD)) as good, zipfile.ZipFile(file, "w") as archive:
        for part in good.infolist():
            content = good.read(part)
            at = place % len(content)
            archive.writestr(part.filename, content[:at] + damage + content[at + lost :])
    return file.getvalue()


@given(st.integers(0, 100_000), st.binary(max_size=4), st.integers(0, 9))
def test_any_damage_inside_its_parts_gives_rows_or_words(place: int, damage: bytes, lost: int) -> None:
    _reads_or_says_why(_repacked(place, damage, lost))

"""Files that are downloaded open in a spreadsheet, and do nothing there."""

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beheer.exports import Cel, make_download, write_csv, write_xlsx

GEVAARLIJK = ["=1+1", "+31612345678", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", '"=1', "'=1", "|cmd", "%0A=1", "\n=1"]


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("text", GEVAARLIJK)
def test_no_cell_of_a_csv_begins_as_a_formula(text: str) -> None:
    """R28."""
    (_, (cell,)) = read_csv(b"".join(write_csv(["Naam"], [[text]])))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", GEVAARLIJK)
def test_no_cell_of_a_workbook_is_a_formula(text: str) -> None:
    """R28: a text stays the text that it was."""
    sheet = openpyxl.load_workbook(write_xlsx(["Naam"], [[text]])).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"
    assert str(sheet["A2"].value).strip() == text.strip()


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_any_text_can_be_written(rows: list[list[str]]) -> None:
    lines = read_csv(b"".join(write_csv(["A", "B"], rows)))
    assert [len(line) for line in lines] == [2] * (len(rows) + 1)
    assert not [cell for line in lines for cell in line if cell.lstrip()[:1] in {"=", "+", "-", "@"}]
    sheet = openpyxl.load_workbook(write_xlsx(["A", "B"], rows)).active
    assert sheet is not None
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_values_are_written_as_one_reads_them_in_dutch() -> None:
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    row: list[Cel] = ["Çelik; “Ömer”\n2e regel", 12, True, False, None, moment, date(2026, 3, 2)]
    wanted = ["Çelik; “Ömer”\n2e regel", "12", "ja", "nee", "", "02-07-2026 00:30", "02-03-2026"]
    assert read_csv(b"".join(write_csv(list("ABCDEFG"), [row])))[1] == wanted
    sheet = openpyxl.load_workbook(write_xlsx(list("ABCDEFG"), [row])).active
    assert sheet is not None
    assert ["" if value is None else str(value) for value in next(sheet.iter_rows(2, values_only=True))] == wanted


@pytest.mark.parametrize("soort", ["csv", "xlsx"])
def test_a_download_has_a_name_and_a_type(soort: str) -> None:
    response = make_download("gebruikers", soort, ["Naam"], [["Henk"]])
    assert response["Content-Disposition"] == f'attachment; filename="gebruikers.{soort}"'
    content = b"".join(response)
    if soort == "xlsx":
        assert openpyxl.load_workbook(BytesIO(content)).sheetnames == ["Blad1"]


def test_another_kind_of_file_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        make_download("gebruikers", "exe", ["Naam"], [])

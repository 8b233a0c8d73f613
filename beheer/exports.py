"""Tables as a file to download, for Excel and its kind: nothing in a cell can act as a formula there."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final, TypeAlias

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

Cel: TypeAlias = str | int | date | datetime | bool | None

SOORTEN: Final = {"csv": "CSV", "xlsx": "Excel (XLSX)"}
"""The kinds of file that can be asked for, with what a button calls them."""

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA: Final = re.compile(r"^[\s'\"]*[=+\-@|%\t\r\n]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_LONGEST: Final = 32_000  # signs in a cell of a spreadsheet: it takes 32,767


def make_download(naam: str, soort: str, kop: Sequence[str], rijen: Iterable[Sequence[Cel]]) -> HttpResponseBase:
    """A file to download with these rows under this heading; `naam` is its name without the ending.

    soort is a key of SOORTEN, else KeyError. A CSV is streamed: it may have any number of rows. Both read every row
    once, in order.
    """
    return {"csv": _make_csv, "xlsx": _make_xlsx}[soort](f"{naam}.{soort}", kop, rijen)


def _make_csv(naam: str, kop: Sequence[str], rijen: Iterable[Sequence[Cel]]) -> HttpResponseBase:
    response = StreamingHttpResponse(write_csv(kop, rijen), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{naam}"'
    return response


def write_csv(kop: Sequence[str], rijen: Iterable[Sequence[Cel]]) -> Iterator[bytes]:
    """The lines of a CSV as a Dutch Excel opens it: UTF-8 with a mark, semicolons, every text between quotes."""
    line = _Line()
    writer = csv.writer(line, delimiter=";", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(kop)
    yield b"\xef\xbb\xbf" + line.take()
    for rij in rijen:
        writer.writerow([_defuse(cel) for cel in rij])
        yield line.take()


def write_xlsx(kop: Sequence[str], rijen: Iterable[Sequence[Cel]]) -> BytesIO:
    """The same as a workbook with one sheet; every text is a text to it, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Blad1")
    sheet.freeze_panes = "A2"
    cells = [_cell(sheet, naam) for naam in kop]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    for rij in rijen:
        sheet.append([_cell(sheet, cel) if isinstance(_plain(cel), str) else _plain(cel) for cel in rij])
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def _make_xlsx(naam: str, kop: Sequence[str], rijen: Iterable[Sequence[Cel]]) -> HttpResponseBase:
    return FileResponse(write_xlsx(kop, rijen), as_attachment=True, filename=naam, content_type=_XLSX)


def _cell(sheet: Worksheet, cel: Cel) -> Cell:
    cell = WriteOnlyCell(sheet, _plain(cel))
    cell.data_type = "s"  # a text, where openpyxl would see a formula in what begins with "="
    return cell


def _plain(cel: Cel) -> str | int:
    """A number as it is, anything else as text in Dutch notation."""
    if isinstance(cel, bool):
        return "ja" if cel else "nee"
    if isinstance(cel, int):
        return cel
    if isinstance(cel, datetime):
        return timezone.localtime(cel).strftime("%d-%m-%Y %H:%M")
    if isinstance(cel, date):
        return cel.strftime("%d-%m-%Y")
    return _CONTROL.sub("", cel or "")[:_LONGEST]


def _defuse(cel: Cel) -> str | int:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    plain = _plain(cel)
    return f"'{plain}" if isinstance(plain, str) and _FORMULA.match(plain) else plain


class _Line:
    """The last thing that was written, as UTF-8."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> None:
        self._text += text

    def take(self) -> bytes:
        """What was written since the last time."""
        text, self._text = self._text, ""
        return text.encode()

"""Reads a CSV or XLSX that somebody uploads: any bytes give rows, or sentences that say what is wrong (Bestandsfout).

What a file is, its content says: never its name. Nothing here keeps anything.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final

from openpyxl import load_workbook

from beheer.rules.tabel import (
    BESTAND_HOOGSTENS,
    CEL_HOOGSTENS,
    FOUTEN_HOOGSTENS,
    KOLOMMEN_HOOGSTENS,
    RIJEN_HOOGSTENS,
    Bestandsfout,
    Plek,
    Probleem,
    Tabel,
    Tabelrij,
    column_letter,
)

_UITGEPAKT_HOOGSTENS: Final = 20_000_000  # bytes; 10,000 rows of nine columns are some eight million
_KLEINER_HOOGSTENS: Final = 200  # times smaller than unpacked: a sheet of one word repeated comes to some fifty
_KLEIN: Final = 100_000  # bytes of a part of which that does not matter
_DELEN_HOOGSTENS: Final = 200
_BREED: Final = 1_000  # cells of a row, empty ones included: more is not looked at
_LEEG_HOOGSTENS: Final = 20_000  # empty rows between or after those that are filled
_SCHEIDINGSTEKENS: Final = ";,\t"
_APOSTROF: Final = re.compile(r"^'(?=[\s'\"]*[=+\-@|%])")  # before what a spreadsheet would take for a formula
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell[^>]*\sref=[\"']([A-Z0-9:]{2,20})[\"']")
_KINDS: Final = (
    (
        b"\xd0\xcf\x11\xe0",
        "Dit is een oud Excel-bestand, of een bestand met een wachtwoord. Sla het op als XLSX of CSV.",
    ),
    (b"%PDF", "Dit is een pdf. Gebruik een bestand van het type CSV of XLSX."),
    (b"{\\rtf", "Dit is een tekstdocument. Gebruik een bestand van het type CSV of XLSX."),
    (b"<", "Dit is een webpagina of een XML-bestand. Gebruik een bestand van het type CSV of XLSX."),
    (b"\xff\xd8\xff", "Dit is een afbeelding. Gebruik een bestand van het type CSV of XLSX."),
    (b"\x89PNG", "Dit is een afbeelding. Gebruik een bestand van het type CSV of XLSX."),
)
_GEEN_XLSX: Final = "Dit bestand is niet te lezen als XLSX. Open het in Excel en sla het opnieuw op, als XLSX of CSV."
_Rij = list[str]


def read_tabel(inhoud: bytes) -> Tabel:
    """Read a file with a heading and rows. Empty rows are left out; the others keep their number.

    Raises Bestandsfout with all that is wrong, at most FOUTEN_HOOGSTENS sentences, whatever the bytes are.
    """
    if not inhoud.strip(b"\0 \t\r\n"):
        raise _fault("Dit bestand is leeg.")
    if len(inhoud) > BESTAND_HOOGSTENS:
        raise _fault(f"Dit bestand is te groot. Gebruik een bestand van hoogstens {BESTAND_HOOGSTENS // 1_000_000} MB.")
    for beginning, zin in _KINDS:
        if inhoud.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(beginning):
            raise _fault(zin)
    if inhoud.startswith(b"PK"):
        return _read_xlsx(inhoud)
    return _gather(enumerate(_csv_rows(_decode(inhoud)), 1), ())


def _fault(zin: str, rij: int = 0, kolom: str = "") -> Bestandsfout:
    return Bestandsfout(Probleem(Plek(rij, kolom), zin))


def _gather(rows: Iterable[tuple[int, _Rij]], opmerkingen: tuple[str, ...]) -> Tabel:
    """The first row that is not empty is the heading; what stands below it must fit under it."""
    kop: tuple[str, ...] = ()
    found: list[Tabelrij] = []
    problemen: list[Probleem] = []
    for nummer, row in rows:
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if len(cells) > KOLOMMEN_HOOGSTENS:
            raise _fault(f"Deze rij heeft meer dan {KOLOMMEN_HOOGSTENS} kolommen.", nummer)
        if not kop:
            kop = tuple(cells)
            problemen += _check_cells(nummer, cells, kop)
            continue
        if len(found) == RIJEN_HOOGSTENS:
            raise _fault(f"Dit bestand heeft meer dan {RIJEN_HOOGSTENS} rijen. Verdeel het over meer bestanden.")
        if len(cells) > len(kop):
            zin = "Hier staat iets in een kolom zonder kop. Zet tekst met een scheidingsteken tussen aanhalingstekens."
            problemen.append(Probleem(Plek(nummer, column_letter(len(kop))), zin))
        problemen += _check_cells(nummer, cells, kop)
        found.append(Tabelrij(nummer, (*cells[: len(kop)], *[""] * (len(kop) - len(cells)))))
        if len(problemen) >= FOUTEN_HOOGSTENS:
            break
    if problemen:
        raise Bestandsfout(*problemen[:FOUTEN_HOOGSTENS])
    if not kop:
        raise _fault("Dit bestand is leeg.")
    if not found:
        raise _fault("Onder de kop staan geen rijen.")
    return Tabel(kop, tuple(found), opmerkingen)


def _check_cells(nummer: int, cells: _Rij, kop: tuple[str, ...]) -> Iterator[Probleem]:
    line = "".join(cells)
    if len(line) <= CEL_HOOGSTENS and line.isprintable():
        return  # as nearly every row is
    for index, cell in enumerate(cells):
        zin = ""
        if len(cell) > CEL_HOOGSTENS:
            zin = f"Deze cel heeft meer dan {CEL_HOOGSTENS} tekens."
        elif not cell.isprintable() and _CONTROL.search(cell):
            zin = "In deze cel staan tekens die niet leesbaar zijn."
        if zin:
            yield Probleem(Plek(nummer, column_letter(index)), zin)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _decode(inhoud: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else Windows-1252."""
    try:
        if inhoud.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return inhoud.decode("utf-16")
        return inhoud.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = inhoud.decode("cp1252")
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROL.search(text):
        raise _fault("Dit is geen tekst. Gebruik een bestand van het type CSV of XLSX.")
    return text


def _csv_rows(text: str) -> Iterator[_Rij]:
    lines = io.StringIO(text, newline="")
    delimiter = _delimiter(text)
    if text[:4].lower() == "sep=":
        lines.readline()
        yield []
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    nummer = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _fault(
                "Deze rij is niet te lezen. Sluit een tekst die met een aanhalingsteken begint, ook met een "
                "aanhalingsteken af.",
                nummer,
            ) from error
        if row is None:
            return
        nummer += 1
        yield [_APOSTROF.sub("", cell) for cell in row]


def _delimiter(text: str) -> str:
    """The sign that stands most often in the first line that is not empty, outside quotes."""
    if text[:4].lower() == "sep=" and text[4:5] in _SCHEIDINGSTEKENS:
        return text[4]
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_SCHEIDINGSTEKENS, key=bare.count)


# --- XLSX -------------------------------------------------------------------------------------------------------------


def _read_xlsx(inhoud: bytes) -> Tabel:
    try:
        with zipfile.ZipFile(io.BytesIO(inhoud)) as archive:
            _check_archive(archive)
            return _read_book(io.BytesIO(inhoud), archive)
    except Bestandsfout:
        raise
    except Exception as error:  # openpyxl raises whatever a broken part makes Python raise
        raise _fault(_GEEN_XLSX) from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse what unpacks to far more than it is. zipfile never reads more of a part than it declares."""
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise _fault("Dit bestand heeft een wachtwoord. Haal dat eraf en upload het opnieuw.")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise _fault(_GEEN_XLSX)
    unpacked = sum(part.file_size for part in parts)
    inflated = any(
        part.file_size > _KLEIN and part.file_size > _KLEINER_HOOGSTENS * part.compress_size for part in parts
    )
    if len(parts) > _DELEN_HOOGSTENS or unpacked > _UITGEPAKT_HOOGSTENS or inflated:
        raise _fault("Dit bestand wordt uitgepakt te groot. Zet alleen de rijen in een nieuw bestand, zonder opmaak.")


def _read_book(file: io.BytesIO, archive: zipfile.ZipFile) -> Tabel:
    book = load_workbook(file, read_only=True, keep_links=False)
    visible: list[Any] = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    for sheet in visible:
        sheet.reset_dimensions()  # what a sheet says of its own size need not be true
    filled = [sheet for sheet in visible if _has_values(sheet)]
    if not filled:
        raise _fault("Op de tabbladen die te zien zijn, staat niets." if hidden else "Dit bestand is leeg.")
    if len(filled) > 1:
        titles = ", ".join(f"‘{sheet.title}’" for sheet in filled[:5])
        raise _fault(f"Dit bestand heeft meer dan één tabblad: {titles}. Zet alle rijen op één tabblad.")
    merged = [ref.decode() for ref in _MERGED.findall(archive.read(filled[0]._worksheet_path))]  # noqa: SLF001  # see below
    if merged:  # openpyxl does not read these in a book that is only read
        raise Bestandsfout(
            *(
                Probleem(_place(ref), "Hier zijn cellen samengevoegd. Splits ze en vul elke cel in.")
                for ref in merged[:FOUTEN_HOOGSTENS]
            )
        )
    opmerkingen = tuple(f"Het tabblad ‘{title}’ is verborgen. Dat is niet gelezen." for title in hidden)
    return _gather(_xlsx_rows(filled[0]), opmerkingen)


def _place(ref: str) -> Plek:
    letters, digits = re.fullmatch(r"([A-Z]*)(\d*).*", ref).groups()  # type: ignore[union-attr]  # matches any text
    return Plek(int(digits or 0), letters)


def _has_values(sheet: Any) -> bool:
    rows = islice(sheet.iter_rows(), _LEEG_HOOGSTENS)
    return any(len(row) > _BREED or any(cell.value not in {None, ""} for cell in row) for row in rows)


def _xlsx_rows(sheet: Any) -> Iterator[tuple[int, _Rij]]:
    problemen: list[Probleem] = []
    empty = 0
    for nummer, row in enumerate(sheet.iter_rows(), 1):
        if len(row) > _BREED:
            raise _fault(f"Deze rij heeft meer dan {KOLOMMEN_HOOGSTENS} kolommen.", nummer)
        texts = [_text(cell, nummer, index, problemen) for index, cell in enumerate(row)]
        empty = 0 if any(texts) else empty + 1
        if empty > _LEEG_HOOGSTENS:
            raise _fault("Dit bestand heeft te veel lege rijen. Zet de rijen onder elkaar in een nieuw bestand.")
        if len(problemen) >= FOUTEN_HOOGSTENS:
            break
        yield nummer, texts
    if problemen:
        raise Bestandsfout(*problemen[:FOUTEN_HOOGSTENS])


def _text(cell: Any, nummer: int, index: int, problemen: list[Probleem]) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        zin = "Hier staat een formule. Plak de cellen als waarden en upload het bestand opnieuw."
        problemen.append(Probleem(Plek(nummer, column_letter(index)), zin))
    elif cell.data_type == "e":
        problemen.append(Probleem(Plek(nummer, column_letter(index)), "Hier staat een foutmelding van Excel."))
    return _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%d-%m-%Y")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)

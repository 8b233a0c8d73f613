"""Files as people have them on their computers."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook

KOP = ["Voornaam", "Tussenvoegsel", "Achternaam", "E-mailadres", "Telefoonnummer", "Functie", "Werkgever", "Rollen"]


def make_csv(
    *rows: Sequence[str], kop: Sequence[str] = KOP, scheiding: str = ";", codering: str = "utf-8-sig"
) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=scheiding).writerows([kop, *rows])
    return text.getvalue().encode(codering)


def make_xlsx(*rows: Sequence[Any], kop: Sequence[str] = KOP) -> bytes:
    return save(make_book(*rows, kop=kop))


def make_book(*rows: Sequence[Any], kop: Sequence[str] = KOP) -> Workbook:
    book = Workbook()
    for row in [kop, *rows]:
        book.worksheets[0].append(list(row))
    return book


def save(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()

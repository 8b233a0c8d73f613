"""The authenticator page."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from buitenwereld.sleutels import Code, Sleutels
from tests.buitenwereld.conftest import Wereld, open_page

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the key of RFC 6238, appendix B


def test_the_code_is_that_of_rfc_6238(tmp_path: Path) -> None:
    sleutels = Sleutels(tmp_path / "sleutels.json")
    sleutels.add("Medewerker", SECRET)
    assert sleutels.codes(datetime.fromtimestamp(59, UTC)) == [Code("Medewerker", "287082", 1)]


def test_a_pasted_secret_shows_its_code_and_is_remembered(wereld: Wereld) -> None:
    page = open_page(wereld.url("/sleutel/toevoegen/"), {"label": "Mijn app", "geheim": SECRET.lower()})
    rows = json.loads(open_page(wereld.url("/sleutel/codes.json")).body)
    assert [row["label"] for row in rows] == ["Mijn app"]
    assert pyotp.TOTP(SECRET).verify(rows[0]["code"], valid_window=1)
    assert 1 <= rows[0]["seconden"] <= 30
    assert "Mijn app" in page.body
    assert SECRET not in page.body


def test_the_page_works_without_javascript(wereld: Wereld) -> None:
    open_page(wereld.url("/sleutel/toevoegen/"), {"geheim": SECRET})
    body = open_page(wereld.url("/sleutel/")).body
    assert '<meta http-equiv="refresh"' in body.partition("<noscript>")[2].partition("</noscript>")[0]


def test_an_otpauth_address_is_a_secret_too(wereld: Wereld) -> None:
    uri = pyotp.TOTP(SECRET).provisioning_uri(name="staf@duo.example", issuer_name="Mijn DUO")
    open_page(wereld.url("/sleutel/toevoegen/"), {"label": "Staf", "geheim": uri})
    (row,) = json.loads(open_page(wereld.url("/sleutel/codes.json")).body)
    assert pyotp.TOTP(SECRET).verify(row["code"], valid_window=1)


def test_staff_of_the_demo_are_listed(wereld: Wereld) -> None:
    path = wereld.config.folder / "sleutels.json"
    path.write_text(json.dumps({"Medewerker DUO": SECRET, "Kapot": "geen!sleutel"}))
    body = open_page(wereld.url("/sleutel/")).body
    assert "Medewerker DUO" in body
    assert "Kapot" not in body


def test_a_secret_can_be_forgotten(wereld: Wereld) -> None:
    open_page(wereld.url("/sleutel/toevoegen/"), {"label": "Weg", "geheim": SECRET})
    open_page(wereld.url("/sleutel/weg/"), {"label": "Weg"})
    assert json.loads(open_page(wereld.url("/sleutel/codes.json")).body) == []


@pytest.mark.parametrize(
    "secret",
    ["", "geen!sleutel", "1", "otpauth://hotp/x?secret=" + SECRET, "otpauth://totp/x", "otpauth://[", "A" * 501],
)
def test_what_is_no_secret_is_refused(wereld: Wereld, secret: str) -> None:
    page = open_page(wereld.url("/sleutel/toevoegen/"), {"label": "x", "geheim": secret})
    assert page.status == 400
    assert "geen geheime sleutel" in page.body
    assert json.loads(open_page(wereld.url("/sleutel/codes.json")).body) == []

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "static"


def check(static: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, static / "vendor_assets.py", "--check"], capture_output=True, text=True, check=False
    )


def weigh(pattern: str) -> int:
    """Bytes that the files cost a visitor, compressed as gzip does at best."""
    files = list(STATIC.glob(pattern))
    assert files, pattern
    return sum(len(gzip.compress(f.read_bytes(), 9)) for f in files)


def test_what_is_vendored_is_what_its_checksums_say() -> None:
    result = check(STATIC)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", ["css/nlds.css", "LICENSES/utrecht-EUPL-1.2.md", "nieuw.js"])
def test_an_edited_vanished_or_added_file_is_named(tmp_path: Path, name: str) -> None:
    static = shutil.copytree(STATIC, tmp_path / "static")
    file = static / "vendor" / name
    if name.startswith("LICENSES"):
        file.unlink()
    else:
        file.write_text("p { color: red }")
    result = check(static)
    assert (result.returncode, result.stderr.strip()) == (1, name)


def test_each_vendored_package_brings_its_licence_and_the_stylesheet_names_its_own() -> None:
    assert len(list((STATIC / "vendor" / "LICENSES").iterdir())) == 2
    assert "(EUPL-1.2)" in (STATIC / "vendor" / "css" / "nlds.css").read_text().splitlines()[0]


def test_the_lock_holds_checksums_and_no_addresses() -> None:
    lock = (STATIC / "vendor.lock.json").read_text()
    assert lock.count('"integrity": "sha512-') == 2
    assert "://" not in lock


def test_the_budgets_of_a_first_visit_are_kept() -> None:
    assert weigh("**/*.css") <= 25_000
    assert weigh("**/*.js") <= 5_000
    assert sum(f.stat().st_size for f in STATIC.glob("**/*.woff2")) <= 50_000


@pytest.mark.parametrize("name", ["thema.css", "portaal.css", "brief.css", "admin-thema.css"])
def test_our_stylesheets_fetch_nothing_that_the_content_security_policy_refuses(name: str) -> None:
    css = (STATIC / "css" / name).read_text()
    for address in css.split("url(")[1:]:
        file = address.split(")")[0].strip('"')
        assert (STATIC / "css" / file).is_file(), file

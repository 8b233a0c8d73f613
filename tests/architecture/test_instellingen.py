"""docs/instellingen.md is the one table of everything the environment says; it may not lag behind the code."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "mijnduo" / "settings.py"
TABLE = ROOT / "docs" / "instellingen.md"
REQUIRED = "verplicht"
EMPTY = "leeg"
# The files beside the settings that read a variable themselves, because Django is not there yet or is not asked.
OTHER_READERS = {
    "mijnduo/lokaal/chromium.py",
    "mijnduo/lokaal/demo.py",
    "mijnduo/lokaal/diensten.py",
    "mijnduo/management/commands/maak_medewerker.py",
}


def settings_read() -> dict[str, str]:
    """Each variable that the settings ask for, with its default as the table writes it."""
    found = {}
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_env(node.func.value):
            name = ast.literal_eval(node.args[0])
            given = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "default")]
            found[name] = _default(given[0]) if given else REQUIRED
    return found


def _is_env(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "env"


def _default(node: ast.expr) -> str:
    if isinstance(node, ast.List) and not node.elts:
        return EMPTY
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value or EMPTY
    return "/".join(re.findall(r"'([^']*)'", ast.unparse(node)))  # BASE_DIR / "var" / "static"


def tables() -> list[dict[str, str]]:
    """The tables of the page, in order: variable → default as written there."""
    found: list[dict[str, str]] = []
    for section in TABLE.read_text("utf-8").split("\n## ")[1:]:
        rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| \S.* \|$", section, re.MULTILINE)
        found.append({name: default.strip("`") for name, default in rows})
    return found


def test_every_setting_is_in_the_table_with_its_default() -> None:
    found = settings_read()
    assert len(found) >= 18, "the settings are read in a way this test does not see"
    assert tables()[0] == found


def test_only_the_settings_and_a_few_named_programs_read_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for app in (
            "mijnduo",
            "planning",
            "publiek",
            "beheer",
            "autorisatie",
            "koppeling",
            "accounts",
            "verantwoording",
        )
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"environ\.get\(|environ\[|getenv\(|environ\.Env\(", path.read_text())
    }
    assert readers - {"mijnduo/lokaal/processes.py"} == {"mijnduo/settings.py"} | OTHER_READERS


def test_what_other_programs_read_is_in_the_tables() -> None:
    read = {
        name
        for path in OTHER_READERS
        for name in re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", (ROOT / path).read_text())
    }
    assert {"MEDEWERKER_WACHTWOORD", "DEMO_MAP", "CHROMIUM", "LOKAAL_BRON"} <= read
    assert read <= {name for table in tables() for name in table}


def test_no_variable_stands_in_two_tables() -> None:
    names = [name for table in tables() for name in table]
    assert len(names) == len(set(names))

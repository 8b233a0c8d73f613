"""Write the pinned front-end packages, as far as we use them, into ``static/vendor``.

    python static/vendor_assets.py            fetch, verify, write (asks for npm)
    python static/vendor_assets.py --check    is static/vendor still what vendor.sha256 says? (no npm, no network)

The result is committed, so only who raises a pin in ``vendor.lock.json`` runs the first form.
The EUPL-1.2 asks to publish how the stylesheet was cut: that is this script.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOCK = HERE / "vendor.lock.json"
VENDOR = HERE / "vendor"
MANIFEST = VENDOR / "vendor.sha256"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimals."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_differences() -> list[str]:
    """Name every file under ``static/vendor`` that is missing, changed or not in ``vendor.sha256``; [] is good."""
    lines = (line.split("  ", 1) for line in MANIFEST.read_text().splitlines())
    listed = {name: checksum for checksum, name in lines}
    found = {str(p.relative_to(VENDOR)): p for p in VENDOR.rglob("*") if p.is_file() and p != MANIFEST}
    return sorted(n for n in listed.keys() | found.keys() if n not in found or digest(found[n]) != listed.get(n))


def split_rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield (prelude, body) of each rule at the top level of a stylesheet without comments; statements are left out."""
    depth = start = brace = 0
    quote = ""
    for i, char in enumerate(css):
        if quote:
            quote = "" if char == quote and css[i - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            brace = i if depth == 0 else brace
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield css[start:brace].strip(), css[brace + 1 : i].strip()
                start = i + 1
        elif char == ";" and depth == 0:
            start = i + 1


def squeeze(text: str) -> str:
    """Return the text without the white space that CSS does not need."""
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).replace(": ", ":").strip().rstrip(";")


def cut_subset(css: str, blocks: set[str]) -> str:
    """Return only the rules whose first class is a block of ours, one a line; @media and @supports keep their frame."""
    kept = []
    for prelude, body in split_rules(css):
        if prelude.startswith(("@media", "@supports")):
            if inner := cut_subset(body, blocks):
                # The package still names the old Microsoft query; the standard one reaches every browser.
                frame = "@media (forced-colors: active)" if "-ms-high-contrast" in prelude else squeeze(prelude)
                kept.append(f"{frame}{{{inner}}}")
        elif body and (found := re.search(r"\.utrecht-([a-z0-9]+(?:-[a-z0-9]+)*)", prelude)) and found[1] in blocks:
            kept.append(f"{squeeze(prelude)}{{{squeeze(body)}}}")
    return "\n".join(kept)


def fetch_package(name: str, version: str, integrity: str, folder: str) -> Path:
    """Fetch one package without running its scripts; return the archive, or stop when its sha512 is not the pin."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}"]
    result = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    archive = Path(folder) / result.stdout.split()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        sys.exit(f"{name}@{version} is {found}, pinned is {integrity}")
    return archive


def write_package(name: str, pin: dict[str, Any], package: Path) -> None:
    """Write the files and the stylesheet subset that the pin names, out of the unpacked package."""
    content = {target: (package / source).read_bytes() for source, target in pin["copy"].items()}
    if subset := pin.get("subset"):
        css = re.sub(r"/\*.*?\*/", "", (package / subset["from"]).read_text(), flags=re.DOTALL)
        notice = f"{name} {pin['version']} ({pin['license']}), (c) {pin['holder']}"
        remark = "Subset, cut by static/vendor_assets.py: do not edit."
        content[subset["to"]] = f"/*! {notice}. {remark} */\n{cut_subset(css, set(subset['blocks']))}\n".encode()
    for target, data in content.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        (VENDOR / target).write_bytes(data)


def write_all() -> None:
    """Fetch and write every package of the lock, then write down what stands there now."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for name, pin in json.loads(LOCK.read_text()).items():
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(fetch_package(name, pin["version"], pin["integrity"], folder)) as archive:
                archive.extractall(folder, filter="data")
            write_package(name, pin, Path(folder) / "package")
    files = sorted(p for p in VENDOR.rglob("*") if p.is_file() and p != MANIFEST)
    MANIFEST.write_text("".join(f"{digest(p)}  {p.relative_to(VENDOR)}\n" for p in files))


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(find_differences()) or None)
    write_all()

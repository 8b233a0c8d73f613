"""Chromium for the browser tests, as the person who starts them meets it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def find(chromium: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mijnduo.lokaal.chromium"],
        cwd=ROOT,
        env={"CHROMIUM": chromium},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_chromium_of_the_environment_wins(tmp_path: Path) -> None:
    program = tmp_path / "mijn-chromium"
    program.touch(mode=0o755)
    assert find(str(program)).stdout == f"{program}\n"


def test_a_chromium_that_is_not_there_is_named_with_the_cure(tmp_path: Path) -> None:
    answer = find(str(tmp_path / "weg"))
    assert answer.returncode == 1
    assert f"CHROMIUM wijst naar {tmp_path}/weg, maar dat is geen programma" in answer.stderr
    assert "apt-get install -y chromium" in answer.stderr

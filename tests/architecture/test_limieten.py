"""Every act that counts tries has a limit: a key that is missing from ACCOUNT_RATE_LIMITS means none, silently."""

import ast
from collections.abc import Iterator
from pathlib import Path

import allauth
import pytest
from allauth.core.internal.ratelimit import get_rates
from django.conf import settings
from pytest_django import Settings

ROOT = Path(__file__).resolve().parents[2]
OURS = [
    ROOT / name for name in ("verantwoording", "accounts", "koppeling", "autorisatie", "beheer", "publiek", "planning")
]
THEIRS = [Path(allauth.__file__).parent / name for name in ("account", "mfa", "socialaccount")]
COUNTS = {"consume", "consume_or_429", "decorator", "rate_limit"}
"""What allauth calls its counting, as function and as decorator."""


def actions(files: Iterator[Path]) -> set[tuple[str, str]]:
    """App and action of every call that counts. An action that is not written out fails: it could not be looked up."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in COUNTS:
                continue
            words = {keyword.arg: ast.unparse(keyword.value).strip("'") for keyword in node.keywords}
            if "action" in words:
                found.add((words.get("app", "allauth.account"), words["action"]))
    return found


def ours() -> set[tuple[str, str]]:
    return actions(path for folder in OURS for path in folder.rglob("*.py"))


def theirs() -> set[tuple[str, str]]:
    files = (path for folder in THEIRS for path in folder.rglob("*.py") if "tests" not in path.parts)
    return actions(path for path in files if "webauthn" not in path.parts)


def without_limit(found: set[tuple[str, str]]) -> set[str]:
    return {action for app, action in found if not get_rates(app=app, action=action)}


def test_every_act_of_ours_that_counts_has_a_limit() -> None:
    assert {action for _, action in ours()} == {"aanvraag", "aanvraag_status", "feedback", "nieuwsbrief"}
    assert without_limit(ours()) == set()


def test_every_flow_of_allauth_that_counts_has_a_limit() -> None:
    """Also those that have no address here; keys of a device are not offered (MFA_SUPPORTED_TYPES)."""
    assert "webauthn" not in settings.MFA_SUPPORTED_TYPES
    assert {"login", "login_failed", "reauthenticate"} <= {action for _, action in theirs()}
    assert without_limit(theirs()) == set()


def test_no_limit_stands_there_for_nothing() -> None:
    assert settings.ACCOUNT_RATE_LIMITS.keys() <= {action for _, action in ours() | theirs()}


@pytest.mark.parametrize("limits", [{"aanvraag": "10/h/ip"}, {"feedback": None}, {"feedback": ""}])
def test_a_limit_that_is_taken_away_is_noticed(settings: Settings, limits: dict[str, str | None]) -> None:
    settings.ACCOUNT_RATE_LIMITS = limits
    assert "feedback" in without_limit(ours())

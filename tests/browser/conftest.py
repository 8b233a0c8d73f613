from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from mijnduo.lokaal.chromium import find_chromium
from tests.browser.stack import Stack
from tests.browser.visitor import WIDE, Visitor

NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, also as root, that calls nobody."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet],
    }


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running portal, shared by all browser tests: each has organisaties and personas of its own."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def planted(stack: Stack) -> None:
    """People who are in the portal already (tests.browser.seed)."""
    stack.plant()


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Iterator[NewVisitor]:
    """Call it for somebody with a browser of his own; at the end nothing may have gone wrong in any of them."""
    visitors: list[Visitor] = []

    def _visitor(*, javascript: bool = True) -> Visitor:
        context = browser.new_context(
            locale="nl-NL",
            timezone_id="Europe/Amsterdam",
            viewport=WIDE,
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        visitors.append(Visitor(context, stack, javascript=javascript))
        return visitors[-1]

    yield _visitor
    for one in visitors:
        one.context.close()
    assert not (faults := [fault for one in visitors for fault in one.faults]), "\n".join(faults)

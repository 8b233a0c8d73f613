"""Somebody at a browser. Every page that is reached is looked at: status, console, accessibility, width."""

import os
import re
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, ViewportSize

from tests.browser.stack import Stack

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALL_RULES = {"preload": False, "resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
CONTRAST = {**ALL_RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
MEASURE = "document.documentElement.scrollWidth"
FOCUSED = """() => {
  const focused = document.activeElement, style = getComputedStyle(focused);
  const name = focused.getAttribute('aria-label') || focused.labels?.[0]?.textContent || focused.textContent;
  const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return focused.tagName === 'BODY' ? null : [name.replace(/\\s+/g, ' ').trim(), visible];
}"""
STATUS_OF_A_PAGE = "Failed to load resource: the server responded with a status of"

SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder: every page is saved there, to be looked at by people
_number = count(1)


def begins(words: str) -> re.Pattern[str]:
    """A name that begins with these words."""
    return re.compile(f"^{re.escape(words)}")


class Visitor:
    """One person in a browser of his own; `faults` is what went wrong in it, and must stay empty."""

    seen: ClassVar[set[str]] = set()  # pages that differ in words and numbers only: one look is enough

    def __init__(self, context: BrowserContext, stack: Stack, *, javascript: bool = True) -> None:
        self.context, self.stack, self.javascript = context, stack, javascript
        self.faults: list[str] = []
        self.status = 0
        self.page: Page = context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._notice)
        self.page.on("requestfailed", self._miss)
        self.page.on("filechooser", lambda _: None)  # from now on: a window that opened before we listen is lost
        self.page.set_default_timeout(30_000)

    # --- What a visitor does ------------------------------------------------------------------------------------

    def goto(self, path: str, status: int = 200) -> None:
        """Type an address of the portal."""
        self.page.goto(self.stack.portaal + path)
        self.look(status)

    def reload(self) -> str:
        """Ask for the same page again; what one reads on it."""
        self.page.reload()
        return self.text

    def follow(self, name: str, status: int = 200) -> None:
        """Click a link by the words it begins with."""
        self._go(self.page.get_by_role("link", name=begins(name)).first, status)

    def press(self, name: str, status: int = 200) -> None:
        """Press a button by the words it begins with."""
        self._go(self.page.get_by_role("button", name=begins(name)).first, status)

    def fill(self, **values: str) -> None:
        """Type into fields by their name in the form: their labels are checked by axe on every page."""
        for name, value in values.items():
            self.page.locator(f"[name='{name}']").fill(value)

    def tick(self, *labels: str) -> None:
        """Tick checkboxes or radio buttons by their words."""
        for label in labels:
            self.page.get_by_role("checkbox", name=label).or_(self.page.get_by_role("radio", name=label)).check()

    def reads(self, *words: str) -> None:
        """What must stand on the page."""
        text = self.text
        for sentence in words:
            assert sentence in text, f"{sentence!r} is not on {self.page.url}:\n{text}"

    @property
    def text(self) -> str:
        """What one reads on the page, on one line."""
        return " ".join(self.page.locator("body").inner_text().split())

    @property
    def heading(self) -> str:
        """The first heading of the page."""
        return " ".join(self.page.locator("h1").first.inner_text().split())

    @property
    def path(self) -> str:
        """Where on the portal the visitor is; the whole address elsewhere."""
        return self.page.url.removeprefix(self.stack.portaal)

    # --- The ways in --------------------------------------------------------------------------------------------

    def to_the_makelaar(self, sector: str = "Primair onderwijs") -> None:
        """Sector, Inloggen op Mijn DUO, Log in met eHerkenning (manual 1.2, R08)."""
        self.goto("/inloggen/")
        self.page.locator("summary", has_text=sector).click()
        self.follow(f"Inloggen op Mijn DUO voor {sector}")
        self.follow("Log in met eHerkenning")

    def at_the_makelaar(self, persona: str, status: int = 200) -> None:
        """Log in with the middel of a persona, and come back to the portal."""
        self._go(self.page.get_by_role("link", name=persona, exact=True), 200)
        self.press("Volgende")
        self.page.get_by_role("button", name="Inloggen").click()
        self.back_on_the_portal(status)

    def back_on_the_portal(self, status: int = 200) -> None:
        """The makelaar's answer posts itself, or by a button where there is no JavaScript."""
        if not self.javascript:
            self.page.get_by_role("button", name="Verder").click()
        self.page.wait_for_url(f"{self.stack.portaal}/**")
        self.look(status)

    def log_in(self, persona: str, status: int = 200, sector: str = "Primair onderwijs") -> None:
        """The whole way in with eHerkenning."""
        self.to_the_makelaar(sector)
        self.at_the_makelaar(persona, status)

    def accept_the_steps(self) -> None:
        """Steps 2, 3 and 4 of the koppelproces (R09)."""
        self.tick("Ik heb mijn gebruikersnaam", "Ik heb een activatiecode")
        self.press("Verder")
        self.tick("Ik log in met de gebruikersnaam", "privacyverklaring")
        self.press("Verder")
        self.tick("gebruikersvoorwaarden")
        self.press("Verder")

    def koppel(self, gebruikersnaam: str, activatiecode: str, status: int = 200) -> None:
        """Step 5 of the koppelproces."""
        self.fill(gebruikersnaam=gebruikersnaam, activatiecode=activatiecode)
        self.press("Koppel", status)

    # --- By keyboard only (WCAG 2.1.1, 2.4.7) -------------------------------------------------------------------

    def tab_to(self, words: str) -> None:
        """Press Tab until the focus, which must be visible, is on what begins with these words."""
        names = []
        for _ in range(150):
            self.page.keyboard.press("Tab")
            name, visible = self.page.evaluate(FOCUSED) or ("", True)
            assert visible, f"the focus on {name!r} is not visible on {self.page.url}"
            if name.startswith(words):
                return
            names.append(name)
        raise AssertionError(f"Tab never reaches {words!r} on {self.page.url}, only {names}")

    def enter(self, words: str, status: int = 200) -> None:
        """Go on by a link or button."""
        self.tab_to(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look(status)

    def toggle(self, *labels: str) -> None:
        """Tick checkboxes, or untick them."""
        for label in labels:
            self.tab_to(label)
            self.page.keyboard.press("Space")

    def choose(self, first: str, *others: str) -> None:
        """Choose the last of these radio buttons: the first is where Tab comes in, the arrow leads to the others."""
        self.toggle(first)
        for label in others:
            self.page.keyboard.press("ArrowDown")
            name, _ = self.page.evaluate(FOCUSED)
            assert name.startswith(label), f"the arrow leads to {name!r} instead of {label!r}"

    def write(self, label: str, text: str) -> None:
        """Type into a field, in place of what stands there."""
        self.tab_to(label)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def upload(self, label: str, file: Path) -> None:
        """Put a file into a field: the window that opens is the system's, which no page can reach."""
        self.tab_to(label)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(file)

    def download(self, words: str) -> bytes:
        """Press what begins with these words, and receive a file."""
        self.tab_to(words)
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        return download.value.path().read_bytes()

    def enter_as(self, persona: str, sector: str) -> None:
        """The whole way in with eHerkenning (R08)."""
        self.goto("/inloggen/")
        self.tab_to(sector)
        self.page.keyboard.press("Enter")
        for words in ("Inloggen op Mijn DUO", "Log in met eHerkenning", persona, "Volgende"):
            self.enter(words)
        self.tab_to("Inloggen")
        self.page.keyboard.press("Enter")
        self.back_on_the_portal()

    def walk_the_koppelproces(self, gebruikersnaam: str, activatiecode: str) -> None:
        """Steps 2 to 5 (R09), to the overzicht."""
        for words in (("Ik heb mijn", "Ik heb een"), ("Ik log in", "Ik ga akkoord"), ("Ik heb de",)):
            self.toggle(*words)
            self.enter("Verder")
        self.write("Gebruikersnaam", gebruikersnaam)
        self.write("Activatiecode", activatiecode)
        self.enter("Koppel")
        assert self.heading == "Koppeling gelukt"
        self.enter("Verder")
        assert self.heading == "Overzicht"

    # --- What is looked at on every page -------------------------------------------------------------------------

    def look(self, status: int = 200) -> None:
        """The page came with this status, axe finds nothing in it, wide, narrow and dark, and it fits a phone."""
        page = self.page
        page.wait_for_load_state("load")
        assert self.status == status, f"{self.status} instead of {status} on {page.url}: {self.text}"
        if not self.javascript:
            return
        name = f"{next(_number):03}-{re.sub('[^a-z]+', '-', self.path.lower()).strip('-')[-60:]}"
        known = self._known()
        self._save(f"{name}-1280")
        if not known:
            page.evaluate(AXE_SCRIPT)
            self._axe(ALL_RULES, "1280")
        page.set_viewport_size(NARROW)
        self._save(f"{name}-390")
        if (width := page.evaluate(MEASURE)) > NARROW["width"]:
            self.faults.append(f"{page.url} is {width} pixels wide on a phone")
        if not known:
            self._axe(ALL_RULES, "390")
            page.emulate_media(color_scheme="dark")
            self._axe(CONTRAST, "dark")
            page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)

    def _known(self) -> bool:
        html = re.sub(r">[^<]*\S[^<]*<", ">words<", self.page.content())
        html = re.sub(r'(value|href|src|action)="[^"]*"|\d+', "", html)
        known = html in self.seen
        self.seen.add(html)
        return known

    def _axe(self, options: dict[str, Any], how: str) -> None:
        found = self.page.evaluate("options => axe.run(document, options)", options)
        for violation in found["violations"]:
            nodes = "; ".join(f"{node['target']} {node['html'][:200]}" for node in violation["nodes"][:4])
            self.faults.append(f"axe {violation['id']} on {self.page.url} ({how}): {nodes}")

    def _save(self, name: str) -> None:
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)

    def _go(self, locator: Locator, status: int) -> None:
        with self.page.expect_navigation():
            locator.click()
        self.look(status)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(STATUS_OF_A_PAGE):
            self.faults.append(f"console on {self.page.url}: {message.text}")

    def _notice(self, response: Response) -> None:
        if response.request.resource_type == "document":
            self.status = response.status
        elif response.status >= 400:
            self.faults.append(f"{response.status} for {response.url}")

    def _miss(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that was left while it loaded
            self.faults.append(f"{request.failure} for {request.url}")

"""The site around the login as anybody finds it (R31): every page that asks for no login, none forgotten."""

import re
from collections.abc import Iterator

import pytest
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from playwright.sync_api import Browser, expect

from tests.architecture.adressen import PAGES
from tests.architecture.test_login_required import OPEN
from tests.architecture.test_urls import TABLE
from tests.browser.conftest import NewVisitor
from tests.browser.stack import Stack
from tests.processen import wait_for

pytestmark = pytest.mark.browser

FILES = {
    "security_txt",
    "robots_txt",
    "sitemap",
    "eherkenning_metadata",
    "planning_tekst",
    "planning_agenda",
    "handleiding",
}
LISTED = {"pagina": "/sitemap.xml", "portaal": "/portalen/", "inloggen_sector": "/inloggen/"}
"""Where the addresses stand of which there are many."""
MORE = {
    "/zoeken/?q=kosten": 200,
    "/zoeken/?q=xyzzy": 200,
    "/planning/?soort=po-scholen&portaal=facet": 200,
    "/gebruikersvoorwaarden/?versie=1": 200,
    "/deze-pagina-is-er-niet/": 404,
}
FORGET_LIMITS = "DELETE FROM mijnduo_cache"
FIRST_VISIT = 100_000  # bytes
CHECKLIST = "/wat-heb-ik-nodig/?soort=gemeenten&portaal=portal-inburgering&niveau=eh2plus"


def pages(stack: Stack) -> dict[str, int]:
    """Each address that asks for no login and is a page, with the status that a visitor gets."""
    found = MORE.copy()
    for name in sorted(OPEN.keys() - FILES - {"admin:login"}):
        status = TABLE[name].get.split()[0]
        if status.isdigit() and status not in {"302", "405"}:
            found |= dict.fromkeys(addresses(stack, name), int(status))
    return found


def addresses(stack: Stack, name: str) -> Iterator[str]:
    """Of one name: all that its list shows, or with a secret in it one that nobody has."""
    places = list(PAGES[name].pattern.converters)
    if name in LISTED:
        pattern = reverse(name, args=["0"]).replace("0", r"[\w-]+")
        yield from sorted(
            {found for found in re.findall(pattern, stack.read(LISTED[name])) if resolve(found).url_name == name}
        )
    elif places in ([], ["token"]):
        yield reverse(name, args=["onzin" for _ in places])
    else:
        raise LookupError(f"where do the addresses of {name} stand?")


def test_r31_every_public_page_is_accessible_wide_narrow_and_dark(visitor: NewVisitor, stack: Stack) -> None:
    """Axe and the width on each; what is found on any of them is told at the end."""
    somebody = visitor()
    found = pages(stack)
    assert len(found) > 60
    for path, status in found.items():
        somebody.goto(path, status)
        assert somebody.heading


def test_r16_the_pages_that_say_no_are_accessible_too(visitor: NewVisitor, stack: Stack) -> None:
    """A form without its cookie, one sent too often, and a crash, of which the page needs nothing of the portal."""
    somebody = visitor()
    somebody.goto("/feedback/?pagina=/contact/")
    somebody.context.clear_cookies()
    somebody.press("Versturen", 403)
    assert somebody.heading == "Deze pagina was verlopen"

    stack.sql(FORGET_LIMITS)
    somebody.goto("/feedback/?pagina=/contact/")
    somebody.page.get_by_role("radio", name="goed", exact=True).check()
    for _ in range(10):  # the limit of an hour, for one address
        somebody.page.locator("main form").evaluate(
            "form => fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))})"
        )
    somebody.press("Versturen", 429)
    assert somebody.heading == "U probeert het te vaak achter elkaar"
    stack.sql(FORGET_LIMITS)

    body = render_to_string("500.html")
    somebody.page.route("**/storing/", lambda route: route.fulfill(status=500, content_type="text/html", body=body))
    somebody.goto("/storing/", 500)
    assert somebody.heading == "Er ging iets mis bij ons"


def test_r31_every_public_page_reads_without_javascript(visitor: NewVisitor, stack: Stack) -> None:
    somebody = visitor(javascript=False)
    for path, status in pages(stack).items():
        somebody.goto(path, status)
        main = somebody.page.locator("main")
        assert main.locator("h1").count() == 1, path
        assert len(main.inner_text()) > len(somebody.heading) + 20, path
        for form in main.locator("form").all():
            assert form.locator("button[type=submit]").is_visible(), path
        if "Uw mening over deze website" in somebody.text:
            expect(somebody.page.get_by_role("complementary").last).to_be_visible()


def test_r31_the_forms_work_without_javascript(visitor: NewVisitor) -> None:
    somebody = visitor(javascript=False)
    somebody.goto("/planning/")
    somebody.page.get_by_label("Soort organisatie").select_option("gemeenten")
    somebody.press("Filter")
    assert somebody.page.locator("tbody tr").count() == 4
    somebody.goto("/")
    somebody.fill(q="certificaat")
    somebody.press("Zoeken")
    somebody.follow("Certificaten voor uw administratiepakket")
    somebody.goto("/wat-heb-ik-nodig/")
    somebody.press("Toon mijn lijst")
    somebody.reads("Kies wat voor organisatie u bent.")
    somebody.page.get_by_label("Wat voor organisatie bent u?").select_option("po-scholen")
    somebody.page.get_by_label("Waar wilt u inloggen?").select_option("mijn-duo")
    somebody.tick("Ik heb nog niets om mee in te loggen")
    somebody.press("Toon mijn lijst")
    somebody.reads("Uw lijst", "Vraag een persoonlijk middel aan van niveau EH3")
    somebody.goto("/feedback/?pagina=/contact/")
    somebody.page.get_by_role("radio", name="goed", exact=True).check()
    somebody.press("Versturen")
    assert somebody.heading == "Bedankt voor uw mening"


@pytest.mark.parametrize("javascript", [True, False])
def test_r31_the_feedback_panel_is_asked_first_and_can_be_hidden_closed_and_called_back(
    visitor: NewVisitor, *, javascript: bool
) -> None:
    """Without a script, and nothing is remembered of it."""
    somebody = visitor(javascript=javascript)
    somebody.goto("/contact/")
    panel = somebody.page.get_by_role("complementary", name="Wat vindt u van de website?")
    yes = somebody.page.get_by_role("link", name="Ja, ik doe mee")
    expect(panel).to_be_visible()
    expect(yes).to_be_hidden()
    panel.locator("summary").click()
    expect(yes).to_be_visible()
    panel.locator("summary").click()
    expect(yes).to_be_hidden()
    panel.get_by_role("link", name="Sluiten").click()
    expect(panel).to_be_hidden()
    somebody.page.get_by_role("link", name="Uw mening over deze website").click()
    expect(yes).to_be_visible()
    yes.click()
    somebody.look()
    assert somebody.path == "/feedback/?pagina=/contact/"


def test_r31_the_guide_ends_in_a_checklist_to_print_by_keyboard_only(visitor: NewVisitor) -> None:
    somebody = visitor()
    keyboard = somebody.page.keyboard
    somebody.goto("/wat-heb-ik-nodig/")
    somebody.tab_to("Wat voor organisatie bent u?")
    keyboard.type("Gemeenten")
    somebody.tab_to("Waar wilt u inloggen?")
    keyboard.type("Portal Inb")
    somebody.tab_to("Ik heb nog niets om mee in te loggen")
    for _ in range(4):
        keyboard.press("ArrowDown")
    somebody.enter("Toon mijn lijst")
    assert somebody.path == CHECKLIST
    somebody.reads("U koos: Gemeenten, Portal Inburgering, eHerkenning niveau EH2+")
    steps = somebody.page.locator(".controlelijst h3")
    assert steps.all_inner_texts()[:2] == [
        "Verhoog uw middel naar EH3",
        "Laat u machtigen voor de dienst ‘Mijn DUO voor zakelijke klanten’",
    ]
    expect(somebody.page.get_by_role("button", name="Afdrukken")).to_be_visible()

    somebody.page.emulate_media(media="print")
    for gone in ("form", "nav", ".feedback", ".voet", "button"):
        assert not any(one.is_visible() for one in somebody.page.locator(gone).all()), gone
    expect(steps.last).to_be_visible()
    assert "☐" in steps.first.evaluate("step => getComputedStyle(step, '::before').content")
    somebody.page.emulate_media(media="screen")

    somebody.enter("Kijk in de planning")
    assert somebody.page.locator("tbody tr").count() == 4


def test_r31_a_newsletter_is_confirmed_from_the_mailbox_and_left_with_one_click(
    visitor: NewVisitor, stack: Stack
) -> None:
    """By keyboard, with the mail that really arrives."""
    aan = "lezer@nieuwsbrief.example"

    def newest(part: str) -> str:
        wait_for(lambda: any(part in mail["tekst"] for mail in stack.mails(aan)))
        tekst = next(mail["tekst"] for mail in stack.mails(aan) if part in mail["tekst"])
        link = re.search(rf"{stack.portaal}(\S*{part}\S+)", tekst)
        assert link
        return link[1]

    somebody = visitor()
    keyboard = somebody.page.keyboard
    somebody.goto("/nieuwsbrieven/")
    somebody.tab_to("Overstap naar eHerkenning")
    keyboard.press("Space")
    somebody.tab_to("Uw e-mailadres")
    keyboard.type("lezer@")
    somebody.enter("Aanmelden")
    somebody.reads("Vul een e-mailadres in als naam@school.nl.")
    somebody.fill(email=aan)
    somebody.enter("Aanmelden")
    assert somebody.heading == "Kijk in uw mailbox"

    somebody.goto(newest("/nieuwsbrieven/bevestigen/"))
    somebody.reads("Bevestig uw aanmelding", "Overstap naar eHerkenning")
    somebody.enter("Bevestigen")
    assert somebody.heading == "U bent aangemeld"

    stack.manage("shell", "--command", "from tests.browser.seed import *; send_nieuwsbrief('overstap-eherkenning')")
    afmelden = newest("/nieuwsbrieven/afmelden/")
    somebody.goto(afmelden)
    somebody.enter("Afmelden")
    assert somebody.heading == "U bent afgemeld"
    somebody.goto(afmelden)
    assert somebody.heading == "U bent afgemeld"


def test_r31_a_first_visit_of_any_public_page_is_light(browser: Browser, stack: Stack) -> None:
    """At most 100 kB with everything that comes along, from the web server as it runs in production."""
    heavy = {}
    with stack.productie() as site:
        for path, status in pages(stack).items():
            context = browser.new_context(extra_http_headers={"X-Forwarded-Proto": "https"})
            page = context.new_page()
            came: list[float] = []
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            network.on("Network.loadingFinished", lambda event, came=came: came.append(event["encodedDataLength"]))
            response = page.goto(site + path)
            assert response
            assert response.status == status
            page.evaluate("document.fonts.ready")
            context.close()
            assert len(came) >= 6, path  # the page, three styles, the script, the font
            heavy[path] = sum(came)
    assert {path: total for path, total in heavy.items() if total > FIRST_VISIT} == {}

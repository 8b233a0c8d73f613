"""The main job by the people who do it, each in a browser of their own, on real parts."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.seed import CODE, LATE
from tests.browser.stack import Stack
from tests.browser.staf import let_staff_in
from tests.browser.visitor import Visitor
from tests.processen import wait_for

pytestmark = pytest.mark.browser

KVK = "90001354"  # of the board and of its school: one middel serves both accounts (D2)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
JOLANDA = "jolanda@regenboog.example"
GEZAG = "bestuur@regenboog.example"
PETER = "peter@regenboog.example"
BOARD, SCHOOL = "Stichting De Regenboog", "Basisschool De Vlieger"
SOORT = {BOARD: "Po-besturen", SCHOOL: "Po-scholen"}
KENMERKEN = {BOARD: {"bestuursnummer": "41234", "brin": "21AZ"}, SCHOOL: {"brin": "21AZ"}}  # the first is its own code


def read_letter(somebody: Visitor) -> str:
    """The gebruikersnaam on the letter that is on the screen (R05)."""
    somebody.reads("Uw gebruikersnaam voor Mijn DUO")
    return somebody.page.locator("dl.gebruikersnaam dd").inner_text().strip()


def make_organisatie(staf: Visitor, naam: str) -> None:
    code_soort, code = next(iter(KENMERKEN[naam].items()))
    staf.goto("/duo-beheer/accounts/organisatie/add/")
    staf.fill(naam=naam, code=code, kvk_nummer=KVK, straat="Regenboogplein 1", postcode="1234 AB")
    staf.fill(plaats="Voorbeeldstad", bevoegd_gezag_naam="M. Bestuur", bevoegd_gezag_email="bestuur@regenboog.example")
    staf.page.select_option("[name='code_soort']", code_soort)
    staf.tick(SOORT[naam])
    for number, (soort, waarde) in enumerate(KENMERKEN[naam].items()):
        if number:
            staf.page.get_by_role("button", name="Nog een Kenmerk").click()
        row = f"organisatiekenmerken-{number}"
        staf.page.select_option(f"[name='{row}-soort']", soort)
        staf.fill(**{f"{row}-waarde": waarde, f"{row}-van": "2026-01-01T00:00"})
    staf.press("Opslaan en opnieuw bewerken")
    staf.reads(naam)
    staf.goto("/duo-beheer/accounts/account/add/", 403)  # an account is made by an act, never by hand
    assert staf.heading == "U mag deze pagina niet openen"


def links_to_confirm(stack: Stack) -> set[str]:
    """The links in the mails to the bevoegd gezag."""
    return {
        link
        for mail in stack.mails(GEZAG)
        for link in re.findall(r"/beheerder-aanvragen/bevestigen/\S+", mail["tekst"])
    }


def apply_for_beheerder(gezag: Visitor, stack: Stack, naam: str) -> str:
    """The form of R01 by the bevoegd gezag, and the link in its mail. Returns the reference."""
    code_soort, code = next(iter(KENMERKEN[naam].items()))
    known = links_to_confirm(stack)
    gezag.goto("/inloggen/")
    gezag.follow("Meld een beheerder aan")
    gezag.press("Versturen")
    gezag.reads("Kies wat u wilt doen.", "Vul het KVK-nummer in.")
    gezag.tick("Een beheerder aanmelden", "Beheerder Mijn DUO", "De beheerder heeft of krijgt een eigen")
    gezag.page.select_option("[name='code_soort']", code_soort)
    gezag.fill(
        organisatie_naam=naam, code=code, kvk_nummer=KVK, gezag_naam="M. Bestuur", gezag_email="x@elders.example"
    )
    gezag.fill(voornaam="Jolanda", tussenvoegsel="de", achternaam="Vries", email=JOLANDA)
    gezag.press("Versturen")
    assert gezag.heading == "Uw formulier is ontvangen"
    referentie = gezag.page.locator("strong.code").inner_text()
    gezag.follow("Druk het formulier af")
    gezag.reads("Handtekening", "Jolanda de Vries")
    wait_for(lambda: len(links_to_confirm(stack)) > len(known))
    assert not stack.mails("x@elders.example")
    (link,) = links_to_confirm(stack) - known
    gezag.goto(link)
    gezag.reads("Jolanda de Vries", JOLANDA)
    gezag.press("Ja, bevestigen")
    gezag.follow("Bekijk hoe ver een aanvraag is")
    gezag.fill(referentie=referentie)
    gezag.press("Bekijken")
    gezag.reads("wacht op een besluit van DUO")
    return referentie


def enter_on_paper(staf: Visitor, naam: str) -> None:
    """The same form as it came by post. Who entered it does not decide on it (R01)."""
    staf.goto("/duo-beheer/accounts/organisatie/")
    staf.follow(naam)
    staf.follow("Aanvraag voor een beheerder invoeren")
    staf.tick("Een beheerder aanmelden", "Beheerder Mijn DUO")
    staf.fill(
        voornaam="Jolanda", tussenvoegsel="de", achternaam="Vries", email=JOLANDA, toelichting="Per post gekregen."
    )
    staf.press("Invoeren")
    staf.reads("Een collega beslist erover.")
    staf.follow("Goedkeuren")
    staf.fill(toelichting="Ik heb het zelf gezien.")
    staf.press("Goedkeuren")
    staf.reads("Iemand anders moet erover beslissen.")


def register_beheerder(staf: Visitor, stack: Stack, naam: str, *known_of_it: str) -> tuple[str, str]:
    """Her application, granted, then her letter and code; returns what letter and mail say (R01, R05, R07)."""
    known = stack.codes(JOLANDA)
    staf.goto("/duo-beheer/beheer/aanvraag/")
    staf.page.locator("#result_list tbody tr", has_text=naam).get_by_role("link").first.click()
    staf.look()
    staf.reads("wacht op een besluit van DUO", *known_of_it)
    staf.follow("Goedkeuren")
    staf.fill(toelichting="Gebeld met het bevoegd gezag.")
    staf.press("Goedkeuren")
    account = staf.path
    staf.follow("Brief met gebruikersnaam")
    staf.press("Brief maken")
    gebruikersnaam = read_letter(staf)
    staf.goto(account)
    staf.follow("Activatiecode aanvragen")
    staf.press("Activatiecode aanvragen")
    code = stack.next_code(JOLANDA, known)
    staf.goto(account)
    wait_for(lambda: "verzonden op" in staf.reload())
    for secret in (code, code.replace("-", ""), gebruikersnaam):
        assert secret not in staf.page.content()
    return gebruikersnaam, code


def koppel_anew(somebody: Visitor, gebruikersnaam: str, code: str, organisatie: str) -> None:
    """From step 2 to the portal (R09)."""
    somebody.accept_the_steps()
    somebody.koppel(gebruikersnaam, code)
    assert somebody.heading == "Koppeling gelukt"
    somebody.reads(organisatie)
    assert gebruikersnaam not in somebody.text
    somebody.follow("Verder")
    assert somebody.heading == "Overzicht"


def grant(beheerder: Visitor, rol: str, *kenmerken: str) -> None:
    """From the page with a gebruiker's rollen (R04)."""
    beheerder.follow(rol)
    beheerder.tick(*kenmerken, "Ik heb gecontroleerd")
    beheerder.press("Rol geven")
    beheerder.reads(f"heeft nu de rol {rol}")


def test_the_job_from_an_empty_portal_to_a_lost_middel(stack: Stack, visitor: NewVisitor) -> None:
    """Steps 1 to 4 and 6: R01, R02, R04–R09, R12, R19, R21, R22, R32."""
    staf, collega, gezag = visitor(), visitor(), visitor()
    let_staff_in(stack, {"dana.duo": staf, "bram.duo": collega})
    for naam in (BOARD, SCHOOL):
        make_organisatie(staf, naam)
    referentie = apply_for_beheerder(gezag, stack, BOARD)
    enter_on_paper(staf, SCHOOL)
    letters = {SCHOOL: register_beheerder(collega, stack, SCHOOL, "Dana Duo, op papier: Per post gekregen.")}
    staf.press("Goedkeuren")
    staf.reads("Hierover is al besloten")
    letters[BOARD] = register_beheerder(collega, stack, BOARD, referentie, "het e-mailadres dat DUO al had")

    # 2. The beheerder links both of her accounts, and chooses from then on.
    jolanda = visitor()
    jolanda.log_in("Jolanda de Vries")
    assert jolanda.heading == "Hebt u alles om te koppelen?"
    koppel_anew(jolanda, *letters[BOARD], BOARD)
    jolanda.log_in("Jolanda de Vries")
    assert jolanda.heading == "Overzicht"  # one account: straight on (R08)
    jolanda.goto("/kies-account/")
    jolanda.press("Nog een account koppelen")
    koppel_anew(jolanda, *letters[SCHOOL], SCHOOL)
    jolanda.log_in("Jolanda de Vries")
    assert jolanda.heading == "Kies een organisatie"
    jolanda.press(BOARD)
    jolanda.reads(f"{BOARD}, bestuursnummer 41234", "Gebruikers")

    # 3. She registers a gebruiker with rollen and kenmerken, makes the letter and requests the code.
    jolanda.follow("Gebruikers")
    jolanda.follow("Gebruiker aanmelden")
    jolanda.press("Aanmelden")
    jolanda.reads("Vul de voornaam in.", "Vul het e-mailadres in.")
    jolanda.fill(voornaam="Peter", achternaam="Jansen", email=PETER, telefoon="0612345678", functie="Administrateur")
    jolanda.tick("Deze persoon heeft een eigen eHerkenningsmiddel")
    jolanda.press("Aanmelden")
    grant(jolanda, "ROD raadpleger PO", "21AZ")
    grant(jolanda, "Gebruiker Mijn Helpdesk PO", "21AZ")
    jolanda.follow("Klaar")
    page_of_peter = jolanda.path
    jolanda.follow("Brief met gebruikersnaam maken")
    jolanda.press("Brief maken")
    gebruikersnaam = read_letter(jolanda)
    jolanda.goto(page_of_peter)
    jolanda.follow("Activatiecode aanvragen")
    jolanda.press("Code aanvragen")
    code = stack.next_code(PETER, [])
    jolanda.goto(page_of_peter)
    assert code not in jolanda.page.content()

    # 4. He gets two mails, links, and sees exactly the onderwerpen of his rollen.
    mails = stack.mails(PETER)
    assert len(mails) == 2
    assert not any(gebruikersnaam in mail["tekst"] for mail in mails)
    peter = visitor()
    peter.log_in("Peter Jansen")
    koppel_anew(peter, gebruikersnaam, code, BOARD)
    onderwerpen = peter.page.locator("nav.onderwerpen h3")
    assert onderwerpen.all_inner_texts() == ["Register Onderwijsdeelnemers", "Mijn Helpdesk PO"]
    peter.follow("Leerling- en studentdossier")
    peter.reads("21AZ")
    peter.goto("/taken/bekostiging-aanvragen/", status=404)
    peter.goto("/beheer/gebruikers/", status=404)
    peter.goto("/overzicht/")
    assert peter.page.locator("a.tegel").all_inner_texts() == ["Leerling- en studentdossier"]
    peter.log_in("Peter Jansen")
    assert peter.heading == "Overzicht"

    # 6. He loses his middel: she unlinks it, he is out at the next click, and links a new one without a new letter.
    jolanda.goto(page_of_peter)
    jolanda.follow("Middel ontkoppelen")
    jolanda.tick("Kwijt")
    jolanda.press("Ontkoppelen")
    jolanda.reads("ontkoppeld")
    peter.follow("Mijn gegevens")
    assert peter.heading == "Inloggen op Mijn DUO"
    peter.log_in("Peter Jansen")
    assert peter.heading == "Uw middel is niet meer gekoppeld"
    jolanda.follow("Activatiecode aanvragen")
    jolanda.press("Code aanvragen")
    new_code = stack.next_code(PETER, [code])
    peter.log_in("Peter Jansen, nieuw middel")
    koppel_anew(peter, gebruikersnaam, new_code, BOARD)
    peter.follow("Mijn gegevens")
    peter.follow("Gegevens wijzigen")
    peter.goto("/mijn-gegevens/")
    peter.follow("Bekijk wat er met uw account is gedaan")
    jolanda.goto("/beheer/logboek/")
    jolanda.reads("Peter Jansen")
    jolanda.goto("/overzicht/")
    jolanda.press("Uitloggen")
    assert jolanda.path == "/uitgelogd/"


@pytest.mark.usefixtures("planted")
def test_who_may_not_in_reads_why_and_what_to_do(visitor: NewVisitor) -> None:
    """Step 5: R10, R11, R13, R16."""
    els = visitor()
    els.log_in("Els Dijkstra", status=403)
    assert els.heading == "Het niveau van uw middel is te laag"
    els.reads("EH2+", "upgrade")
    els.to_the_makelaar()
    els.page.get_by_role("button", name="Annuleren").click()
    els.back_on_the_portal()
    assert els.heading == "U bent niet ingelogd"

    sema = visitor()
    sema.log_in("Sema Yilmaz")
    sema.accept_the_steps()
    sema.koppel(LATE, CODE)
    sema.reads("Deze activatiecode is niet meer geldig.", "Vraag uw beheerder om een nieuwe activatiecode.")
    for left in (4, 3, 2, 1):
        sema.koppel(LATE, "ZZZZZ-ZZZZZ")
        sema.reads("Deze combinatie van gebruikersnaam en activatiecode klopt niet.", f"nog {left} keer")
    begin = datetime.now(AMSTERDAM)
    sema.koppel(LATE, "ZZZZZ-ZZZZZ", status=429)
    assert sema.heading == "Koppelen kan even niet"
    (until,) = set(re.findall(r"tot (\d\d\.\d\d) uur", sema.text))
    end = {begin + timedelta(minutes=minutes) for minutes in (15, 16, 17)}
    assert until in {moment.strftime("%H.%M") for moment in end}
    sema.follow("Opnieuw proberen", status=429)

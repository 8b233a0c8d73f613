"""R31: the facts of the sources, each on a page that everybody can read."""

import re
from html import unescape
from typing import NamedTuple

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

EHERKENNING = "/informatie/eherkenning-gebruiken/"
VOORBEREIDEN = "/informatie/voorbereiden/"
MACHTIGEN = "/informatie/machtigen/"
CERTIFICATEN = "/informatie/certificaten/"


class Feit(NamedTuple):
    """A fact, the page it stands on, and words that stand near each other there."""

    feit: str
    pagina: str
    woorden: str


FEITEN = (
    Feit("one middel for all portals", EHERKENNING, r"één middel nodig voor alle portalen van DUO"),
    Feit("a middel also works elsewhere", EHERKENNING, r"ook bij andere organisaties inloggen"),
    Feit("the organisatie buys it itself", EHERKENNING, r"organisatie regelt en koopt de middelen zelf"),
    Feit("fewer passwords to remember", EHERKENNING, r"minder wachtwoorden te onthouden"),
    Feit("costs per person per year", EHERKENNING, r"vast bedrag per persoon per jaar"),
    Feit("costs differ per leverancier", EHERKENNING, r"prijs verschilt per leverancier"),
    Feit("costs are not compensated", EHERKENNING, r"krijgt de kosten niet vergoed"),
    Feit("eherkenning.nl lists the leveranciers", EHERKENNING, r"eHerkenning\.nl.{0,60}leveranciers"),
    Feit("private parties offer it", EHERKENNING, r"Bedrijven verkopen het middel"),
    Feit("Wet digitale overheid", EHERKENNING, r"Wet digitale overheid.{0,80}veilig en betrouwbaar inloggen"),
    Feit("whose law it is", EHERKENNING, r"ministerie van Binnenlandse Zaken en Koninkrijksrelaties"),
    Feit("the law was being prepared", EHERKENNING, r"aankondigde, was de wet nog in voorbereiding"),
    Feit("the latest demands of safety", EHERKENNING, r"EH3.{0,80}voldoet aan de nieuwste eisen voor veiligheid"),
    Feit("data are better protected", EHERKENNING, r"gegevens van uw organisatie beter beschermd tegen misbruik"),
    Feit("being entitled is checked", EHERKENNING, r"gecontroleerd of u bevoegd bent"),
    Feit("substantieel", EHERKENNING, r"EH3 heeft het betrouwbaarheidsniveau ‘substantieel’"),
    Feit("why EH3", EHERKENNING, r"gebruikersnaam, een wachtwoord en een code per sms of een pincode"),
    Feit("personal", EHERKENNING, r"Het middel is van één persoon"),
    Feit("not transferable", EHERKENNING, r"niet overdraagbaar"),
    Feit("who has EH3 needs no new middel", EHERKENNING, r"EH3 of hoger\? Dan hebt u geen nieuw middel nodig"),
    Feit(
        "who has EH3 has himself authorised", EHERKENNING, r"machtigen voor de dienst ‘Mijn DUO voor zakelijke klanten’"
    ),
    Feit("that is arranged at the leverancier", EHERKENNING, r"Dat gaat via de leverancier van uw middel"),
    Feit("middelen for who has none", EHERKENNING, r"alleen nog middelen voor wie er geen heeft"),
    Feit("a lower level is upgraded", EHERKENNING, r"lager dan EH3\? Vraag uw leverancier om een upgrade"),
    Feit("new gebruikers since 1 January 2022", EHERKENNING, r"sinds 1 januari 2022 altijd eHerkenning"),
    Feit("who asks for a middel", EHERKENNING, r"EH3\. Vraag het de machtigingenbeheerder"),
    Feit("a beheerder gives the rollen", EHERKENNING, r"beheerder van Mijn DUO die u aanmeldt en uw rollen geeft"),
    Feit("sector by sector", EHERKENNING, r"sectoren stapten een voor een over"),
    Feit(
        "the beheerder gets an e-mail", EHERKENNING, r"beheerder krijgt een e-mail als uw organisatie kan overstappen"
    ),
    Feit("no access for who did not move", EHERKENNING, r"daarna geen toegang meer tot Mijn DUO"),
    Feit("a beheerder is applied for with the form", EHERKENNING, r"‘Aanmelding en wijziging beheerder Mijn DUO’"),
    Feit("the token works until the overstap", EHERKENNING, r"Tot dat moment kunt u uw token gebruiken"),
    Feit("the overstap ends before 31 December 2022", EHERKENNING, r"vóór 31 december 2022"),
    Feit("after linking eHerkenning is the only way", EHERKENNING, r"daarna alleen nog met eHerkenning inloggen"),
    Feit("the token is handed in", EHERKENNING, r"Lever uw token in bij uw beheerder"),
    Feit(
        "Mijn BRON became Mijn DUO",
        EHERKENNING,
        r"Mijn BRON.{0,120}Register Onderwijsdeelnemers, dat eerst BRON heette",
    ),
    Feit("Internet Schooldossier too", EHERKENNING, r"Internet Schooldossier.{0,60}ook eHerkenning nodig"),
    Feit("already used for UWV and Belastingdienst", EHERKENNING, r"al eHerkenning voor UWV of de Belastingdienst"),
    Feit("preparing: a coördinator", VOORBEREIDEN, r"Kies een coördinator"),
    Feit("preparing: what is there already", VOORBEREIDEN, r"al een machtigingenbeheerder\?"),
    Feit("preparing: Internet Schooldossier too", VOORBEREIDEN, r"in Mijn DUO en in het Internet Schooldossier"),
    Feit("preparing: who needs access", VOORBEREIDEN, r"Bepaal wie toegang nodig heeft"),
    Feit("preparing: gebruikers are informed", VOORBEREIDEN, r"Vertel het uw gebruikers"),
    Feit("preparing: leverancier", VOORBEREIDEN, r"Kies een leverancier"),
    Feit(
        "preparing: level and dienstmachtiging", VOORBEREIDEN, r"EH3 of hoger.{0,60}‘Mijn DUO voor zakelijke klanten’"
    ),
    Feit("preparing: delivery time", VOORBEREIDEN, r"Houd rekening met de levertijd"),
    Feit("who can be gemachtigd", MACHTIGEN, r"ander bestuur, een administratiekantoor of een gemeente"),
    Feit(
        "Wet inburgering may be outsourced", MACHTIGEN, r"uitbesteden aan een andere gemeente of aan een derde partij"
    ),
    Feit("middel and account for their people", MACHTIGEN, r"een eHerkenningsmiddel en een account bij Mijn DUO"),
    Feit("machtiging by form", MACHTIGEN, r"‘Machtiging verwerking door derden’"),
    Feit(
        "Wet inburgering by form",
        MACHTIGEN,
        r"‘Verklaring uitbesteding uitvoering WI aan andere gemeente of derde partij’",
    ),
    Feit("XBRL by ketenmachtiging", MACHTIGEN, r"XBRL.{0,150}ketenmachtiging van eHerkenning"),
    Feit("an own account per gemeente", MACHTIGEN, r"voor elke gemeente een eigen account"),
    Feit("R29: certificates untouched", CERTIFICATEN, r"blijven de certificaten gelden"),
    Feit("R29: no eHerkenning for machines", CERTIFICATEN, r"machinekoppeling.{0,40}geen eHerkenning nodig"),
    Feit(
        "a helpdesk per dienst with its channel",
        "/contact/",
        r"Verzuim.{0,200}Bij voorkeur per e-mail: verzuim@duo\.nl",
    ),
    Feit("Helpdesk BRON po by e-mail", "/contact/", r"bij voorkeur per e-mail aan de Helpdesk BRON po"),
    Feit("the contact page for the rest", "/contact/", r"Kijk op duo\.nl/zakelijk/contact"),
    Feit("newsletters by topic", "/nieuwsbrieven/", r"Kies de onderwerpen die u wilt volgen"),
    Feit("the newsletter of the letter", "/nieuwsbrieven/", r"Doorontwikkelen RIO en BRON PO"),
    Feit("18 months", "/problemen-met-inloggen/", r"18 maanden niet ingelogd"),
    Feit("a middel that is lost", "/problemen-met-inloggen/", r"kapot, kwijt of gestolen"),
    Feit("five tries", "/problemen-met-inloggen/", r"5 keer een verkeerde combinatie.{0,60}15 minuten"),
    Feit("24 hours", "/problemen-met-inloggen/", r"activatiecode is 24 uur geldig"),
)


def text_of(client: Client, path: str) -> str:
    """What one reads on a page, on one line."""
    html = client.get(path).content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


@pytest.mark.parametrize("feit", FEITEN, ids=lambda feit: feit.feit)
def test_r31_the_fact_stands_on_its_page(client: Client, feit: Feit) -> None:
    assert re.search(feit.woorden, text_of(client, feit.pagina))

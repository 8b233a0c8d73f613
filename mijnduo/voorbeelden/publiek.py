"""The public site of the demo: readers of newsletters, opinions of visitors, and a page that is being written (R31)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from autorisatie.models import Onderhoud
from publiek.emails.nieuwsbrieven import make_afmelding, make_bevestiging
from publiek.models import Abonnement, Editie, Nieuwsbrief, Pagina
from publiek.services.feedback import give_feedback
from publiek.services.nieuwsbrieven import (
    confirm_abonnementen,
    leave_nieuwsbrief,
    request_abonnementen,
    send_editie,
)
from publiek.services.paginas import Woorden, save_concept
from verantwoording.rules import Actor

MENINGEN: Final = (
    (12, 5, "/informatie/voorbereiden/", "De lijst om af te vinken is handig."),
    (9, 2, "/planning/", "Ik zoek wanneer mijn school aan de beurt is, maar zie geen jaar."),
    (3, 4, "/problemen-met-inloggen/", ""),
)
"""How many days ago, the score, the page and the words."""

CONCEPT: Final = "voorbereiden"
NIEUW: Final = """

## Test vooraf

Laat elke collega [testen of het middel werkt](/inloggen/testen/), voordat u een activatiecode aanvraagt."""


def play_publiek(*, rows: Iterable[Mapping[str, Any]], staf: Actor, now: datetime) -> None:
    """Play the past of the newsletters of publiek.json, and leave a page half written for staff to look at."""
    for row in rows:
        brief = Nieuwsbrief.objects.get(sleutel=row["nieuwsbrief"])
        for email, stand in row["abonnees"].items():
            _subscribe(brief, email, stand, now - timedelta(days=2 if stand == "gevraagd" else 30))
        for editie in row["edities"]:
            made = Editie.objects.create(nieuwsbrief=brief, onderwerp=editie["onderwerp"], tekst=editie["tekst"])
            if editie["dagen"]:
                send_editie(editie=made, actor=staf, now=now - timedelta(days=editie["dagen"]))
    for dagen, cijfer, pagina, tekst in MENINGEN:
        give_feedback(cijfer=cijfer, tekst=tekst, pagina=pagina, now=now - timedelta(days=dagen))
    Onderhoud.objects.create(
        tekst="Zaterdag tussen 8.00 en 12.00 uur is Mijn DUO soms even niet bereikbaar. Probeer het daarna opnieuw.",
        van=now + timedelta(days=5),
        tot=now + timedelta(days=6),
    )
    _write_concept(staf, now - timedelta(days=1))


def _subscribe(brief: Nieuwsbrief, email: str, stand: str, moment: datetime) -> None:
    """Ask, and as far as the story goes confirm and leave again, as the reader did with the links from the mails."""
    request_abonnementen(email=email, nieuwsbrieven=[brief], now=moment)
    row = Abonnement.objects.get(nieuwsbrief=brief, email=email)
    if stand != "gevraagd":
        confirm_abonnementen(token=make_bevestiging([row.pk], moment), now=moment + timedelta(minutes=5))
    if stand == "afgemeld":
        leave_nieuwsbrief(token=make_afmelding(row.pk), now=moment + timedelta(days=15))


def _write_concept(staf: Actor, moment: datetime) -> None:
    pagina = Pagina.objects.get(sleutel=CONCEPT)
    newest = pagina.versies.latest("versie")
    woorden = Woorden(newest.titel, newest.samenvatting, newest.tekst + NIEUW)
    save_concept(pagina=pagina, woorden=woorden, bewerkt=0, actor=staf, now=moment)

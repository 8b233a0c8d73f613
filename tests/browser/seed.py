"""Who is in the portal already, beside the main job. Run by manage.py, in a process of its own."""

from datetime import timedelta

from django.utils import timezone

from autorisatie.models import Mededeling
from koppeling.rules import CODE_GELDIG
from publiek.models import Editie, Nieuwsbrief
from publiek.services.nieuwsbrieven import send_editie
from tests.factories import KVK as KVK_BOARD
from tests.factories import (
    allow_token,
    link,
    mail_code,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_middel,
    make_organisatie,
    make_signaal,
    make_token,
)
from verantwoording.rules import Actor, ActorSoort
from verantwoording.tasks import sweep_berichten

KVK = "90004760"
INGRID, BAS, LATE, HOUDER = "MDAAAABBB2", "MDAAAABBB3", "MDAAAABBB4", "MDAAAABBB5"
KENMERK = "90AA"
CODE = "ABCDEFGHJK"


def plant(pseudoniem: str) -> None:
    """A gemeente with a linked beheerder (whose pseudonym this is), and two gebruikers with a fresh activatiecode.

    Also two signalen, somebody without a rol, and a kenmerk for which one can be given; and somebody with a token that
    still works.

    At a school somebody whose code is 24 hours and one second old.
    """
    now = timezone.now()
    gemeente = make_organisatie("Gemeente Voorbeeldstad", KVK, code_soort="gemeentecode", code="9001")
    ruud = make_beheerder(gemeente, voornaam="Ruud", tussenvoegsel="", achternaam="Mulder")
    link(ruud, make_middel(KVK, pseudoniem), used=now)
    make_kenmerk(gemeente, KENMERK)
    Mededeling.objects.create(
        titel="Controleer uw gegevens", tekst="Doe dit voor vrijdag.", van=now, urgent=True, leesbevestiging=True
    ).organisaties.add(gemeente)
    noor = make_account(gemeente, voornaam="Noor", tussenvoegsel="", achternaam="Hendriks")
    earlier = {"van": now - timedelta(hours=2), "tot": now - timedelta(hours=1), "gemaakt_op": now}
    make_signaal(gemeente, noor, door=[noor.pk], **earlier)
    pim = make_account(gemeente, voornaam="Pim", tussenvoegsel="", achternaam="Peters")
    make_signaal(gemeente, pim, soort="brief_en_koppeling", **earlier)
    for gebruikersnaam in (INGRID, BAS):
        mail_code(make_account(gemeente, gebruikersnaam=gebruikersnaam), CODE, now=now)
    wil = make_account(gemeente, gebruikersnaam=HOUDER, voornaam="Wil", tussenvoegsel="de", achternaam="Haan")
    make_token(wil)
    allow_token(gemeente, 30, now=now)
    mail_code(wil, CODE, now=now)
    late = make_account(make_organisatie("Basisschool De Brug", KVK_BOARD), gebruikersnaam=LATE)
    mail_code(late, CODE, now=now - CODE_GELDIG - timedelta(seconds=1))


def send_nieuwsbrief(sleutel: str) -> None:
    """An issue to everybody who confirmed, written by staff and sent by the worker's own job."""
    now = timezone.now()
    brief = Nieuwsbrief.objects.get(sleutel=sleutel)
    editie = Editie.objects.create(nieuwsbrief=brief, onderwerp="Nieuws over eHerkenning", tekst="Er is nieuws.")
    send_editie(editie=editie, actor=Actor(ActorSoort.STAF, id=0), now=now)
    sweep_berichten()

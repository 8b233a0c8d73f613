"""Who is in the portal already, beside the main job. Run by manage.py, in a process of its own."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from autorisatie.models import Mededeling, Rol
from koppeling.rules import CODE_GELDIG
from publiek.models import Editie, Nieuwsbrief
from publiek.services.nieuwsbrieven import send_editie
from tests.factories import KVK as KVK_BOARD
from tests.factories import (
    allow_token,
    grant,
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
KVK_OPVANG = "90007891"
INGRID, BAS, LATE, HOUDER, LOTTE = "MDAAAABBB2", "MDAAAABBB3", "MDAAAABBB4", "MDAAAABBB5", "MDAAAABBB6"
KENMERK, KENMERK_OPVANG = "90AA", "90BB"
KARIN_MAIL, LOTTE_MAIL, MEES_MAIL = (f"{naam}@zandkasteel.example" for naam in ("karin", "lotte", "mees"))
ROL = "ROD raadpleger PO"
CODE = "ABCDEFGHJK"


def plant(pseudoniemen: Mapping[str, str]) -> None:
    """A gemeente with a linked beheerder, and two gebruikers with a fresh activatiecode. pseudoniemen: of each persona.

    Also two signalen, each on somebody who is in no other test (one of them is blocked by it); somebody without a rol,
    and a kenmerk for which one can be given; and somebody with a token that still works.

    At a school somebody whose code is 24 hours and one second old.

    A kinderopvang of its own for what a beheerder does with her gebruikers (_plant_opvang).
    """
    now = timezone.now()
    _plant_opvang(pseudoniemen, now)
    gemeente = make_organisatie("Gemeente Voorbeeldstad", KVK, code_soort="gemeentecode", code="9001")
    ruud = make_beheerder(gemeente, voornaam="Ruud", tussenvoegsel="", achternaam="Mulder")
    link(ruud, make_middel(KVK, pseudoniemen["ruud-mulder"]), used=now)
    make_kenmerk(gemeente, KENMERK)
    Mededeling.objects.create(
        titel="Controleer uw gegevens", tekst="Doe dit voor vrijdag.", van=now, urgent=True, leesbevestiging=True
    ).organisaties.add(gemeente)
    make_account(gemeente, voornaam="Noor", tussenvoegsel="", achternaam="Hendriks")
    sem = make_account(gemeente, voornaam="Sem", tussenvoegsel="", achternaam="Kok")
    earlier = {"van": now - timedelta(hours=2), "tot": now - timedelta(hours=1), "gemaakt_op": now}
    make_signaal(gemeente, sem, door=[sem.pk], **earlier)
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


def _plant_opvang(pseudoniemen: Mapping[str, str], now: datetime) -> None:
    """A linked beheerder, a linked gebruiker with a rol, and one with a rol and no letter yet."""
    opvang = make_organisatie("Kinderopvang Het Zandkasteel", KVK_OPVANG)
    karin = make_beheerder(opvang, voornaam="Karin", tussenvoegsel="", achternaam="Visser", email=KARIN_MAIL)
    link(karin, make_middel(KVK_OPVANG, pseudoniemen["karin-visser"]), used=now)
    rol, kenmerk = Rol.objects.get(naam=ROL), make_kenmerk(opvang, KENMERK_OPVANG)
    lotte = make_account(
        opvang, gebruikersnaam=LOTTE, voornaam="Lotte", tussenvoegsel="", achternaam="Brouwer", email=LOTTE_MAIL
    )
    link(lotte, make_middel(KVK_OPVANG, pseudoniemen["nieuw-3"]), used=now)
    mees = make_account(opvang, voornaam="Mees", tussenvoegsel="", achternaam="Aalbers", email=MEES_MAIL)
    for account in (lotte, mees):
        grant(account, rol, kenmerk)

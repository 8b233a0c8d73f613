from datetime import datetime
from typing import Final

from django.conf import settings

from accounts.models import Account
from koppeling.models import Koppeling
from koppeling.rules import Reden
from verantwoording.haken import Post
from verantwoording.models import Bericht

MIDDEL_GEMELD: Final = "middel_gemeld"
MIDDEL_GEMELD_DUO: Final = "middel_gemeld_duo"

MIDDEL_GEMELD_TEKST = """Beste {aan},

{naam} van {organisatie} heeft het eigen eHerkenningsmiddel gemeld: {reden}.

Het middel is meteen losgemaakt van het account. Niemand kan er nog mee inloggen bij deze organisatie.{geblokkeerd}

Heeft {naam} weer een middel? {vervolg}

Mijn DUO voor zakelijke klanten
{adres}
"""
GEMELD: Final = {Reden.VERLOREN: "het is kwijt", Reden.GESTOLEN: "het is gestolen", Reden.DEFECT: "het is kapot"}


def write_middel_gemeld_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder that a gebruiker reported his own middel, and what she does next (R19)."""
    beheerder = Account.objects.filter(pk=bericht.account_id or 0, beeindigd_op__isnull=True).first()
    if beheerder is None:
        return None
    vervolg = "Vraag dan bij Gebruikers een nieuwe activatiecode aan. Een nieuwe brief is niet nodig."
    return _middel_gemeld(bericht, beheerder.email, beheerder.get_full_name(), vervolg)


def write_middel_gemeld_mail_duo(bericht: Bericht, now: datetime) -> Post:
    """Tell DUO that somebody reported his own middel where no other beheerder can log in (R19)."""
    vervolg = (
        "Bij de organisatie kan geen andere beheerder inloggen. Controleer wie er belt. Een beheerder helpt u in "
        "DUO-beheer: vraag een nieuwe activatiecode aan, of hef een blokkade op."
    )
    return _middel_gemeld(bericht, settings.MAIL_DUO, "collega", vervolg)


def _middel_gemeld(bericht: Bericht, adres: str, aan: str, vervolg: str) -> Post:
    koppeling = Koppeling.objects.select_related("account", "organisatie").get(pk=bericht.object_id or 0)
    reden = Reden(koppeling.reden)
    stolen = " Bij andere organisaties is het geblokkeerd, tot een tweede persoon dat opheft."
    return Post(
        aan=adres,
        onderwerp="Een gebruiker meldde een eHerkenningsmiddel",
        tekst=MIDDEL_GEMELD_TEKST.format(
            aan=aan,
            naam=koppeling.account.get_full_name(),
            organisatie=koppeling.organisatie.naam,
            reden=GEMELD[reden],
            geblokkeerd=stolen if reden is Reden.GESTOLEN else "",
            vervolg=vervolg,
            adres=settings.BASIS_URL,
        ),
    )

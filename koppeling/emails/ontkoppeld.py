from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from koppeling.models import Koppeling
from koppeling.rules import Reden
from verantwoording.haken import Post
from verantwoording.models import Bericht

TEKST = """Beste {naam},

Op {dag} is uw eHerkenningsmiddel losgemaakt van uw account bij {organisatie}.
De reden: {reden}.

U kunt daarom niet meer inloggen op Mijn DUO. {vervolg}

Hebt u hier niet om gevraagd? Neem dan meteen contact op met uw beheerder.

Mijn DUO voor zakelijke klanten
{adres}
"""

REDENEN = {
    Reden.VERLOREN: "uw middel is gemeld als kwijt",
    Reden.GESTOLEN: "uw middel is gemeld als gestolen",
    Reden.DEFECT: "uw middel is gemeld als kapot",
    Reden.VERTREK: "uw account is beëindigd",
    Reden.STAF: "een medewerker van DUO heeft dit gedaan",
    Reden.SIGNAAL: "uw organisatie of DUO heeft uw account uit voorzorg geblokkeerd",
    Reden.INACTIEF: "u hebt 18 maanden niet ingelogd",
}
GEBLOKKEERD = (
    "Vraag uw beheerder wat er aan de hand is. Een beheerder kan de blokkade opheffen. Is er geen andere beheerder die "
    "kan inloggen? Neem dan contact op met DUO. Daarna koppelt u opnieuw, met een nieuwe activatiecode."
)
OPNIEUW = (
    "Uw account, uw gebruikersnaam en uw rollen blijven bestaan. Wilt u weer inloggen? Vraag uw beheerder om een "
    "nieuwe activatiecode en koppel opnieuw. U hebt geen nieuwe brief nodig."
)
VERVOLG = {Reden.VERTREK: "", Reden.SIGNAAL: GEBLOKKEERD}


def write_ontkoppeld_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell somebody that the koppeling ended, why, and what to do (R19, R20)."""
    koppeling = Koppeling.objects.select_related("account", "organisatie").get(pk=bericht.object_id or 0)
    reden = Reden(koppeling.reden)
    return Post(
        aan=koppeling.account.email,
        onderwerp="Uw eHerkenningsmiddel is ontkoppeld van Mijn DUO",
        tekst=TEKST.format(
            naam=koppeling.account.get_full_name(),
            dag=date_format(timezone.localtime(koppeling.beeindigd_op), "j F Y"),
            organisatie=koppeling.organisatie.naam,
            reden=REDENEN[reden],
            vervolg=VERVOLG.get(reden, OPNIEUW),
            adres=settings.BASIS_URL,
        ),
    )

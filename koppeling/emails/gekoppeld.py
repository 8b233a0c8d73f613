from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from koppeling.haken import after_linking
from koppeling.models import Koppeling
from verantwoording.haken import Post
from verantwoording.models import Bericht

TEKST = """Beste {naam},

Op {moment} is een eHerkenningsmiddel gekoppeld aan uw account bij {organisatie}. Vanaf nu logt u op Mijn DUO in met
eHerkenning: ga naar {adres}/inloggen/
{token}
Was u dit niet? Neem dan meteen contact op met uw beheerder. Die kan het middel ontkoppelen.

Mijn DUO voor zakelijke klanten
"""


def write_gekoppeld_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell somebody that a middel was linked to his account, so that a link he did not make is noticed (R09)."""
    koppeling = Koppeling.objects.select_related("account", "organisatie").get(pk=bericht.object_id or 0)
    moment = date_format(timezone.localtime(koppeling.sinds), "j F Y \\o\\m H.i \\u\\u\\r")
    return Post(
        aan=koppeling.account.email,
        onderwerp="Uw eHerkenningsmiddel is gekoppeld aan Mijn DUO",
        tekst=TEKST.format(
            naam=koppeling.account.get_full_name(),
            moment=moment,
            organisatie=koppeling.organisatie.naam,
            adres=settings.BASIS_URL,
            token="".join(f"\n{zin}\n" for zin in after_linking(koppeling.account_id)),
        ),
    )

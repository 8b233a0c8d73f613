from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account
from planning.models import Uitzondering
from verantwoording.haken import Post
from verantwoording.models import Bericht

UITZONDERING_EINDE: Final = "uitzondering_einde"
TEKST: Final = """Beste {naam},

Uw organisatie {organisatie} mag voor {portaal} langer met tokens werken. Dat houdt bijna op:
{laatste_dag} is de laatste dag. Vanaf {einde} kan iedereen alleen nog inloggen met eHerkenning.

Nog niet iedereen is overgestapt. Dit kunt u nu doen:
- Log in op {adres} en kies Overstap. Daar staat wie nog moet overstappen, en wat ieder daarvoor nodig heeft.
- Vraag voor ieder van hen een activatiecode aan.
- Heeft iemand nog geen middel? Reken op een levertijd van een week of langer.

Wie op die dag nog niet is overgestapt, houdt zijn account en zijn rollen. Hij kan daarna nog steeds overstappen.

Lukt het niet op tijd? Neem dan nu contact op met {contact}.

Mijn DUO voor zakelijke klanten
"""


def write_uitzondering_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder that the exception of her organisatie ends soon (R26).

    None when it is no longer true: it ended or was withdrawn, a later one was given, or she is no beheerder any more.
    """
    account = Account.objects.beheerders(now).filter(pk=bericht.account_id or 0).first()
    uitzondering = Uitzondering.objects.ending(timezone.localdate(now)).filter(pk=bericht.object_id or 0).first()
    if account is None or uitzondering is None:
        return None
    return Post(
        aan=account.email,
        onderwerp=f"Op {date_format(uitzondering.tot, 'j F Y')} werken uw tokens niet meer",
        tekst=TEKST.format(
            naam=account.get_full_name(),
            organisatie=uitzondering.organisatie.naam,
            portaal=uitzondering.portaal.naam,
            laatste_dag=date_format(uitzondering.tot - timedelta(days=1), "j F Y"),
            einde=date_format(uitzondering.tot, "j F Y"),
            adres=f"{settings.BASIS_URL}/inloggen/",
            contact=uitzondering.portaal.contact or "de helpdesk van DUO",
        ),
    )

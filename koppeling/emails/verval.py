from datetime import date

from django.conf import settings
from django.utils.formats import date_format

from koppeling.models import Koppeling
from verantwoording.haken import Post

TEKST = """Beste {naam},

U hebt lang niet ingelogd op Mijn DUO namens {organisatie}. Wie 18 maanden niet inlogt, verliest de koppeling
tussen het eHerkenningsmiddel en het account. Voor u is dat op {dag}.

Wilt u de koppeling houden? Log dan vóór {dag} één keer in met eHerkenning. Meer hoeft u niet te doen.
Ga naar {adres} en kies uw sector.

Doet u niets? Dan kunt u vanaf {dag} niet meer inloggen. Uw account en uw rollen blijven wel bestaan. Met een
nieuwe activatiecode van uw beheerder kunt u later opnieuw koppelen.

Hebt u Mijn DUO niet meer nodig? Laat dat dan weten aan uw beheerder.

Mijn DUO voor zakelijke klanten
"""


def write_waarschuwing_mail(*, koppeling: Koppeling, vervalt_op: date) -> Post:
    """Warn that the koppeling lapses on `vervalt_op` (Amsterdam), and that logging in once is enough (R18)."""
    dag = date_format(vervalt_op, "j F Y")
    return Post(
        aan=koppeling.account.email,
        onderwerp=f"Log vóór {dag} in op Mijn DUO",
        tekst=TEKST.format(
            naam=koppeling.account.get_full_name(),
            organisatie=koppeling.organisatie.naam,
            dag=dag,
            adres=f"{settings.BASIS_URL}/inloggen/",
        ),
    )

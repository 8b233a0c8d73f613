from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from koppeling.eherkenning.certificates import Certificaat
from verantwoording.haken import Post

TEKST = """Beste beheerder,

Een certificaat van de aansluiting op eHerkenning {verloopt} op {dag}. Zonder geldig certificaat kan straks niemand meer
inloggen op Mijn DUO.

Welk certificaat: {wat}
Kenmerk (SHA-256): {naam}

Vervang het op tijd. Hoe u dat doet zonder dat iemand er last van heeft, staat in docs/sleutels-vervangen.md.
Hoe de aansluiting ervoor staat, ziet u op {adres}/duo-beheer/ onder eHerkenning.

Mijn DUO voor zakelijke klanten
"""


def write_certificaat_mail(*, aan: str, certificaat: Certificaat, now: datetime) -> Post:
    """Say which certificate ends when, and where it stands how to replace it."""
    dag = date_format(timezone.localtime(certificaat.einde), "j F Y")
    verloopt = "verloopt" if certificaat.einde > now else "is verlopen"
    return Post(
        aan=aan,
        onderwerp=f"Certificaat voor eHerkenning {verloopt} op {dag}",
        tekst=TEKST.format(
            verloopt=verloopt, dag=dag, wat=certificaat.wat, naam=certificaat.naam, adres=settings.BASIS_URL
        ),
    )

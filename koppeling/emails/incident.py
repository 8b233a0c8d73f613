from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from koppeling.models import Incident
from verantwoording.haken import Post

TEKST = """Beste medewerker van DUO,

Sinds {begin} uur logden {middelen} middelen in die Mijn DUO niet kent, van {organisaties} organisaties met
gekoppelde gebruikers. Dat is veel meer dan gewoon. Misschien stuurt eHerkenning verkeerde pseudoniemen.

Voor deze middelen wacht het koppelen. Wie al gekoppeld is en wordt herkend, kan gewoon inloggen.

Dit doet u nu:

1. Vraag de makelaar of er een storing is.
2. Is die voorbij, of is er niets aan de hand? Geef het koppelen dan vrij, met een reden:
   {adres}

Mijn DUO voor zakelijke klanten
"""


def write_incident_mail(*, aan: str, incident: Incident) -> Post:
    """Tell DUO that unknown middelen come in a burst, what waits, and where it is released."""
    return Post(
        aan=aan,
        onderwerp="Mogelijk een storing bij eHerkenning: koppelen wacht",
        tekst=TEKST.format(
            begin=date_format(timezone.localtime(incident.begin), "j F Y, H.i"),
            middelen=incident.middelen,
            organisaties=incident.organisaties,
            adres=f"{settings.BASIS_URL}{reverse('admin:koppeling_incident_change', args=[incident.pk])}",
        ),
    )

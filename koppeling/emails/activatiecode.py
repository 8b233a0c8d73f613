from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account
from koppeling.rules import show_activatiecode
from verantwoording.haken import Post

TEKST = """Beste {naam},

Uw beheerder heeft voor u een activatiecode aangevraagd. Daarmee koppelt u uw eHerkenningsmiddel aan uw account bij
{organisatie}.

Uw activatiecode: {code}

De code is 24 uur geldig: tot {tot}. U kunt de code één keer gebruiken.
{vervangt}
Zo koppelt u:
1. Ga naar {adres} en kies uw sector.
2. Log in met eHerkenning.
3. Volg de stappen. Bij stap 5 vult u deze code in, met de gebruikersnaam uit de brief van uw beheerder.

Is de code niet meer geldig, of lukt het niet? Vraag uw beheerder om een nieuwe code.
Hebt u deze mail niet verwacht? Meld dat dan aan uw beheerder. Geef de code aan niemand anders, ook niet aan de
helpdesk van DUO.

Mijn DUO voor zakelijke klanten
"""


def write_activatiecode_mail(*, account: Account, code: str, geldig_tot: datetime, vervangt: bool) -> Post:
    """The only place where an activatiecode is ever shown (R05, R07). The end is named as a clock time (D10)."""
    tot = date_format(timezone.localtime(geldig_tot), "l j F Y \\o\\m H.i \\u\\u\\r")
    return Post(
        aan=account.email,
        onderwerp="Uw activatiecode voor Mijn DUO",
        tekst=TEKST.format(
            naam=account.get_full_name(),
            organisatie=account.organisatie.naam if account.organisatie else "",
            code=show_activatiecode(code),
            tot=tot,
            vervangt="\nKreeg u eerder een code? Die werkt nu niet meer.\n" if vervangt else "",
            adres=f"{settings.BASIS_URL}/inloggen/",
        ),
    )

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import Account, EmailWijziging
from verantwoording.haken import Post
from verantwoording.models import Bericht

AANMELDING: Final = "aanmelding"
ADRES_GEWIJZIGD: Final = "adres_gewijzigd"

AANMELDING_TEKST = """Beste {naam},

{wie} heeft u aangemeld als {hoedanigheid} van Mijn DUO bij {organisatie}. Voordat u kunt inloggen, koppelt u één keer
uw eHerkenningsmiddel aan uw account.

Dit doet u nu:

1. Zorg voor een eigen eHerkenningsmiddel met niveau EH3 of hoger. Het middel staat op uw naam. U mag het niet delen.
2. Zorg dat uw middel een machtiging heeft voor de dienst 'Mijn DUO voor zakelijke klanten'. De machtigingenbeheerder
   van uw organisatie regelt dat bij de leverancier van uw middel.
   Is dat klaar? Test dan of uw middel werkt, met deze persoonlijke link: {test}
   De uitslag is te zien voor de beheerder van uw organisatie. Geef de link niet aan iemand anders.
3. U krijgt een brief met uw gebruikersnaam, op papier. {brief}
4. Hebt u het middel en de brief? {code} U krijgt de code per e-mail. Hij is 24 uur geldig,
   dus vraag er pas om als u tijd hebt om te koppelen.
5. Ga naar {adres} en kies uw sector. Kies 'Inloggen op Mijn DUO', log in met eHerkenning en volg de stappen.

Uw gebruikersnaam staat alleen in de brief. Niemand vraagt u die per e-mail of telefoon te geven.

Klopt er iets niet, of verwachtte u deze mail niet? {vragen}

Mijn DUO voor zakelijke klanten
"""

DOOR_BEHEERDER: Final = {
    "wie": "Uw beheerder",
    "hoedanigheid": "gebruiker",
    "brief": "Uw beheerder geeft u die brief zelf.",
    "code": "Vraag uw beheerder dan om een activatiecode.",
    "vragen": "Neem contact op met uw beheerder.",
}
VOOR_BEHEERDER: Final = {
    "wie": "DUO",
    "hoedanigheid": "beheerder",
    "brief": "U krijgt hem van DUO of van uw collega-beheerder.",
    "code": "Vraag DUO of uw collega-beheerder dan om een activatiecode.",
    "vragen": "Neem contact op met DUO.",
}
"""Who helps: a beheerder her gebruikers, DUO the beheerder (R07)."""

ADRES_GEWIJZIGD_TEKST = """Beste {naam},

Uw beheerder heeft uw e-mailadres voor Mijn DUO gewijzigd, voor uw account bij {organisatie}. Berichten over uw account
gaan vanaf nu naar het nieuwe adres. Op dit adres krijgt u ze niet meer.

Klopt dit niet? Neem dan meteen contact op met uw beheerder. Krijgt u geen antwoord, meld het dan bij DUO.

Mijn DUO voor zakelijke klanten
"""


_signer = Signer(salt="accounts.eherkenningtest")


def make_test_token(account: Account) -> str:
    """What stands in somebody's personal link to test his eHerkenning (D11). It opens nothing."""
    return _signer.sign(str(account.pk))


def read_test_token(token: str) -> int | None:
    """The account's id that `make_test_token` put in; None for a link that is not ours."""
    try:
        return int(_signer.unsign(token))
    except BadSignature:
        return None


def write_aanmelding_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a new gebruiker what to do next (R06, manual 1.1). None when his account was ended in the meantime.

    Holds no gebruikersnaam and no code: two channels, never one (R05).
    """
    account = Account.objects.active().select_related("organisatie").filter(pk=bericht.account_id or 0).first()
    if account is None:
        return None
    return Post(
        aan=account.email,
        onderwerp="U bent aangemeld voor Mijn DUO: dit doet u nu",
        tekst=AANMELDING_TEKST.format(
            naam=account.get_full_name(),
            organisatie=_naam_organisatie(account),
            adres=f"{settings.BASIS_URL}{reverse('inloggen')}",
            test=f"{settings.BASIS_URL}{reverse('inloggen_testen_persoonlijk', args=[make_test_token(account)])}",
            **(VOOR_BEHEERDER if Account.objects.beheerders(now).filter(pk=account.pk).exists() else DOOR_BEHEERDER),
        ),
    )


def write_adres_gewijzigd_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the old address that the beheerder replaced it (R23). The new address is not named: AVG."""
    change = EmailWijziging.objects.select_related("account__organisatie").filter(pk=bericht.object_id or 0).first()
    if change is None:
        return None
    return Post(
        aan=change.oud_adres,
        onderwerp="Uw e-mailadres voor Mijn DUO is gewijzigd",
        tekst=ADRES_GEWIJZIGD_TEKST.format(
            naam=change.account.get_full_name(), organisatie=_naam_organisatie(change.account)
        ),
    )


def _naam_organisatie(account: Account) -> str:
    return account.organisatie.naam if account.organisatie else "DUO"

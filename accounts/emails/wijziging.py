from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format

from accounts.models import Account, EmailWijziging
from verantwoording.haken import Post
from verantwoording.models import Bericht

EMAIL_BEVESTIGEN: Final = "email_bevestigen"
EMAIL_VERVANGEN: Final = "email_vervangen"

BEVESTIGEN_TEKST = """Beste {naam},

U wilt dit e-mailadres gebruiken voor Mijn DUO, voor uw account bij {organisatie}. Bevestig dat met deze link:

{link}

De link werkt één keer, tot {tot}. Tot u bevestigt, blijft uw oude e-mailadres gelden.

Hebt u dit niet gevraagd? Dan hoeft u niets te doen. Uw adres wordt dan niet gebruikt.

Mijn DUO voor zakelijke klanten
"""

VERVANGEN_TEKST = """Beste {naam},

Op {moment} is uw e-mailadres voor Mijn DUO gewijzigd, voor uw account bij {organisatie}. Dat is op uw eigen
verzoek gedaan. Berichten van Mijn DUO gaan vanaf nu naar uw nieuwe adres. Op dit adres krijgt u ze niet meer.

Hebt u dit niet zelf gedaan? Neem dan meteen contact op met uw beheerder.

Mijn DUO voor zakelijke klanten
"""

_signer = Signer(salt="accounts.emailwijziging", sep=".")


def session_mark(account: Account) -> str:
    """What ties a request to the sessions that were open then: it changes when they are ended (R19, R20, D12)."""
    return salted_hmac("accounts.emailwijziging.sessie", account.sessiestempel).hexdigest()[:16]


def make_token(wijziging_id: int, mark: str) -> str:
    """The signed part of the link in the mail: which change it confirms, and the mark of the sessions it came from."""
    return _signer.sign(f"{wijziging_id}-{mark}")


def read_token(token: str) -> tuple[int, str] | None:
    """The id and the mark that `make_token` put in; None for a link that is not ours or was changed."""
    try:
        wijziging_id, mark = _signer.unsign(token).split("-")
    except BadSignature:
        return None
    return int(wijziging_id), mark


def write_email_bevestigen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Ask the new address to confirm itself (R23). None when the change was replaced, or is no longer valid."""
    change = _open_change(bericht)
    if change is None or change.geldig_tot <= now or bericht.gegevens["sessie"] != session_mark(change.account):
        return None
    token = make_token(change.pk, bericht.gegevens["sessie"])
    return Post(
        aan=change.nieuw_adres,
        onderwerp="Bevestig uw nieuwe e-mailadres voor Mijn DUO",
        tekst=BEVESTIGEN_TEKST.format(
            naam=change.account.get_full_name(),
            organisatie=change.account.organisatie.naam if change.account.organisatie else "DUO",
            link=f"{settings.BASIS_URL}{reverse('email_bevestigen', args=[token])}",
            tot=_in_words(change.geldig_tot),
        ),
    )


def write_email_vervangen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the old address that its owner replaced it (R23). The new address is not named (AVG)."""
    change = EmailWijziging.objects.select_related("account__organisatie").filter(pk=bericht.object_id or 0).first()
    if change is None or change.bevestigd_op is None:
        return None
    return Post(
        aan=change.oud_adres,
        onderwerp="Uw e-mailadres voor Mijn DUO is gewijzigd",
        tekst=VERVANGEN_TEKST.format(
            naam=change.account.get_full_name(),
            organisatie=change.account.organisatie.naam if change.account.organisatie else "DUO",
            moment=_in_words(change.bevestigd_op),
        ),
    )


def _open_change(bericht: Bericht) -> EmailWijziging | None:
    return (
        EmailWijziging.objects.select_related("account__organisatie")
        .filter(pk=bericht.object_id or 0, bevestigd_op=None, vervallen_op=None, account__beeindigd_op=None)
        .first()
    )


def _in_words(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "l j F Y \\o\\m H.i \\u\\u\\r")

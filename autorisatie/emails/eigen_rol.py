from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account
from autorisatie.rules import last_day
from verantwoording.haken import Post
from verantwoording.models import Bericht, Voorstel

EIGEN_ROL_GEZAG: Final = "eigen_rol_gezag"
EIGEN_ROL_DUO: Final = "eigen_rol_duo"

EIGEN_ROL_VOORSTEL: Final = "eigen_rol_voorstel"

VOORSTEL_TEKST = """Beste {aan},

{beheerder} vraagt een rol voor zichzelf in Mijn DUO, voor {organisatie}.
U bent ook beheerder. U beslist of dat goed is.

Log in op Mijn DUO. Kies Rollen en dan Bekijk de voorstellen. U kunt beslissen tot en met {einde}.

Mijn DUO voor zakelijke klanten
"""

EIGEN_ROL_TEKST = """Beste {aan},

Op {moment} heeft {beheerder} zichzelf een rol gegeven in Mijn DUO, voor {organisatie}.

Rol: {rol}
Kenmerken: {kenmerken}

Dat kan, omdat {organisatie} op dat moment geen andere beheerder had. Daarom krijgt u deze e-mail.

Klopt dit niet? {vervolg}

Mijn DUO voor zakelijke klanten
"""


def write_eigen_rol_mail_gezag(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the bevoegd gezag that the sole beheerder gave herself a rol (R02)."""
    account = _beheerder_of(bericht)
    if account is None or account.organisatie is None:
        return None
    gezag = account.organisatie
    return _eigen_rol(
        bericht, account, gezag.bevoegd_gezag_email, gezag.bevoegd_gezag_naam, "Neem dan contact op met DUO."
    )


def write_eigen_rol_mail_duo(bericht: Bericht, now: datetime) -> Post | None:
    """Tell DUO that the sole beheerder of an organisatie gave herself a rol (R02)."""
    account = _beheerder_of(bericht)
    if account is None:
        return None
    return _eigen_rol(
        bericht, account, settings.MAIL_DUO, "collega", "Trek de rol in bij DUO-beheer en bel het bevoegd gezag."
    )


def write_eigen_rol_voorstel_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a colleague beheerder that she is asked to decide (R02, D22). None once nothing is left to decide."""
    voorstel = Voorstel.objects.open(now).filter(pk=bericht.object_id or 0).first()
    collega = _beheerder_of(bericht)
    maker = Account.objects.filter(pk=voorstel.account_id or 0).first() if voorstel else None
    if voorstel is None or maker is None or collega is None or collega.organisatie is None or not collega.is_active:
        return None
    return Post(
        aan=collega.email,
        onderwerp="Een collega-beheerder vraagt een rol in Mijn DUO",
        tekst=VOORSTEL_TEKST.format(
            aan=collega.get_full_name(),
            beheerder=maker.get_full_name(),
            organisatie=collega.organisatie.naam,
            einde=date_format(last_day(voorstel.verloopt_op), "j F Y"),
        ),
    )


def _beheerder_of(bericht: Bericht) -> Account | None:
    return Account.objects.select_related("organisatie").filter(pk=bericht.account_id or 0).first()


def _eigen_rol(bericht: Bericht, account: Account, adres: str, aan: str, vervolg: str) -> Post:
    return Post(
        aan=adres,
        onderwerp="Een beheerder gaf zichzelf een rol in Mijn DUO",
        tekst=EIGEN_ROL_TEKST.format(
            aan=aan,
            moment=date_format(timezone.localtime(bericht.gemaakt_op), "j F Y \\o\\m H.i \\u\\u\\r"),
            beheerder=account.get_full_name(),
            organisatie=account.organisatie.naam if account.organisatie else "",
            rol=bericht.gegevens["rol"],
            kenmerken=bericht.gegevens["kenmerken"],
            vervolg=vervolg,
        ),
    )

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from publiek.models import Abonnement, Editie
from publiek.rules import BEVESTIGEN_BINNEN
from verantwoording.haken import Post
from verantwoording.models import Bericht

BEVESTIGEN: Final = "nieuwsbrief_bevestigen"
EDITIE: Final = "nieuwsbrief_editie"

BEVESTIGEN_TEKST = """Goedendag,

Iemand vulde dit e-mailadres in voor deze nieuwsbrieven van DUO:

{namen}

Wilt u ze ontvangen? Bevestig dat dan binnen {dagen} dagen met deze link:

{link}

Hebt u dit niet gevraagd? Dan hoeft u niets te doen. U krijgt geen nieuwsbrief.

Mijn DUO voor zakelijke klanten
"""

VOET = """

--
U krijgt deze e-mail omdat u zich aanmeldde voor de nieuwsbrief ‘{naam}’. Wilt u die niet meer? Meld u af:
{link}
"""

_signer = Signer(salt="publiek.nieuwsbrief", sep=".")


def make_bevestiging(abonnementen: list[int], gevraagd_op: datetime) -> str:
    """The signed part of the link that confirms: which abonnementen, and of which request."""
    return _signer.sign("-".join(["b", f"{gevraagd_op.timestamp():.0f}", *map(str, abonnementen)]))


def read_bevestiging(token: str) -> tuple[int, list[int]] | None:
    """The moment of the request, in seconds, and the abonnementen; None for a link that is not ours."""
    kind, *numbers = _read(token)
    return (int(numbers[0]), [int(number) for number in numbers[1:]]) if kind == "b" else None


def make_afmelding(abonnement_id: int) -> str:
    """The signed part of the link that leaves."""
    return _signer.sign(f"a-{abonnement_id}")


def read_afmelding(token: str) -> int | None:
    """The abonnement to leave; None for a link that is not ours."""
    kind, *numbers = _read(token)
    return int(numbers[0]) if kind == "a" else None


def _read(token: str) -> list[str]:
    try:
        return _signer.unsign(token).split("-")
    except BadSignature:
        return [""]


def write_bevestigen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Ask an address to confirm (R31). None when it has left or is forgotten, or when the link would not work."""
    ids, gevraagd_op = bericht.gegevens["abonnementen"], bericht.gemaakt_op
    rows = Abonnement.objects.waiting().select_related("nieuwsbrief").filter(pk__in=ids).order_by("nieuwsbrief")
    if not rows or gevraagd_op + BEVESTIGEN_BINNEN <= now:
        return None
    token = make_bevestiging([row.pk for row in rows], gevraagd_op)
    return Post(
        aan=rows[0].email,
        onderwerp="Bevestig uw aanmelding voor de nieuwsbrief van DUO",
        tekst=BEVESTIGEN_TEKST.format(
            namen="\n".join(f"- {row.nieuwsbrief.naam}" for row in rows),
            dagen=BEVESTIGEN_BINNEN.days,
            link=f"{settings.BASIS_URL}{reverse('nieuwsbrief_bevestigen', args=[token])}",
        ),
    )


def write_editie_mail(bericht: Bericht, now: datetime) -> Post | None:
    """An issue, for one abonnee (R31). None for who has left since. One click leaves (RFC 8058)."""
    row = Abonnement.objects.live().select_related("nieuwsbrief").filter(pk=bericht.object_id or 0).first()
    if row is None:
        return None
    link = f"{settings.BASIS_URL}{reverse('nieuwsbrief_afmelden', args=[make_afmelding(row.pk)])}"
    editie = Editie.objects.get(pk=bericht.gegevens["editie"])
    return Post(
        aan=row.email,
        onderwerp=editie.onderwerp,
        tekst=editie.tekst + VOET.format(naam=row.nieuwsbrief.naam, link=link),
        kopregels={"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )

from datetime import datetime

from accounts.models import Account
from beheer.emails.code_gevraagd import write_code_gevraagd_mail
from beheer.services.staf import depends_on_staf
from koppeling.models import CodeAanvraag, Koppeling
from koppeling.services.codeaanvragen import GEVRAAGD
from verantwoording.haken import Post
from verantwoording.models import Bericht
from verantwoording.services import enqueue_bericht


def render_code_gevraagd(bericht: Bericht, now: datetime) -> Post | None:
    """The mail about an open request (R07): to each beheerder of the organisatie but who asks.

    Or to DUO staff, when only they can help a first or sole beheerder. The row that the request left goes to the first
    of them and puts one in the outbox for each other one. None when the request was decided, the account was linked or
    ended, or nobody can be told.
    """
    aanvraag = (
        CodeAanvraag.objects.select_related("account__organisatie")
        .filter(pk=bericht.object_id or 0, besloten_op=None, account__beeindigd_op=None)
        .first()
    )
    if aanvraag is None or Koppeling.objects.live().filter(account=aanvraag.account).exists():
        return None
    account = aanvraag.account
    if depends_on_staf(account=account, now=now):
        return write_code_gevraagd_mail(aanvraag=aanvraag, beheerder=None)
    beheerders = Account.objects.filter(organisatie=account.organisatie_id).beheerders(now).exclude(pk=account.pk)
    if wanted := bericht.gegevens.get("aan"):
        beheerder = beheerders.filter(pk=wanted).first()
        return write_code_gevraagd_mail(aanvraag=aanvraag, beheerder=beheerder) if beheerder else None
    first, *others = [*beheerders.order_by("pk"), None]
    for beheerder in filter(None, others):
        enqueue_bericht(
            soort=GEVRAAGD,
            sleutel=f"{bericht.sleutel}:{beheerder.pk}",
            now=now,
            organisatie_id=account.organisatie_id,
            object_id=aanvraag.pk,
            gegevens={"aan": beheerder.pk},
        )
    return write_code_gevraagd_mail(aanvraag=aanvraag, beheerder=first) if first else None

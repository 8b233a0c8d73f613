from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Account, AccountQuerySet
from koppeling.models import CodeAanvraag, Koppeling
from koppeling.rules import (
    VERZOEK_OPEN,
    VERZOEKEN_PER_ADRES,
    VERZOEKEN_PER_NAAM,
    Limiet,
    normalise_typed,
)
from koppeling.services.pogingen import try_key
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, write_logregel

GEVRAAGD = "code_gevraagd"
"""The event, and the mail to who can approve it (rendered by beheer, which knows who that is)."""
GEWEIGERD = "code_geweigerd"
"""The event, and the mail to who asked."""

# After so many requests, each within the pause of the one before, a key waits for that pause. The one statement counts
# exactly, however many come at once; a refused request changes nothing.
CLAIM = """
INSERT INTO koppeling_teller AS t (sleutel, aantal, laatste_op) VALUES (%(sleutel)s, 1, %(now)s)
ON CONFLICT (sleutel) DO UPDATE SET
    aantal = CASE WHEN t.geblokkeerd_tot IS NULL AND t.laatste_op > %(sinds)s THEN t.aantal + 1 ELSE 1 END,
    geblokkeerd_tot = CASE WHEN t.geblokkeerd_tot IS NULL AND t.laatste_op > %(sinds)s
                                AND t.aantal + 1 >= %(hoogstens)s THEN %(tot)s END,
    laatste_op = %(now)s
WHERE t.geblokkeerd_tot IS NULL OR t.geblokkeerd_tot <= %(now)s
RETURNING id
"""

# Look up, judge and write at once, so that a name that is nobody's takes the same statement. A request that is still
# open is asked again: the row stays one.
ASK = """
INSERT INTO koppeling_codeaanvraag AS q (account_id, gevraagd_op, keer, besluit)
SELECT a.id, %(now)s, 1, '' FROM accounts_account a
WHERE a.gebruikersnaam = %(naam)s AND a.organisatie_id IS NOT NULL AND a.beeindigd_op IS NULL
  AND NOT EXISTS (SELECT FROM koppeling_koppeling k WHERE k.account_id = a.id AND k.beeindigd_op IS NULL)
ON CONFLICT (account_id) WHERE besloten_op IS NULL
DO UPDATE SET gevraagd_op = EXCLUDED.gevraagd_op, keer = q.keer + 1
RETURNING q.id, q.account_id, (SELECT organisatie_id FROM accounts_account WHERE id = q.account_id)
"""


@transaction.atomic
def ask_activatiecode(*, gebruikersnaam: str, actor: Actor, now: datetime) -> datetime | None:
    """Somebody on the login page asks for an activatiecode (R07). None when the request was taken.

    Else until when one must wait: there were too many for this gebruikersnaam or from this address. Whether the
    gebruikersnaam exists shows in nothing: not in the answer, and not in the work, for what is written for a name that
    is nobody's, or of somebody who needs no code, is taken back at the end. Mail to who can approve it leaves with the
    next sweep, so that asking does not take longer when there is somebody to tell.
    """
    typed = normalise_typed(gebruikersnaam)
    for sleutel, limiet in (
        (try_key(soort="verzoek-adres", waarde=actor.adres or ""), VERZOEKEN_PER_ADRES),
        (try_key(soort="verzoek-naam", waarde=typed), VERZOEKEN_PER_NAAM),
    ):
        tot = _claim(sleutel, limiet, now)
        if tot is not None:
            return tot
    before = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute(ASK, {"now": now, "naam": typed})
        row = cursor.fetchone()
    aanvraag_id, account_id, organisatie_id = row or (None, None, None)
    write_logregel(gebeurtenis=GEVRAAGD, actor=actor, now=now, organisatie_id=organisatie_id, account_id=account_id)
    enqueue_bericht(
        soort=GEVRAAGD,
        sleutel=f"{GEVRAAGD}:{aanvraag_id}:{timezone.localdate(now)}",  # asked again today: told once
        now=now,
        niet_voor=now + timedelta(seconds=1),
        organisatie_id=organisatie_id,
        object_id=aanvraag_id,
    )
    if row is None:
        transaction.savepoint_rollback(before)
    else:
        transaction.savepoint_commit(before)
    return None


def _claim(sleutel: str, limiet: Limiet, now: datetime) -> datetime | None:
    """Count a request for this key; None when it may go on, else until when the key waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "sleutel": sleutel,
                "now": now,
                "sinds": now - limiet.pauze,
                "tot": now + limiet.pauze,
                "hoogstens": limiet.hoogstens,
            },
        )
        if cursor.fetchone():
            return None
        cursor.execute("SELECT geblokkeerd_tot FROM koppeling_teller WHERE sleutel = %s", [sleutel])
        tot: datetime = cursor.fetchone()[0]
    return tot


def open_aanvragen(gebruikers: AccountQuerySet, now: datetime) -> QuerySet[CodeAanvraag]:
    """The requests of these gebruikers that wait for a decision, the oldest first: of who is not linked or ended."""
    linked = Koppeling.objects.live().values("account")
    return (
        CodeAanvraag.objects.filter(
            account__in=gebruikers.active(), besloten_op=None, gevraagd_op__gt=now - VERZOEK_OPEN
        )
        .exclude(account__in=linked)
        .select_related("account", "account__organisatie")
        .order_by("gevraagd_op")
    )


@transaction.atomic
def refuse_aanvraag(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Refuse the open request of an account, with the reason in `actor`; he is told by mail. False when there is none.

    ValueError without a reason.
    """
    if not actor.reden.strip():
        raise ValueError("Vul een reden in.")
    account = Account.objects.select_for_update().get(pk=account.pk)
    aanvraag = CodeAanvraag.objects.filter(account=account, besloten_op=None).first()
    if aanvraag is None:
        return False
    aanvraag.besloten_op = now
    aanvraag.besluit = CodeAanvraag.Besluit.GEWEIGERD
    aanvraag.save(update_fields=["besloten_op", "besluit"])
    write_logregel(
        gebeurtenis=GEWEIGERD, actor=actor, now=now, organisatie_id=account.organisatie_id, account_id=account.pk
    )
    enqueue_bericht(
        soort=GEWEIGERD,
        sleutel=f"{GEWEIGERD}:{aanvraag.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=aanvraag.pk,
        gegevens={"reden": actor.reden},
    )
    return True

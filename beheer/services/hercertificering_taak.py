"""What happens in a hercertificering by itself: it begins, reminds, warns, and ends."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Organisatie
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, BeheerderBevoegdheid
from autorisatie.services.grants import hands_out
from beheer.emails.hercertificering import ESCALATIE, HERINNERING, WAARSCHUWING
from beheer.models import Beoordeling, Hercertificering
from beheer.rules.hercertificering import (
    BEGINNEN_PER_KEER,
    BEWAARD,
    HERINNERING_NA,
    RONDE_ELKE,
    WAARSCHUWING_MINSTENS,
    WAARSCHUWING_VOORAF,
)
from beheer.services.hercertificering import (
    assign_again,
    finish_hercertificering,
    lapse_hercertificering,
    start_hercertificering,
)
from verantwoording.models import Bericht, Taakrun
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import Run, taakrun

NAAM: Final = "hercertificering"
ACTOR: Final = Actor(ActorSoort.TAAK, naam=NAAM)
# Once for each round and beheerder: the key says so, whatever is killed or run twice (D17).
TO_BEHEERDERS: Final = """
INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, object_id, gegevens, prioriteit, status,
                                    pogingen, message_id, gemaakt_op, niet_voor, fout)
SELECT DISTINCT %(soort)s, %(soort)s || ':' || h.id || ':' || b.beoordelaar_id, b.beoordelaar_id, h.organisatie_id,
       h.id, '{}'::jsonb, %(prioriteit)s, %(status)s, 0, '', %(now)s::timestamptz, %(now)s::timestamptz, ''
FROM beheer_hercertificering h
JOIN beheer_beoordeling b ON b.hercertificering_id = h.id AND b.antwoord = '' AND b.beoordelaar_id IS NOT NULL
WHERE h.afgerond_op IS NULL AND h.begonnen_op <= %(begonnen)s AND h.vervalt_op <= %(vervalt)s
ON CONFLICT (sleutel) DO NOTHING
"""
TO_GEZAG: Final = """
INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, object_id, gegevens, prioriteit, status,
                                    pogingen, message_id, gemaakt_op, niet_voor, fout)
SELECT %(soort)s, %(soort)s || ':' || h.id || ':gezag', NULL, h.organisatie_id, h.id, '{}'::jsonb, %(prioriteit)s,
       %(status)s, 0, '', %(now)s, %(now)s, ''
FROM beheer_hercertificering h
WHERE h.afgerond_op IS NULL AND h.vervalt_op <= %(vervalt)s
  AND EXISTS (SELECT FROM beheer_beoordeling b WHERE b.hercertificering_id = h.id AND b.antwoord = '')
ON CONFLICT (sleutel) DO NOTHING
"""
# What ended by another way in the meantime is not to be judged any more.
ENDED: Final = """
UPDATE beheer_beoordeling b SET antwoord = %(gestopt)s, beantwoord_op = %(now)s
FROM autorisatie_autorisatie a LEFT JOIN accounts_machtiging m ON m.id = a.machtiging_id
WHERE a.id = b.autorisatie_id AND b.antwoord = '' AND (a.tot <= %(now)s OR m.tot <= %(now)s)
"""


def run_hercertificering(*, now: datetime) -> Taakrun | None:
    """Carry every round on to where it should be at `now`, and begin those that are due.

    Driven by state: safe to run twice, late, or to kill. Mail is one statement a kind; a round is one transaction.
    None when this hour's run is done.
    """
    with taakrun(naam=NAAM, now=now) as run:
        if run is None:
            return None
        with transaction.atomic():
            _settle_and_mail(run, now)
        _reassign(run, now)
        _end(run, now)
        _begin(run, now)
        with transaction.atomic():
            old = Hercertificering.objects.filter(afgerond_op__lte=now - BEWAARD)
            run.count(verwijderd=old.delete()[1].get("beheer.Hercertificering", 0))
    return run.taakrun


def _settle_and_mail(run: Run, now: datetime) -> None:
    values: dict[str, Any] = {
        "now": now,
        "gestopt": Beoordeling.Antwoord.GESTOPT.value,
        "prioriteit": Bericht.Prioriteit.BULK,
        "status": Bericht.Status.WACHT,
    }
    soon = now + WAARSCHUWING_VOORAF
    any_end = now + timedelta(days=3653)
    with connection.cursor() as cursor:
        cursor.execute(ENDED, values)
        run.count(gestopt=cursor.rowcount)
        reminder = {"soort": HERINNERING, "begonnen": now - HERINNERING_NA, "vervalt": any_end}
        cursor.execute(TO_BEHEERDERS, values | reminder)
        run.count(herinnerd=cursor.rowcount)
        cursor.execute(TO_BEHEERDERS, values | {"soort": WAARSCHUWING, "begonnen": now, "vervalt": soon})
        run.count(gewaarschuwd=cursor.rowcount)
        cursor.execute(TO_GEZAG, values | {"soort": ESCALATIE, "vervalt": soon})
        run.count(opgeschaald=cursor.rowcount)
    warned = Hercertificering.objects.filter(afgerond_op=None, gewaarschuwd_op=None, vervalt_op__lte=soon)
    warned.update(gewaarschuwd_op=now)


def _reassign(run: Run, now: datetime) -> None:
    """Where somebody who is to judge is no beheerder any more, or may not hand out the rol any more."""
    able = BeheerderBevoegdheid.objects.filter(
        live(now),
        live(now, "beheerderschap__"),
        hands_out(OuterRef("autorisatie__rol"), "beheerdersrol__"),
        beheerderschap__account=OuterRef("beoordelaar"),
    )
    lost = Beoordeling.objects.filter(
        ~Exists(able) | Q(beoordelaar__beeindigd_op__isnull=False),
        antwoord=Beoordeling.Antwoord.OPEN,
        beoordelaar__isnull=False,
        hercertificering__afgerond_op=None,
    )
    for ronde in Hercertificering.objects.filter(beoordelingen__in=lost).distinct():
        with transaction.atomic():
            run.count(anders_verdeeld=assign_again(ronde=ronde, now=now))


def _end(run: Run, now: datetime) -> None:
    over = Q(vervalt_op__lte=now, gewaarschuwd_op__lte=now - WAARSCHUWING_MINSTENS)
    todo = Beoordeling.objects.filter(hercertificering=OuterRef("pk"), antwoord=Beoordeling.Antwoord.OPEN)
    for ronde in Hercertificering.objects.filter(over | ~Exists(todo), afgerond_op=None):
        with transaction.atomic():
            run.count(vervallen=lapse_hercertificering(ronde=ronde, actor=ACTOR, now=now))
            finish_hercertificering(ronde=ronde, actor=ACTOR, now=now)


def _begin(run: Run, now: datetime) -> None:
    rounds = Hercertificering.objects.filter(organisatie=OuterRef("pk"))
    recent = rounds.filter(Q(begonnen_op__gt=now - RONDE_ELKE) | Q(afgerond_op=None))
    grants = Autorisatie.objects.live(now).filter(account__organisatie=OuterRef("pk"), account__beeindigd_op=None)
    due = Organisatie.objects.filter(
        ~Exists(recent), Exists(grants), beeindigd_op=None, gemaakt_op__lte=now - RONDE_ELKE
    )
    for organisatie in due.order_by("pk")[:BEGINNEN_PER_KEER]:
        with transaction.atomic():
            start_hercertificering(organisatie=organisatie, actor=ACTOR, now=now)
            run.count(begonnen=1)

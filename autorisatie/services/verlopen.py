"""What happens to machtigingen by itself (R30): a warning before the end, and the end of what rests on it."""

from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from autorisatie.emails.machtiging import MACHTIGING_LOOPT_AF
from autorisatie.models import Machtigingsaanbod
from autorisatie.rules import MACHTIGING_LOOPT_AF as TERMIJN
from verantwoording.models import Bericht, Taakrun
from verantwoording.services import taakrun

# Once for each beheerder of either side: the key says so, whatever is killed or run twice (D17). Not of one whose last
# kenmerk goes to another organisatie: both sides heard that when it was decided, and cannot renew it.
WARN: Final = """
INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, object_id, gegevens, prioriteit, status,
                                    pogingen, message_id, gemaakt_op, niet_voor, fout)
SELECT %(soort)s, %(soort)s || ':' || m.id || ':' || a.id, a.id, a.organisatie_id, m.id, '{}'::jsonb, %(prioriteit)s,
       %(status)s, 0, '', %(now)s, %(now)s, ''
FROM accounts_machtiging m
JOIN accounts_account a ON a.organisatie_id IN (m.verlener_id, m.gemachtigde_id) AND a.beeindigd_op IS NULL
JOIN accounts_beheerderschap b ON b.account_id = a.id AND b.van <= %(now)s AND (b.tot IS NULL OR b.tot > %(now)s)
WHERE m.van <= %(now)s AND m.tot > %(now)s AND m.tot <= %(vanaf)s
AND NOT EXISTS (SELECT 1 FROM autorisatie_machtigingsaanbod o WHERE o.machtiging_id = m.id AND o.tot > m.tot)
ON CONFLICT (sleutel) DO NOTHING
"""
# A grant under a machtiging that has ended opens nothing any more; this gives it the end that it had.
END: Final = """
WITH voorbij AS (
    UPDATE autorisatie_autorisatie a SET tot = GREATEST(a.van, m.tot)
    FROM accounts_machtiging m
    WHERE m.id = a.machtiging_id AND m.tot <= %(now)s AND (a.tot IS NULL OR a.tot > m.tot)
    RETURNING a.id, a.tot
), kenmerken AS (
    UPDATE autorisatie_autorisatiekenmerk k SET tot = GREATEST(k.van, v.tot)
    FROM voorbij v WHERE k.autorisatie_id = v.id AND (k.tot IS NULL OR k.tot > v.tot)
)
SELECT count(*) FROM voorbij
"""


def end_machtigingen(*, now: datetime) -> Taakrun | None:
    """Warn both sides 30 days before a machtiging ends, end what rests on one that has, and let offers lapse (R30).

    Each is one statement driven by state: safe to run twice, late, or to kill. None when this hour's run is done.
    """
    with taakrun(naam="machtigingen", now=now) as run:
        if run is None:
            return None
        with transaction.atomic(), connection.cursor() as cursor:
            open_ones = [Machtigingsaanbod.Stand.VOORBEREID, Machtigingsaanbod.Stand.BEVESTIGD]
            late = Machtigingsaanbod.objects.filter(stand__in=open_ones, vervalt_op__lte=now)
            lapsed = late.update(stand=Machtigingsaanbod.Stand.VERVALLEN)
            values: dict[str, Any] = {
                "now": now,
                "vanaf": now + TERMIJN,
                "soort": MACHTIGING_LOOPT_AF,
                "prioriteit": Bericht.Prioriteit.BULK,
                "status": Bericht.Status.WACHT,
            }
            cursor.execute(WARN, values)
            warned = cursor.rowcount
            cursor.execute(END, values)
            run.count(vervallen=lapsed, gewaarschuwd=warned, rollen=cursor.fetchone()[0])
    return run.taakrun

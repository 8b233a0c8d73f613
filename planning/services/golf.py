"""What would happen if an overstap ended on a chosen day (R26). Reads only: nothing is changed by simulating."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from planning.models import Overstap
from planning.rules import midnight
from planning.rules.golf import Aannames, Dagcijfer, Organisatiefeit, expect
from planning.rules.token import token_portalen
from planning.services.mails import HOUDER
from planning.services.overgangen import read_overgangen

FEITEN = f"""
SELECT o.id, o.naam, o.code,
       (SELECT count(*) FROM accounts_account a WHERE a.organisatie_id = o.id AND a.beeindigd_op IS NULL
        AND EXISTS (SELECT FROM accounts_beheerderschap b WHERE b.account_id = a.id AND b.van <= %(now)s
                    AND (b.tot IS NULL OR b.tot > %(now)s))),
       EXISTS (SELECT FROM accounts_account a
               JOIN accounts_beheerderschap b ON b.account_id = a.id AND b.van <= %(now)s
                    AND (b.tot IS NULL OR b.tot > %(now)s)
               JOIN koppeling_koppeling k ON k.account_id = a.id AND k.beeindigd_op IS NULL
               WHERE a.organisatie_id = o.id AND a.beeindigd_op IS NULL),
       (SELECT count(*) FROM accounts_account h WHERE h.organisatie_id = o.id AND {HOUDER}),
       (SELECT count(*) FROM accounts_account h WHERE h.organisatie_id = o.id AND {HOUDER}
        AND EXISTS (SELECT FROM accounts_tijdelijkeblokkade b WHERE b.account_id = h.id AND b.van <= %(now)s
                    AND (b.tot IS NULL OR b.tot > %(now)s)))
FROM accounts_organisatie o JOIN accounts_organisatie_soorten os ON os.organisatie_id = o.id
WHERE os.soort_id = %(soort)s AND o.beeindigd_op IS NULL ORDER BY o.id
"""  # noqa: S608  # composed of this app's own constants; every value is a parameter


@dataclass(frozen=True, slots=True)
class Simulatie:
    """What is expected: each organisatie as it stands, and each day from the opening to the end."""

    begin: date
    datum: date
    organisaties: list[Organisatiefeit]
    dagen: list[Dagcijfer]

    @property
    def klaar(self) -> int:
        """Organisaties where nobody still has to move."""
        return sum(one.klaar for one in self.organisaties)

    @property
    def buitengesloten(self) -> int:
        """People who lose their way in on the chosen day, when nobody moves any more."""
        return sum(one.buitengesloten for one in self.organisaties)

    @property
    def no_go(self) -> list[Organisatiefeit]:
        """Organisaties with something that speaks against it, most people first."""
        return sorted((one for one in self.organisaties if not one.go), key=lambda one: (-one.nog_over, one.naam))


def simulate_golf(*, overstap: Overstap, datum: date, per_dag: int, aannames: Aannames, now: datetime) -> Simulatie:
    """Reckon what it means when the tokens of this overstap end on `datum`, told to `per_dag` organisaties a day.

    From the day that staff set for opening, else from today. Seven queries, none of which writes.
    """
    vandaag = timezone.localdate(now)
    begin = max(overstap.openen_op or vandaag, vandaag)
    with connection.cursor() as cursor:
        cursor.execute(FEITEN, {"soort": overstap.soort_id, "now": now})
        rows = cursor.fetchall()
    every, einde, sleutel = [row[0] for row in rows], midnight(datum), overstap.portaal.sleutel
    nu = read_overgangen(organisaties=every, now=now)
    straks = read_overgangen(organisaties=every, now=einde, stel=overstap.pk)
    organisaties = [
        Organisatiefeit(
            pk,
            naam,
            code,
            beheerders,
            met_middel,
            nog_over,
            werkt=sleutel in token_portalen(nu[pk], now),
            blijft=sleutel in token_portalen(straks[pk], einde),
            geblokkeerd=geblokkeerd,
        )
        for pk, naam, code, beheerders, met_middel, nog_over, geblokkeerd in rows
    ]
    duur = max((datum - begin).days, 0)
    return Simulatie(begin, datum, organisaties, expect(organisaties, per_dag=per_dag, duur=duur, aannames=aannames))

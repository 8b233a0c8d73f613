from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from autorisatie.models import Portaal
from planning.models import Overstap, Uitzondering
from planning.rules import Precisie, midnight, read_moment
from planning.rules.overstap import Stand
from planning.rules.token import Overgang, moves_mijn_duo, token_einde, token_portalen

# Each row of the table for each organisatie of its soort, and each of its portalen; the last column says whether the
# obligation of the row holds for that portaal.
REGELS = """
SELECT os.organisatie_id, os.soort_id, p.sleutel, r.verplicht, r.algemeen_einde, EXISTS (
    SELECT FROM planning_planningsregel_verplichte_portalen v
    WHERE v.planningsregel_id = r.id AND v.portaal_id = p.id
)
FROM accounts_organisatie_soorten os
JOIN planning_planningsregel r ON r.soort_id = os.soort_id AND r.tonen
JOIN planning_planningsregel_portalen rp ON rp.planningsregel_id = r.id
JOIN autorisatie_portaal p ON p.id = rp.portaal_id
WHERE os.organisatie_id = ANY(%s)
"""


def read_overgangen(
    *, organisaties: Collection[int], now: datetime, stel: int | None = None
) -> dict[int, list[Overgang]]:
    """What counts for the tokens of each of these organisaties (ids): every soort × portaal of theirs (R26, D3, D14).

    Out of the planning table, what staff set for the overstap, and exceptions. Always three queries.

    stel: as if this overstap (its id) was done.
    """
    found: dict[tuple[int, int, str], Overgang] = {}
    with connection.cursor() as cursor:
        cursor.execute(REGELS, [list(organisaties)])
        for organisatie, soort, portaal, verplicht, algemeen_einde, geldt in cursor.fetchall():
            moment = read_moment(verplicht)
            dag = moment.eerste if geldt and moment.precisie is Precisie.DAG else None
            found[organisatie, soort, portaal] = Overgang(portaal, verplicht=dag, algemeen_einde=algemeen_einde)
    overstappen = Overstap.objects.filter(soort__organisaties__in=organisaties).values_list(
        "soort__organisaties", "soort", "portaal__sleutel", "pk", "stand", "einde_token"
    )
    for organisatie, soort, portaal, pk, stand, einde_token in overstappen:
        row = found.get((organisatie, soort, portaal), Overgang(portaal))
        found[organisatie, soort, portaal] = Overgang(
            portaal,
            gedaan=stand == Stand.KLAAR or pk == stel,
            verplicht=einde_token or row.verplicht,
            algemeen_einde=row.algemeen_einde,
        )
    result: dict[int, list[Overgang]] = defaultdict(list)
    for (organisatie, _, _), overgang in found.items():
        result[organisatie].append(overgang)
    live = Uitzondering.objects.live(timezone.localdate(now)).filter(organisatie__in=organisaties)
    for organisatie, portaal, tot in live.values_list("organisatie", "portaal__sleutel", "tot"):
        result[organisatie].append(_exception(portaal, tot))
    return result


def _exception(portaal: str, tot: date) -> Overgang:
    """An exception counts until its end, whatever else holds for the portaal."""
    return Overgang(portaal, gedaan=True, uitzondering=midnight(tot))


@dataclass(frozen=True, slots=True)
class Looptijd:
    """Whether tokens of an organisatie count now, and then their last day when that is known (R15, R26).

    mijn_duo: whether the move to Mijn DUO decides that; else that of all its portalen together.
    """

    telt: bool
    laatste_dag: date | None
    mijn_duo: bool


def read_looptijd(*, organisatie_id: int, now: datetime) -> Looptijd:
    """How long the tokens of an organisatie last. Three queries."""
    overgangen = read_overgangen(organisaties=[organisatie_id], now=now)[organisatie_id]
    telt = bool(token_portalen(overgangen, now))
    einde = token_einde(overgangen, now) if telt else None
    laatste_dag = timezone.localdate(einde - timedelta(days=1)) if einde else None
    return Looptijd(telt=telt, laatste_dag=laatste_dag, mijn_duo=moves_mijn_duo(overgangen))


def open_portalen(account: Account, now: datetime) -> frozenset[str]:
    """The portalen (sleutels) that a token of this account opens now: as before the overstap, as long as it lasts.

    Those of its organisatie that have not moved. A portaal that does not stand in the planning of its soort goes along
    with Mijn DUO. One that stands there and has moved asks for eHerkenning.
    """
    organisatie = account.organisatie_id or 0
    overgangen = read_overgangen(organisaties=[organisatie], now=now)[organisatie]
    counts = token_portalen(overgangen, now)
    if not counts:
        return counts
    moving = {overgang.portaal for overgang in overgangen}
    others = Portaal.objects.exclude(sleutel__in=moving).exclude(niveau="").values_list("sleutel", flat=True)
    return counts | frozenset(others)

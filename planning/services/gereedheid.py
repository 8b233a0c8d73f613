"""Who still has to move, and what keeps them (R28)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from accounts.models import Account, AccountQuerySet, Organisatie
from beheer.services.standen import Gebruikersstand, read_standen
from koppeling.models import Koppeling
from planning.services.mails import HOUDER
from planning.services.tokens import words_of_tokens

PER_SOORT = f"""
WITH per AS (
    SELECT h.organisatie_id, count(*) AS accounts, count(g.id) AS gekoppeld,
           count(*) FILTER (WHERE {HOUDER}) AS met_token
    FROM accounts_account h LEFT JOIN koppeling_koppeling g ON g.account_id = h.id AND g.beeindigd_op IS NULL
    WHERE h.beeindigd_op IS NULL AND h.organisatie_id IS NOT NULL GROUP BY h.organisatie_id
)
SELECT s.naam, count(*), count(*) FILTER (WHERE per.gekoppeld > 0 AND per.met_token = 0),
       coalesce(sum(per.accounts), 0), coalesce(sum(per.gekoppeld), 0), coalesce(sum(per.met_token), 0)
FROM accounts_soort s JOIN accounts_organisatie_soorten os ON os.soort_id = s.id
JOIN accounts_organisatie o ON o.id = os.organisatie_id AND o.beeindigd_op IS NULL
LEFT JOIN per ON per.organisatie_id = o.id
GROUP BY s.id, s.naam ORDER BY s.naam
"""  # noqa: S608  # composed of this app's own constants


@dataclass(frozen=True, slots=True)
class Gereedheid:
    """How far one soort is: organisaties and their running accounts. klaar: one is linked, nobody uses a token."""

    soort: str
    organisaties: int
    klaar: int
    accounts: int
    gekoppeld: int
    met_token: int


@dataclass(frozen=True, slots=True)
class Overstapper:
    """Somebody who still has to move: where he stands with koppelen, and his token in words; empty without one."""

    stand: Gebruikersstand
    token: str


def still_to_move(gebruikers: AccountQuerySet) -> AccountQuerySet:
    """Those of these gebruikers who are not ended and cannot log in with eHerkenning yet, by name (R28)."""
    linked = Exists(Koppeling.objects.live().filter(account=OuterRef("pk")))
    return gebruikers.active().exclude(linked).order_by("achternaam", "voornaam", "id")


def read_overstappers(*, accounts: Iterable[Account], organisatie: Organisatie, now: datetime) -> list[Overstapper]:
    """Where these accounts of one organisatie stand, in their order. Six queries, however many there are."""
    standen = read_standen(accounts, organisatie, now)
    tokens = words_of_tokens([stand.account.pk for stand in standen], now)
    return [Overstapper(stand, tokens.get(stand.account.pk, "")) for stand in standen]


def count_gereedheid() -> list[Gereedheid]:
    """How far each soort is that has organisaties, by name (R28). One query."""
    with connection.cursor() as cursor:
        cursor.execute(PER_SOORT, ())
        return [Gereedheid(naam, *(int(count) for count in counts)) for naam, *counts in cursor.fetchall()]

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Kenmerk, Organisatie, OrganisatieKenmerk
from autorisatie.services.waarom import count_with_access


@dataclass(frozen=True, slots=True)
class Kenmerkregel:
    """A kenmerk in the list: how many people can open something for it, and since when it is no longer hers."""

    kenmerk: Kenmerk
    aantal: int
    tot: datetime | None


def with_viewers(kenmerken: Sequence[Kenmerk], *, organisatie: Organisatie, now: datetime) -> list[Kenmerkregel]:
    """Put to each kenmerk of the organisatie how many of its accounts can open something for it. Three queries."""
    counts = count_with_access(kenmerken=kenmerken, organisatie=organisatie, op=now)
    ends: dict[int, datetime | None] = {}
    rows = OrganisatieKenmerk.objects.filter(organisatie=organisatie, kenmerk__in=kenmerken).order_by("van")
    for kenmerk, tot in rows.values_list("kenmerk", "tot"):
        ends[kenmerk] = tot if tot is not None and tot <= now else None
    return [Kenmerkregel(kenmerk, counts.get(kenmerk.pk, 0), ends[kenmerk.pk]) for kenmerk in kenmerken]

"""What earlier signalen covered: what a second person answered is not asked again, what is new is."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from beheer.models import Signaal
from beheer.rules.signalen import Beoordeeld, Soort


def latest_signaal(soort: Soort, basis: int | str) -> Signaal | None:
    """The latest signaal of this soort about this basis; None when there was none."""
    return Signaal.objects.filter(soort=soort, basis=str(basis)).order_by("-tot", "-pk").first()


def covered_letters(accounts: Collection[int]) -> Mapping[int, dict[Soort, datetime]]:
    """For each account until when answered signalen covered its letters, for each soort. One query for all.

    The heavier soort covers the lighter one: who registered, printed and linked also linked with that letter.
    """
    answered = Signaal.objects.exclude(staat=Signaal.Staat.OPEN).filter(
        soort__in=[Soort.BRIEF_EN_KOPPELING, Soort.ZELF_GEKOPPELD], basis__in=[str(pk) for pk in accounts]
    )
    covered: dict[int, dict[Soort, datetime]] = defaultdict(dict)
    for basis, soort, tot in answered.order_by("tot", "pk").values_list("basis", "soort", "tot"):
        covered[int(basis)][Soort(soort)] = tot
        covered[int(basis)][Soort.BRIEF_EN_KOPPELING] = tot
    return covered


def covered_pogingen(basis: str, since: datetime) -> Beoordeeld | None:
    """What answered signalen covered of the tries of one middel at one organisatie since then; None when none did."""
    rows = Signaal.objects.filter(soort=Soort.MIDDEL_TWEE_MENSEN, basis=basis, tot__gte=since)
    answered = list(rows.exclude(staat=Signaal.Staat.OPEN).order_by("tot", "pk"))
    if not answered:
        return None
    over = frozenset(account for signaal in answered for account in signaal.over)
    return Beoordeeld(over, answered[-1].tot, answered[-1].staat == Signaal.Staat.GESTOPT)

"""The overstappen of the demo: done, open and announced ones, and one organisatie with a running exception (R26)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Organisatie, Soort
from autorisatie.models import Portaal
from planning.models import Overstap
from planning.rules.overstap import Zet
from planning.services.overstappen import grant_uitzondering, move_overstap
from verantwoording.rules import Actor


def play_overstappen(*, rows: Iterable[Mapping[str, Any]], staf: Actor, now: datetime) -> None:
    """Make the overstappen of overstappen.json with their past, and give the exceptions at `now`."""
    for row in rows:
        portaal = Portaal.objects.get(sleutel=row["portaal"])
        overstap = Overstap.objects.create(
            soort=Soort.objects.get(sleutel=row["soort"]),
            portaal=portaal,
            einde_token=timezone.localdate(now) + timedelta(days=row["einde"]),
        )
        for zet, dagen in row["stappen"]:
            overstap = move_overstap(overstap=overstap, zet=Zet(zet), actor=staf, now=now - timedelta(days=dagen))
        for code, (dagen, reden) in row["uitzonderingen"].items():
            grant_uitzondering(
                organisatie=Organisatie.objects.get(code=code),
                portaal=portaal,
                tot=timezone.localdate(now) + timedelta(days=dagen),
                actor=Actor(staf.soort, id=staf.id, reden=reden),
                now=now,
            )

"""What a visitor may do at a portaal, shown before he goes there (R22, R25)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Prefetch

from accounts.models import Account, Organisatie
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Portaal, Taak
from autorisatie.rules import Inlog
from autorisatie.services.taken import list_taken
from koppeling.eherkenning.levels import Niveau


class Belet(StrEnum):
    """What a login lacks for a portaal: the level that it asks for, or the vestigingen of one's kenmerken (D24)."""

    NIVEAU = "niveau"
    VESTIGING = "vestiging"


@dataclass(frozen=True, slots=True)
class Rechten:
    """The taken of a portaal that one may open now, and the rollen with their kenmerken that open these.

    belet: nothing of it is open by the login alone, while the rollen are there; by what of it. None: there are none.
    """

    taken: list[Taak] = field(default_factory=list)
    rollen: list[Autorisatie] = field(default_factory=list)
    belet: Belet | None = None


def rechten_op(
    *, account: Account, portaal: Portaal, inlog: Inlog, now: datetime, namens: Organisatie | None = None
) -> Rechten:
    """What this account may do at a portaal at `now` in this session. At most four queries.

    namens: for the organisatie that gave a machtiging, instead of the own one (R30, D5).
    """

    def read(by: Inlog) -> list[Taak]:
        overzicht = list_taken(account=account, inlog=by, now=now, namens=namens)
        sleutels = [taak.sleutel for _, taken in overzicht.onderwerpen for taak in taken]
        return list(Taak.objects.filter(portaal=portaal, sleutel__in=sleutels).order_by("volgorde", "naam"))

    if taken := read(inlog):
        return Rechten(taken, rollen_for(account=account, taken=taken, now=now, namens=namens))
    if not read(replace(inlog, loa=Niveau.EH4, vestigingen=frozenset())):
        return Rechten()
    met = portaal.niveau in inlog.niveaus or portaal.sleutel in inlog.portalen
    return Rechten(belet=Belet.VESTIGING if met else Belet.NIVEAU)


def rollen_for(
    *, account: Account, taken: list[Taak], now: datetime, namens: Organisatie | None = None
) -> list[Autorisatie]:
    """The rollen of this account that open one of these taken at `now`, each with the kenmerken of the organisatie.

    Two queries. namens as for `rechten_op`.
    """
    organisatie = namens.pk if namens else account.organisatie_id
    kenmerken = (
        AutorisatieKenmerk.objects.filter(
            live(now),
            live(now, "kenmerk__organisatiekenmerken__"),
            kenmerk__organisatiekenmerken__organisatie=organisatie,
        )
        .select_related("kenmerk")
        .order_by("kenmerk__waarde")
    )
    grants = Autorisatie.objects.live(now)
    grants = grants.filter(machtiging__verlener=namens) if namens else grants.eigen()
    rows = grants.filter(live(now, "rol__taakrollen__"), account=account, rol__taakrollen__taak__in=taken)
    return list(
        rows.select_related("rol").prefetch_related(Prefetch("kenmerken", kenmerken)).order_by("rol__naam").distinct()
    )

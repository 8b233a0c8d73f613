"""What a browser's session knows of a login at eHerkenning. Keys and shapes stand here and nowhere else."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from koppeling.models import Middel
from koppeling.rules import KOPPELEN_BINNEN

INLOG = "eherkenning"  # of the account that is logged in: middel, kvk, loa, service, vestigingen, aantal
VOLGENDE = "na_inloggen"  # the page of ours that was asked for before logging in
MACHTIGINGEN = "machtigingen"  # whether the organisatie of the account had a machtiging of another one at the login
PROCES = "koppelproces"  # of a middel that is not (yet) logged in


@dataclass(frozen=True, slots=True)
class Proces:
    """A verified middel on its way to an account: to the chooser or through the koppelproces.

    begonnen is the moment (ISO 8601) from which it may take an hour; stap the highest step that was completed; privacy
    and voorwaarden the versions that were accepted, akkoord_op (ISO 8601) when the second of them was (R09).
    """

    inlog: dict[str, Any]
    begonnen: str
    stap: int = 1
    privacy: int = 0
    voorwaarden: int = 0
    akkoord_op: str = ""

    @property
    def middel_id(self) -> int:
        return int(self.inlog["middel"])

    @property
    def keten(self) -> bool:
        """Whether the login rests on a ketenmachtiging."""
        return bool(self.inlog.get("intermediair"))


def park(request: HttpRequest, proces: Proces) -> None:
    """Remember the process in this browser's session."""
    request.session[PROCES] = asdict(proces)


def parked(request: HttpRequest, *, now: datetime) -> Proces | None:
    """The process of this browser; None when there is none, or when it began more than an hour ago."""
    data = request.session.get(PROCES)
    if data is None:
        return None
    proces = Proces(**data)
    if now - datetime.fromisoformat(proces.begonnen) > KOPPELEN_BINNEN:
        forget(request)
        return None
    return proces


def forget(request: HttpRequest) -> None:
    """End the process in this browser."""
    request.session.pop(PROCES, None)


def middel_of(proces: Proces) -> Middel:
    """The middel of a process; it was stored when the login was verified."""
    return Middel.objects.get(pk=proces.middel_id)

"""Faults the makelaar can play, chosen on its page: another status, or a case of the keuring from the same forge."""

from dataclasses import dataclass

from buitenwereld.keuring.geval import Geval, Verwacht, Weg
from buitenwereld.keuring.gevallen import GEVALLEN

_STATUS = "status van de makelaar"
# A form sends neither JSON nor XML, knows two methods, and returns the RelayState of the request.
_NOT_BY_FORM = {
    *("soort-json", "soort-xml", "soort-geen"),
    *("methode-put", "methode-delete", "methode-patch", "groot-relaystate"),
}


@dataclass(frozen=True, slots=True)
class Fout:
    """What is wrong with the answer: either another status (top and second code) or a case of the keuring.

    `vaker`: the same answer can be sent more than once, by hand: at once, later or from another browser.
    """

    naam: str
    groep: str
    codes: tuple[str, str] | None = None
    geval: Geval | None = None

    @property
    def vaker(self) -> bool:
        """Whether it is about sending one answer again, or from elsewhere."""
        return self.geval is not None and self.geval.weg not in {Weg.GEWOON, Weg.ONGEVRAAGD}


FOUTEN: dict[str, Fout] = {
    "niet-ondersteund": Fout(
        "Vraag wordt niet ondersteund (RequestUnsupported)", _STATUS, codes=("Requester", "RequestUnsupported")
    ),
    "mislukt": Fout("Inloggen is mislukt (AuthnFailed)", _STATUS, codes=("Responder", "AuthnFailed")),
    **{
        geval.naam: Fout(geval.tekst, geval.familie, geval=geval)
        for geval in GEVALLEN
        if geval.verwacht is not Verwacht.TOEGANG and geval.naam not in _NOT_BY_FORM
    },
}


def by_group() -> dict[str, dict[str, Fout]]:
    """The faults by group, in their order, for the list on the page."""
    groups: dict[str, dict[str, Fout]] = {}
    for key, fout in FOUTEN.items():
        groups.setdefault(fout.groep, {})[key] = fout
    return groups

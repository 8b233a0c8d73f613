from enum import StrEnum


class Niveau(StrEnum):
    """A level of assurance: its URI in AuthnContextClassRef, lowest first, with the name that people know.

    EH1 ended in 2021; EH3 is the minimum of Mijn DUO (R13).
    """

    EH1 = "urn:etoegang:core:assurance-class:loa1"
    EH2 = "urn:etoegang:core:assurance-class:loa2"
    EH2_PLUS = "urn:etoegang:core:assurance-class:loa2plus"
    EH3 = "urn:etoegang:core:assurance-class:loa3"
    EH4 = "urn:etoegang:core:assurance-class:loa4"

    @property
    def naam(self) -> str:
        """The name for people: EH1, EH2, EH2+, EH3 or EH4."""
        return self.name.replace("_PLUS", "+")

    @classmethod
    def of(cls, uri: str) -> "Niveau | None":
        """Return the level of this URI, or None for a URI that is no level of eHerkenning."""
        return next((niveau for niveau in cls if niveau == uri), None)


def meets(received: str, minimum: Niveau) -> bool:
    """Say whether a received URI is at least the minimum (R13); an unknown URI is below everything."""
    order = list(Niveau)
    return received in order and order.index(Niveau(received)) >= order.index(minimum)

"""An organisatie that lets another act for it (R30)."""

from datetime import datetime

from accounts.models import Kenmerk
from autorisatie.models import Autorisatie
from autorisatie.rules import Inlog
from autorisatie.services import beslis, list_taken
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_taak,
)

EH3 = Inlog("urn:etoegang:core:assurance-class:loa3")


class Wereld:
    """A school board that lets an office act for it, for one rol and one school, and somebody at that office."""

    def __init__(self) -> None:
        self.bestuur = make_organisatie()
        self.kantoor = make_organisatie("Kantoor De Teller", "90005555")
        self.rol, self.andere_rol = make_rol("ROD raadpleger"), make_rol("ROD beheerder")
        self.taak = make_taak("Leerlingdossier", self.rol, self.andere_rol)
        self.school, self.andere_school = make_kenmerk(self.bestuur, "21AZ"), make_kenmerk(self.bestuur, "22BB")
        self.machtiging = make_machtiging(self.bestuur, self.kantoor, [self.rol], [self.school])
        self.account = make_account(self.kantoor)
        self.beheerder = make_beheerder(self.kantoor)

    def give(self) -> Autorisatie:
        return grant(self.account, self.rol, self.school, machtiging=self.machtiging)

    def keten(self, op: datetime = NOW, inlog: Inlog | None = None, kenmerk: Kenmerk | None = None) -> tuple[bool, str]:
        """What `beslis` says for the board, and the last sentence of its explanation."""
        besluit = beslis(self.account, self.taak, kenmerk or self.school, op, inlog, self.bestuur)
        return besluit.mag, besluit.keten[-1]

    def shown(self, op: datetime = NOW, inlog: Inlog = EH3) -> bool:
        return list_taken(account=self.account, inlog=inlog, now=op, namens=self.bestuur).onderwerpen != []

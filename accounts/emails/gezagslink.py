from collections.abc import Callable
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac


@dataclass(frozen=True, slots=True)
class Gezagslink:
    """The links in mails of one kind to a bevoegd gezag; each is worth something only while the address is the same.

    zout: what makes a link of this kind useless for another.
    """

    zout: str

    def make(self, pk: int, email: str) -> str:
        """What the link carries: which row, and a mark of the address that it goes to."""
        return Signer(salt=self.zout).sign_object([pk, self.mark(email)])

    def read(self, token: str) -> tuple[int, Callable[[str], bool]]:
        """The row's id, and whether the link went to an address; 0 and never for what we did not make."""
        try:
            pk, mark = Signer(salt=self.zout).unsign_object(token)
        except (BadSignature, ValueError):
            return 0, lambda _: False
        return int(pk), lambda email: constant_time_compare(mark, self.mark(email))

    def mark(self, email: str) -> str:
        """What shows later whether the address is still the same, and not which it is."""
        return salted_hmac(f"{self.zout}.adres", email.lower(), algorithm="sha256").hexdigest()[:32]

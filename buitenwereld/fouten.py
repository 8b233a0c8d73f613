"""Faults the makelaar can play, chosen on its page: what is wrong with an otherwise good answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from buitenwereld.saml import Answer

FOREIGN_ENTITY_ID = "urn:etoegang:DV:00000009999999990000:entities:9001"


@dataclass(frozen=True, slots=True)
class Fout:
    """A name for the page, and either another status (top and second code) or a change of the answer."""

    naam: str
    codes: tuple[str, str] | None = None
    change: Callable[[Answer], Answer] | None = None


FOUTEN: dict[str, Fout] = {
    "niet-ondersteund": Fout("Vraag wordt niet ondersteund (RequestUnsupported)", ("Requester", "RequestUnsupported")),
    "mislukt": Fout("Inloggen is mislukt (AuthnFailed)", ("Responder", "AuthnFailed")),
    "andere-ontvanger": Fout(
        "Bestemd voor een andere dienstverlener", change=lambda answer: replace(answer, audience=FOREIGN_ENTITY_ID)
    ),
    "verlopen": Fout("Tien minuten oud", change=lambda answer: replace(answer, now=answer.now - timedelta(minutes=10))),
    "niet-ondertekend": Fout(
        "Zonder handtekening", change=lambda answer: replace(answer, sign_response=False, sign_assertion=False)
    ),
}

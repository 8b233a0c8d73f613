"""What comes of reading a Response: an Aanmelding, or a Geweigerd that says why in words for a log."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from koppeling.eherkenning.levels import Niveau


class Weigering(StrEnum):
    """Why nobody is logged in; each has its own page (R16)."""

    ONGELDIG = "ongeldig"
    NIVEAU_TE_LAAG = "niveau_te_laag"
    GEEN_DIENSTMACHTIGING = "geen_dienstmachtiging"
    GEANNULEERD = "geannuleerd"
    STORING = "storing"


class Check(StrEnum):
    """The check that a message failed: for the log and the counters, never for the visitor."""

    SIZE = "size"
    ENCODING = "encoding"
    XML = "xml"
    STRUCTURE = "structure"
    SCHEMA = "schema"
    DUPLICATE_ID = "duplicate_id"
    REFERENCE = "reference"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    ENCRYPTION = "encryption"
    STATUS = "status"
    ISSUER = "issuer"
    DESTINATION = "destination"
    IN_RESPONSE_TO = "in_response_to"
    TIME = "time"
    SUBJECT = "subject"
    RECIPIENT = "recipient"
    AUDIENCE = "audience"
    CONDITION = "condition"
    LEVEL = "level"
    SERVICE = "service"
    IDENTITY = "identity"
    RESTRICTION = "restriction"
    CHAIN = "chain"
    UNEXPECTED = "unexpected"


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not an error of ours
    """Raised inside this package only: `read_response` turns it into a Geweigerd."""

    def __init__(
        self,
        check: Check,
        weigering: Weigering = Weigering.ONGELDIG,
        *,
        statuscodes: tuple[str, ...] = (),
        loa: str | None = None,
    ) -> None:
        super().__init__(check)
        self.check = check
        self.weigering = weigering
        self.statuscodes = statuscodes
        self.loa = loa
        self.kvk: str | None = None


@dataclass(frozen=True, kw_only=True)
class Aanmelding:
    """A login that the makelaar vouches for. Who posted it, and whether it was used before, is for the caller to check.

    `not_on_or_after` is the moment from which the same message would be refused here: keep the claims on
    `response_id` and `assertion_id` until then. `vestigingen` (12 digits each) limit the authority of the person;
    `intermediair_kvk` is set with a ketenmachtiging.
    """

    pseudoniem: str = field(repr=False)
    kvk: str
    loa: Niveau
    service_id: str
    response_id: str
    assertion_id: str
    in_response_to: str
    issue_instant: datetime
    not_on_or_after: datetime
    authn_instant: datetime
    session_index: str | None = None
    vestigingen: tuple[str, ...] = ()
    intermediair_kvk: str | None = None
    bedrijfsnaam: str | None = None


@dataclass(frozen=True, kw_only=True)
class Geweigerd:
    """A refusal. `response_id` and `in_response_to` are filled only when the makelaar's signature on the Response held.

    `statuscodes` are the makelaar's, without their URN; `loa` is the received level when that was too low, and
    `kvk` then the organisation that the verified assertion names, if it names one.
    """

    weigering: Weigering
    check: Check
    statuscodes: tuple[str, ...] = ()
    loa: str | None = None
    kvk: str | None = None
    response_id: str | None = None
    in_response_to: str | None = None

    @property
    def ondertekend(self) -> bool:
        """Whether the makelaar itself sent this answer."""
        return self.response_id is not None

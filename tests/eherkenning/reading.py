"""The portal's side of a test: one configuration, and short ways to read what the forge made."""

from datetime import timedelta
from functools import cache

from lxml.etree import _Element

from koppeling.eherkenning.config import Eherkenning, load_config
from koppeling.eherkenning.outcome import Aanmelding, Check, Geweigerd, Weigering
from koppeling.eherkenning.response import read_response
from tests.eherkenning import forge
from tests.eherkenning.forge import Plan
from tests.eherkenning.makelaar import hm_metadata


@cache
def config(*hm: str, minimum: str = "loa3", sp: str = "sp", previous: str | None = None) -> Eherkenning:
    return load_config(
        hm_metadata=hm_metadata(*(hm or ("hm",))),
        entity_id=forge.DV,
        acs_url=forge.ACS,
        sp_key=forge.key(sp).key_pem,
        sp_cert=forge.key(sp).cert_pem,
        service_id=forge.DIENST,
        minimum_loa=forge.LOA + minimum,
        previous_sp_key=forge.key(previous).key_pem if previous else None,
        previous_sp_cert=forge.key(previous).cert_pem if previous else None,
    )


def read(
    message: Plan | _Element | bytes | str, *, using: Eherkenning | None = None, later: float = 0
) -> Aanmelding | Geweigerd:
    """Read a message `later` seconds after the moment that the forge calls now."""
    if isinstance(message, Plan):
        message = forge.response(message)
    text = message if isinstance(message, str) else forge.posted(message)
    return read_response(using or config(), text, now=forge.NOW + timedelta(seconds=later))


def accepted(message: Plan | _Element | bytes, *, using: Eherkenning | None = None, later: float = 0) -> Aanmelding:
    result = read(message, using=using, later=later)
    assert isinstance(result, Aanmelding), result
    return result


def refused(
    message: Plan | _Element | bytes | str,
    *checks: Check,
    weigering: Weigering = Weigering.ONGELDIG,
    using: Eherkenning | None = None,
    later: float = 0,
) -> Geweigerd:
    """Assert that the message was refused, and at one of these checks: at another one it would prove nothing."""
    result = read(message, using=using, later=later)
    assert isinstance(result, Geweigerd), result
    assert result.check in checks, result
    assert result.weigering is weigering
    return result

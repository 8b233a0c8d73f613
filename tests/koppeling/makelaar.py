"""The makelaar's answers for tests of the views: signed with the key that the settings of the tests trust."""

import base64
from dataclasses import replace
from datetime import datetime

from buitenwereld.keys import KeyPair
from buitenwereld.saml import Answer, Reader, build_response, build_status_response
from koppeling.eherkenning.config import Eherkenning
from tests.hm import ENTITY_ID
from tests.instellingen import HM_CERT, HM_KEY

SIGNER = KeyPair(HM_KEY.read_bytes(), HM_CERT.read_bytes())
PSEUDONIEM = f"{'A1' * 32}@{'0F' * 16}"


def answer(*, in_response_to: str, config: Eherkenning, now: datetime, **stated: object) -> bytes:
    """A good answer at EH3 for one person at KvK 90001354, but for what is stated otherwise."""
    good = Answer(
        in_response_to=in_response_to,
        destination=config.acs_url,
        reader=Reader(config.entity_id, config.sleutels[0].cert.encode(), config.sleutels[0].naam),
        audience=config.entity_id,
        service_id=config.service_id,
        pseudonym=PSEUDONIEM,
        kvk="90001354",
        company="Stichting De Regenboog",
        now=now,
        issuer=ENTITY_ID,
    )
    return build_response(replace(good, **stated), signer=SIGNER)  # type: ignore[arg-type]  # names of Answer's fields


def status(*codes: str, in_response_to: str, config: Eherkenning, now: datetime) -> bytes:
    """An answer without a login: the makelaar's status codes."""
    return build_status_response(
        in_response_to=in_response_to,
        destination=config.acs_url,
        codes=(codes[0], codes[1]),
        message="The user cancelled.",
        signer=SIGNER,
        now=now,
        issuer=ENTITY_ID,
    )


def posted(message: bytes) -> str:
    """The form field SAMLResponse."""
    return base64.b64encode(message).decode()

"""The forge of the keuring, on a stage of its own: a fixed moment, fixed names, and keys made once a run.

It shares nothing with koppeling.eherkenning nor with the makelaar of the demo, so that one mistake is not made twice.
"""

from datetime import UTC, datetime
from functools import cache

from lxml.etree import _Element

from buitenwereld.keuring import bouwstenen, vervalsing
from buitenwereld.keuring.bouwstenen import (
    AES128_CBC,
    AES128_GCM,
    AES256_CBC,
    AES256_GCM,
    C14N,
    ENVELOPED,
    EXC_C14N,
    NS,
    OAEP_11,
    OAEP_MGF1P,
    RSA_15,
    RSA_SHA1,
    RSA_SHA256,
    RSA_SHA512,
    SHA1,
    SHA512,
    Encrypting,
    Key,
    Signing,
    Toneel,
    canonical,
    element,
    find,
    posted,
)
from buitenwereld.keuring.vervalsing import (
    AD,
    KVK_TYPE,
    LOA,
    PSEUDO_TYPE,
    STATUS,
    Edit,
    Plan,
    attribute,
    leave,
    name_id,
)

__all__ = [
    "AD",
    "AES128_CBC",
    "AES128_GCM",
    "AES256_CBC",
    "AES256_GCM",
    "C14N",
    "ENVELOPED",
    "EXC_C14N",
    "KVK_TYPE",
    "LOA",
    "NS",
    "OAEP_11",
    "OAEP_MGF1P",
    "PSEUDO_TYPE",
    "RSA_15",
    "RSA_SHA1",
    "RSA_SHA256",
    "RSA_SHA512",
    "SHA1",
    "SHA512",
    "STATUS",
    "Edit",
    "Encrypting",
    "Plan",
    "Signing",
    "attribute",
    "canonical",
    "element",
    "find",
    "leave",
    "name_id",
    "posted",
]

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DV = "urn:etoegang:DV:00000001234567890000:entities:9001"
DIENST = "urn:etoegang:DV:00000001234567890000:services:9001"
ACS = "https://mijn.example/inloggen/eherkenning/acs/"
HM = "urn:etoegang:HM:00000009876543210000:entities:9002"
SSO = "https://makelaar.example/sso"
REQUEST_ID = "_verzoek-1"
PSEUDONIEM = "a" * 64 + "@" + "B" * 32
KVK = "12345678"


@cache
def key(name: str) -> Key:
    """Return the key of this party, the same one all through the run."""
    return bouwstenen.make_key(name, NOW)


TONEEL = Toneel(
    now=NOW, dv=DV, dienst=DIENST, acs=ACS, hm=HM, request_id=REQUEST_ID, pseudoniem=PSEUDONIEM, kvk=KVK, key=key
)


def moment(seconds: float = 0) -> str:
    return TONEEL.moment(seconds)


def sign(node: _Element, how: Signing) -> None:
    bouwstenen.sign(node, how, TONEEL)


def encrypt(plain: bytes, holder: _Element, how: Encrypting) -> None:
    bouwstenen.encrypt(plain, holder, how, TONEEL)


def identifier(value: str, qualifier: str, how: Encrypting | None = None) -> _Element:
    return vervalsing.identifier(value, qualifier, TONEEL, how)


def identity(
    pseudoniem: str = PSEUDONIEM, kvk: str = KVK, how: Encrypting | None = None, dienst: str = DIENST
) -> list[_Element]:
    """Return the attributes of an ordinary login."""
    return vervalsing.identity(TONEEL, pseudoniem=pseudoniem, kvk=kvk, how=how, dienst=dienst)


def response(plan: Plan | None = None) -> _Element:
    """Build, sign and encrypt by the plan; without one, a good answer at EH3."""
    return vervalsing.response(plan or Plan(), TONEEL)


def assertion(plan: Plan) -> _Element:
    return vervalsing.assertion(plan, TONEEL)

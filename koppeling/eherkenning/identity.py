"""Who it is: the attributes of the makelaar's assertion (eHerkenning, "Identificerende kenmerken")."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml.etree import _Element

from koppeling.eherkenning.document import SAML, text_of
from koppeling.eherkenning.outcome import Check, Refused, Weigering

PERSOON = "urn:etoegang:core:ActingSubjectID"
ORGANISATIE = "urn:etoegang:core:LegalSubjectID"
DIENST = "urn:etoegang:core:ServiceID"
DIENST_UUID = "urn:etoegang:core:ServiceUUID"
BEDRIJFSNAAM = "urn:etoegang:1.11:attribute-represented:CompanyName"
VESTIGING = "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr"

# The type of an identifier is the NameQualifier inside its EncryptedID. Older makelaars say 1.9 for the pseudonym.
_PSEUDONIEM_TYPES = ("urn:etoegang:1.13:EntityConcernedID:Pseudo", "urn:etoegang:1.9:EntityConcernedID:Pseudo")
_KVK_TYPES = ("urn:etoegang:1.9:EntityConcernedID:KvKnr",)
_INTERMEDIAIR_TYPES = ("urn:etoegang:1.9:IntermediateEntityID:KvKnr", *_KVK_TYPES)

# 97 signs in life (64 hex, "@", 32 hex), case as given; it must fit the database and hold no blanks.
_PSEUDONIEM = re.compile(r"[!-~]{1,191}")
_KVK = re.compile(r"\d{8}", re.ASCII)
_VESTIGING = re.compile(r"\d{12}", re.ASCII)
_INTERMEDIAIR = re.compile(r":Intermediate(Entity|Subject)ID")
_MAX_BEDRIJFSNAAM = 200


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The identifying part of an Aanmelding."""

    pseudoniem: str = field(repr=False)
    kvk: str
    vestigingen: tuple[str, ...]
    intermediair_kvk: str | None
    bedrijfsnaam: str | None


def read_identity(
    statement: _Element,
    *,
    service_id: str,
    service_uuid: str | None,
    decrypt: Callable[[_Element], _Element],
    plain_allowed: bool,
) -> Identity:
    """Read the one AttributeStatement; the transient NameID of the subject plays no part.

    plain_allowed: identifiers may stand there as NameID, because the whole assertion was encrypted; else only as
    EncryptedID. Another service, or no person or organisation in it, means that there is no dienstmachtiging. The
    ServiceUUID need not be sent; when it is, and we know ours, it must be ours.
    Unknown attributes are ignored, except those that limit what the person may do: these must be understood.
    """
    attributes: dict[str, _Element] = {}
    for attribute in statement.findall(f"{SAML}Attribute"):
        name = attribute.get("Name", "")
        if name in attributes:
            raise Refused(Check.IDENTITY)
        attributes[name] = attribute
    if _texts(attributes.get(DIENST)) != (service_id,):
        raise Refused(Check.SERVICE, Weigering.GEEN_DIENSTMACHTIGING)
    sent = attributes.get(DIENST_UUID)
    if service_uuid and sent is not None and [text.lower() for text in _texts(sent)] != [service_uuid]:
        raise Refused(Check.SERVICE, Weigering.GEEN_DIENSTMACHTIGING)

    def identifiers(attribute: _Element | None, types: tuple[str, ...]) -> set[str]:
        values = () if attribute is None else attribute.iterfind(f"{SAML}AttributeValue/*")
        found = [_name_id(value, decrypt, plain_allowed=plain_allowed) for value in values]
        matching = [text_of(name_id) for name_id in found if name_id.get("NameQualifier") in types]
        if len(matching) > 1:
            raise Refused(Check.IDENTITY)
        return set(matching)

    return Identity(
        pseudoniem=_require(identifiers(attributes.get(PERSOON), _PSEUDONIEM_TYPES), _PSEUDONIEM),
        kvk=_require(identifiers(attributes.get(ORGANISATIE), _KVK_TYPES), _KVK),
        vestigingen=_read_vestigingen(attributes),
        intermediair_kvk=_read_intermediair(attributes, identifiers),
        bedrijfsnaam=" ".join(" ".join(_texts(attributes.get(BEDRIJFSNAAM))).split())[:_MAX_BEDRIJFSNAAM] or None,
    )


def _name_id(value: _Element, decrypt: Callable[[_Element], _Element], *, plain_allowed: bool) -> _Element:
    if value.tag == f"{SAML}EncryptedID":
        value = decrypt(value)
    elif not plain_allowed:
        raise Refused(Check.IDENTITY)
    if value.tag != f"{SAML}NameID":
        raise Refused(Check.IDENTITY)
    return value


def _require(found: set[str], shape: re.Pattern[str]) -> str:
    if not found:
        raise Refused(Check.IDENTITY, Weigering.GEEN_DIENSTMACHTIGING)
    value = found.pop()
    if not shape.fullmatch(value):
        raise Refused(Check.IDENTITY)
    return value


def _read_vestigingen(attributes: Mapping[str, _Element]) -> tuple[str, ...]:
    """A restriction that we do not understand may not be passed over: the act could be void by the stelsel."""
    restrictions = {name for name in attributes if ":ServiceRestriction:" in name}
    vestigingen = _texts(attributes.get(VESTIGING))
    if (
        restrictions - {VESTIGING}
        or bool(restrictions) != bool(vestigingen)
        or not all(map(_VESTIGING.fullmatch, vestigingen))
    ):
        raise Refused(Check.RESTRICTION, Weigering.GEEN_DIENSTMACHTIGING)
    return vestigingen


def _read_intermediair(
    attributes: Mapping[str, _Element], identifiers: Callable[[_Element, tuple[str, ...]], set[str]]
) -> str | None:
    """With a ketenmachtiging one organisation stands between; a longer chain, or an unknown kind, is not accepted."""
    links = [attribute for name, attribute in attributes.items() if _INTERMEDIAIR.search(name)]
    if not links:
        return None
    found: set[str] = set()
    for link in links:
        plain = link.find(f"{SAML}AttributeValue/*") is None
        found |= set(_texts(link)) if plain else identifiers(link, _INTERMEDIAIR_TYPES)
    if len(found) != 1 or not _KVK.fullmatch(intermediair := found.pop()):
        raise Refused(Check.CHAIN, Weigering.GEEN_DIENSTMACHTIGING)
    return intermediair


def _texts(attribute: _Element | None) -> tuple[str, ...]:
    values = () if attribute is None else attribute.iterfind(f"{SAML}AttributeValue")
    return tuple(text_of(value) for value in values)

"""Our entry in the dienstencatalogus of eHerkenning: which service we are, at what level, and what we accept."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import xmlsec
from lxml import etree
from lxml.etree import _Element
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from koppeling.eherkenning.config import ConfiguratieFout, Eherkenning, Sleutel
from koppeling.eherkenning.document import DS, MD, SAML
from koppeling.eherkenning.identity import BEDRIJFSNAAM, VESTIGING
from koppeling.eherkenning.metadata import Dienstverlener

NS_CATALOGUS = "urn:etoegang:1.13:service-catalog"
ESC = f"{{{NS_CATALOGUS}}}"
_KVK = "urn:etoegang:1.9:EntityConcernedID:KvKnr"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# The longest that the schema of the catalogue allows.
MAX_NAAM, MAX_TEKST, MAX_ADRES = 64, 1024, 512


@dataclass(frozen=True, kw_only=True)
class Dienst:
    """What the catalogue tells people about the service, beside what the metadata say.

    privacy: the address of the privacy statement. productie: not for testing.
    """

    omschrijving: str
    adres: str
    privacy: str
    bedrijfsnaam_doel: str
    productie: bool


def service_catalogue(config: Eherkenning, dienstverlener: Dienstverlener, dienst: Dienst, *, now: datetime) -> bytes:
    """Return the signed ServiceCatalogue with our one service (catalogue 1.13, XSD of release 1.24).

    The definition has the ServiceUUID on which a machtiging is registered; its one instance has a UUID made from that
    and the ServiceID, so that it stays the same. Vestiging restrictions are accepted, as is a ketenmachtiging; there is
    no single sign-on. Raises ConfiguratieFout without a ServiceUUID, or when a text is too long for the catalogue.
    """
    if config.service_uuid is None:
        raise ConfiguratieFout("the service has no ServiceUUID yet")
    index = config.entity_id.rpartition(":")[2]
    environment = "P" if dienst.productie else "T"
    root = etree.Element(
        f"{ESC}ServiceCatalogue",
        {
            "ID": f"_{uuid.uuid5(uuid.UUID(config.service_uuid), now.isoformat()).hex}",
            f"{ESC}IssueInstant": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            f"{ESC}Version": f"urn:etoegang:1.13:service-catalogue:{environment}:{index}",
        },
        nsmap={
            "esc": NS_CATALOGUS,
            "ds": OneLogin_Saml2_Constants.NS_DS,
            "saml": OneLogin_Saml2_Constants.NS_SAML,
            "md": OneLogin_Saml2_Constants.NS_MD,
        },
    )
    provider = _add(root, f"{ESC}ServiceProvider", **_PUBLIC)
    _add(provider, f"{ESC}ServiceProviderID", config.oin)
    _add_text(provider, "OrganizationDisplayName", dienstverlener.naam, MAX_NAAM)
    _add_definition(provider, config, dienstverlener, dienst)
    _add_instance(provider, config, dienst)
    return _sign(root, config.sleutels[0])


_PUBLIC = {f"{ESC}IsPublic": "true"}


def _add_definition(parent: _Element, config: Eherkenning, dienstverlener: Dienstverlener, dienst: Dienst) -> None:
    definition = _add(parent, f"{ESC}ServiceDefinition", **_PUBLIC)
    _add(definition, f"{ESC}ServiceUUID", config.service_uuid)
    _add_text(definition, "ServiceName", dienstverlener.dienst, MAX_NAAM)
    _add_text(definition, "ServiceDescription", dienst.omschrijving, MAX_TEKST)
    _add_text(definition, "ServiceDescriptionURL", dienst.adres, MAX_ADRES)
    _add(definition, f"{SAML}AuthnContextClassRef", config.minimum_loa)
    _add(definition, f"{ESC}HerkenningsmakelaarId", _oin_of_makelaar(config))
    _add(definition, f"{ESC}EntityConcernedTypesAllowed", _KVK, setNumber="1")
    _add(definition, f"{ESC}ServiceRestrictionsAllowed", VESTIGING)
    attribute = _add(definition, f"{ESC}RequestedAttribute", Name=BEDRIJFSNAAM)
    _add_text(attribute, "PurposeStatement", dienst.bedrijfsnaam_doel, MAX_TEKST)


def _add_instance(parent: _Element, config: Eherkenning, dienst: Dienst) -> None:
    service_uuid = uuid.UUID(config.service_uuid)
    instance = _add(parent, f"{ESC}ServiceInstance", **_PUBLIC)
    _add(instance, f"{ESC}ServiceID", config.service_id)
    _add(instance, f"{ESC}ServiceUUID", str(uuid.uuid5(service_uuid, config.service_id)))
    _add(instance, f"{ESC}InstanceOfService", config.service_uuid)
    _add_text(instance, "ServiceURL", dienst.adres, MAX_ADRES)
    _add_text(instance, "PrivacyPolicyURL", dienst.privacy, MAX_ADRES)
    _add(instance, f"{ESC}HerkenningsmakelaarId", _oin_of_makelaar(config))
    _add(instance, f"{ESC}SSOSupport", "false")
    current = config.sleutels[0]
    key_info = _add(
        _add(_add(instance, f"{ESC}ServiceCertificate"), f"{MD}KeyDescriptor", use="encryption"), f"{DS}KeyInfo"
    )
    _add(key_info, f"{DS}KeyName", current.naam)
    certificate = OneLogin_Saml2_Utils.format_cert(current.cert, heads=False)
    _add(_add(key_info, f"{DS}X509Data"), f"{DS}X509Certificate", certificate)
    _add(instance, f"{ESC}ServiceIntermediation", intermediationAllowed="generalAvailable")


def _sign(root: _Element, sleutel: Sleutel) -> bytes:
    """Enveloped, first in the catalogue; python3-saml knows that place in metadata only."""
    template = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
    )
    root.insert(0, template)
    reference = xmlsec.template.add_reference(template, xmlsec.constants.TransformSha256, uri=f"#{root.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.template.add_key_name(xmlsec.template.ensure_key_info(template), sleutel.naam)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(sleutel.key, xmlsec.constants.KeyDataFormatPem)
    context.register_id(root, "ID")
    context.sign(template)
    return etree.tostring(root)


def _oin_of_makelaar(config: Eherkenning) -> str:
    parts = config.makelaar.entity_id.split(":")
    oin = parts[3] if len(parts) > 3 else ""  # noqa: PLR2004  # urn:etoegang:HM:<OIN>:entities:<n>
    if len(oin) != len(config.oin) or not oin.isdecimal():
        raise ConfiguratieFout("the entityID of the makelaar holds no OIN")
    return oin


def _add_text(parent: _Element, name: str, text: str, longest: int) -> None:
    if not 0 < len(text) <= longest:
        raise ConfiguratieFout(f"{name} must be 1 to {longest} characters")
    _add(parent, f"{ESC}{name}", text, **{_LANG: "nl"})


def _add(parent: _Element, tag: str, text: str | None = None, **attributes: str) -> _Element:
    element = etree.SubElement(parent, tag, attributes)
    element.text = text
    return element

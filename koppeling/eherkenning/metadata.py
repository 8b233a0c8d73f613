import hashlib
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.metadata import OneLogin_Saml2_Metadata
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from koppeling.eherkenning.config import Eherkenning
from koppeling.eherkenning.document import DS, MD
from koppeling.eherkenning.identity import BEDRIJFSNAAM

_EXTENSION = "urn:etoegang:1.13:metadata-extension"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, kw_only=True)
class Dienstverlener:
    """Who we are in the metadata: organisation, the name of the service, and whom the makelaar calls."""

    naam: str
    url: str
    dienst: str
    email: str
    telefoon: str


def sp_metadata(config: Eherkenning, dienstverlener: Dienstverlener) -> bytes:
    """Return our signed EntityDescriptor as the makelaar wants it (eHerkenning, "DV metadata for HM").

    Elements that the stelsel does not list must not be there: no NameIDFormat, logout address, validUntil or
    cacheDuration. One KeyDescriptor without `use` serves signing and encryption, and it is the current key's only:
    a key is rolled by publishing the next one. Without a clock in it, the same configuration gives the same bytes.
    """
    root = etree.Element(
        f"{MD}EntityDescriptor",
        {"entityID": config.entity_id, f"{{{_EXTENSION}}}version": "1.13"},
        nsmap={
            "md": OneLogin_Saml2_Constants.NS_MD,
            "ds": OneLogin_Saml2_Constants.NS_DS,
            "eme": _EXTENSION,
        },
    )
    descriptor = _add(
        root,
        "SPSSODescriptor",
        AuthnRequestsSigned="true",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=OneLogin_Saml2_Constants.NS_SAMLP,
    )
    current = config.sleutels[0]
    key_info = etree.SubElement(_add(descriptor, "KeyDescriptor"), f"{DS}KeyInfo")
    etree.SubElement(key_info, f"{DS}KeyName").text = current.naam
    certificate = etree.SubElement(etree.SubElement(key_info, f"{DS}X509Data"), f"{DS}X509Certificate")
    certificate.text = OneLogin_Saml2_Utils.format_cert(current.cert, heads=False)
    _add(
        descriptor,
        "AssertionConsumerService",
        index="1",
        isDefault="true",
        Binding=OneLogin_Saml2_Constants.BINDING_HTTP_POST,
        Location=config.acs_url,
    )
    service = _add(descriptor, "AttributeConsumingService", index=str(config.service_index), isDefault="true")
    _add(service, "ServiceName", dienstverlener.dienst, **{_LANG: "nl"})
    _add(service, "RequestedAttribute", Name=config.service_id)
    _add(service, "RequestedAttribute", Name=BEDRIJFSNAAM)
    organization = _add(root, "Organization")
    _add(organization, "OrganizationName", dienstverlener.naam, **{_LANG: "nl"})
    _add(organization, "OrganizationDisplayName", dienstverlener.naam, **{_LANG: "nl"})
    _add(organization, "OrganizationURL", dienstverlener.url, **{_LANG: "nl"})
    contact = _add(root, "ContactPerson", contactType="technical")
    _add(contact, "EmailAddress", dienstverlener.email)
    _add(contact, "TelephoneNumber", dienstverlener.telefoon)
    root.set("ID", f"_{hashlib.sha256(etree.tostring(root)).hexdigest()}")
    signed: bytes = OneLogin_Saml2_Metadata.sign_metadata(etree.tostring(root), current.key, current.cert)
    return signed


def _add(parent: _Element, name: str, text: str | None = None, **attributes: str) -> _Element:
    element = etree.SubElement(parent, f"{MD}{name}", attributes)
    element.text = text
    return element

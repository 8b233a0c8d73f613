"""A dienstverlener as small as can be: its metadata, its requests, and how it reads an answer."""

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote_plus

import xmlsec
from lxml import etree

from buitenwereld.keys import KeyPair, cert_base64, key_name
from buitenwereld.safexml import NS
from buitenwereld.saml import POST, sign

ENTITY_ID = "urn:etoegang:DV:00000001234567890000:entities:9001"
SERVICE_ID = "urn:etoegang:DV:00000001234567890000:services:9001"
ACS = "http://127.0.0.1:8000/accounts/eherkenning/acs/"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def metadata(pair: KeyPair, *, key_name_text: str | None = None) -> bytes:
    """Metadata of the test's dienstverlener, unsigned; two answer addresses, one service."""
    name = key_name(pair.cert_pem) if key_name_text is None else key_name_text
    return f"""<md:EntityDescriptor xmlns:md="{NS["md"]}" xmlns:ds="{NS["ds"]}" entityID="{ENTITY_ID}">
      <md:SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="{NS["samlp"]}">
        <md:KeyDescriptor><ds:KeyInfo><ds:KeyName>{name}</ds:KeyName><ds:X509Data>
          <ds:X509Certificate>{cert_base64(pair.cert_pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
        </md:KeyDescriptor>
        <md:AssertionConsumerService index="0" Binding="{POST}" Location="{ACS}oud/"/>
        <md:AssertionConsumerService index="1" isDefault="true" Binding="{POST}" Location="{ACS}"/>
        <md:AttributeConsumingService index="9001" isDefault="true">
          <md:RequestedAttribute Name="{SERVICE_ID}"/>
          <md:RequestedAttribute Name="urn:etoegang:1.11:attribute-represented:CompanyName"/>
        </md:AttributeConsumingService>
      </md:SPSSODescriptor></md:EntityDescriptor>""".encode()


@dataclass
class Request:
    """An AuthnRequest; tests change a field to make it wrong. `attributes` with an empty value are left out."""

    sso_url: str
    issuer: str = ENTITY_ID
    loa: str = "loa3"
    attributes: dict[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def element(self) -> etree._Element:
        attributes = {
            "ID": "_vraag1",
            "Version": "2.0",
            "IssueInstant": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": self.sso_url,
            "ForceAuthn": "true",
            "AssertionConsumerServiceIndex": "1",
            "AttributeConsumingServiceIndex": "9001",
            **self.attributes,
        }
        root = etree.Element(f"{{{NS['samlp']}}}AuthnRequest", nsmap={"samlp": NS["samlp"], "saml": NS["saml"]})
        root.attrib.update({name: value for name, value in attributes.items() if value})
        etree.SubElement(root, f"{{{NS['saml']}}}Issuer").text = self.issuer
        context = etree.SubElement(root, f"{{{NS['samlp']}}}RequestedAuthnContext", Comparison="minimum")
        reference = etree.SubElement(context, f"{{{NS['saml']}}}AuthnContextClassRef")
        reference.text = f"urn:etoegang:core:assurance-class:{self.loa}"
        return root

    def query(self, pair: KeyPair, *, relay_state: str = "r1", algorithm: str = RSA_SHA256) -> str:
        """Signed query string for HTTP-Redirect."""
        return signed_query(etree.tostring(self.element()), pair, relay_state=relay_state, algorithm=algorithm)

    def form(self, pair: KeyPair, *, relay_state: str = "r1") -> dict[str, str]:
        """Signed form for HTTP-POST."""
        root = self.element()
        sign(root, pair, position=1)
        return {"SAMLRequest": base64.b64encode(etree.tostring(root)).decode(), "RelayState": relay_state}


def signed_query(xml: bytes, pair: KeyPair, *, relay_state: str = "r1", algorithm: str = RSA_SHA256) -> str:
    """Query string around any bytes, signed as a dienstverlener signs."""
    packer = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(packer.compress(xml) + packer.flush()).decode()
    query = f"SAMLRequest={quote_plus(packed)}&RelayState={quote_plus(relay_state)}&SigAlg={quote_plus(algorithm)}"
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair.key_pem, xmlsec.constants.KeyDataFormatPem)
    signature = context.sign_binary(query.encode(), xmlsec.constants.TransformRsaSha256)
    return f"{query}&Signature={quote_plus(base64.b64encode(signature).decode())}"


def verifies(element: etree._Element, cert_pem: bytes) -> bool:
    """Whether the signature that is a child of `element` covers it and was made with this certificate's key."""
    signature = element.find("ds:Signature", NS)
    if signature is None:
        return False
    context = xmlsec.SignatureContext()
    context.register_id(element, "ID")
    context.key = xmlsec.Key.from_memory(cert_pem, xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    reference = signature.find("ds:SignedInfo/ds:Reference", NS)
    return reference is not None and reference.get("URI") == f"#{element.get('ID')}"


def identifiers(response: bytes, pair: KeyPair) -> dict[str, tuple[str, str]]:
    """Decrypted identifiers by attribute name, each as (NameQualifier, value)."""
    found = {}
    path = "saml:Assertion/saml:AttributeStatement/saml:Attribute"
    for attribute in etree.fromstring(response).findall(path, NS):
        encrypted = attribute.find("saml:AttributeValue/saml:EncryptedID", NS)
        if encrypted is not None:
            name_id = decrypt(etree.tostring(encrypted), pair)
            found[attribute.get("Name", "")] = (name_id.get("NameQualifier", ""), name_id.text or "")
    return found


def decrypt(encrypted_id: bytes, pair: KeyPair) -> etree._Element:
    """NameID inside an EncryptedID whose key is a sibling; xmlsec wants that key inside KeyInfo."""
    root = etree.fromstring(encrypted_id)
    data, key = root.find("xenc:EncryptedData", NS), root.find("xenc:EncryptedKey", NS)
    assert data is not None
    assert key is not None
    info = data.find("ds:KeyInfo", NS)
    assert info is not None
    method = info.find("ds:RetrievalMethod", NS)
    assert method is not None
    assert method.get("URI") == f"#{key.get('Id')}"
    info.replace(method, key)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pair.key_pem, xmlsec.constants.KeyDataFormatPem))
    root = etree.fromstring(etree.tostring(root))
    xmlsec.EncryptionContext(manager).decrypt(root[0])
    return etree.fromstring(etree.tostring(root))[0]

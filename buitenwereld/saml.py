"""The messages a herkenningsmakelaar sends, as pure functions: what goes in is all that comes out.

Forms as in `eherkenning.md`, sections 3, 4, 5 and 8c. Signing is xmlsec's work; the identifiers are encrypted with
cryptography, so that the reader of an `EncryptedID` (xmlsec too) is not checked by its own twin.
"""

import base64
import hmac
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from buitenwereld.keys import KeyPair, cert_base64, key_name
from buitenwereld.safexml import NS

HM_ENTITY_ID = "urn:etoegang:HM:00000009876543210000:entities:9002"
AD_ENTITY_ID = "urn:etoegang:AD:00000001111111110000:entities:9003"
MR_ENTITY_ID = "urn:etoegang:MR:00000002222222220000:entities:9004"
LEVELS = {"EH1": "loa1", "EH2": "loa2", "EH2+": "loa2plus", "EH3": "loa3", "EH4": "loa4"}
CLASS_REF = "urn:etoegang:core:assurance-class:"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PSEUDO = "urn:etoegang:1.13:EntityConcernedID:Pseudo"
KVKNR = "urn:etoegang:1.9:EntityConcernedID:KvKnr"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
XS, XSI = "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/2001/XMLSchema-instance"
XACML_SAML = "urn:oasis:xacml:2.0:saml:assertion:schema:os"
XACML = "urn:oasis:names:tc:xacml:2.0:context:schema:os"
NSMAP = {"samlp": NS["samlp"], "saml": NS["saml"], "xs": XS, "xsi": XSI}
CLOCK_MARGIN = timedelta(seconds=5)
AES_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom an identifier is encrypted: entityID, certificate (PEM) and the KeyName in its metadata."""

    entity_id: str
    cert_pem: bytes
    key_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a Response says. A forged one is `dataclasses.replace` of a good one."""

    in_response_to: str
    destination: str
    reader: Reader
    audience: str
    service_id: str
    pseudonym: str
    kvk: str
    company: str
    now: datetime
    loa: str = "loa3"
    issuer: str = HM_ENTITY_ID
    valid_for: timedelta = timedelta(minutes=2)
    vestigingsnr: str = ""
    gcm: bool = False
    sign_response: bool = True
    sign_assertion: bool = True


def pseudonym(secret: bytes, oin: str, persona_id: str, kvk: str) -> str:
    """Pseudonym of one middel for one organisatie at one dienstverlener: 64 hex, @, 32 hex; the same every time."""
    what = f"{oin}|{persona_id}|{kvk}".encode()
    return f"{hmac.digest(secret, what, 'sha256').hex()}@{hmac.digest(secret, b'@' + what, 'sha256').hex()[:32]}"


def build_response(answer: Answer, *, signer: KeyPair, advice: tuple[KeyPair, KeyPair] | None = None) -> bytes:
    """A Response with one Assertion as XML bytes, signed by `signer`.

    `advice` is the key of the AD and of the MR: with it both add their own signed assertion, as real brokers pass on.
    """
    response = _response(answer.issuer, answer.destination, answer.in_response_to, answer.now)
    _status(response, "Success")
    assertion = _assertion(response, answer.issuer, answer.now)
    _subject(assertion, answer)
    conditions = _conditions(assertion, answer)
    _sub(_sub(conditions, "saml:AudienceRestriction"), "saml:Audience", answer.audience)
    if advice:
        _advice(assertion, answer, *advice)
    _authn_statement(assertion, answer)
    _attributes(assertion, answer)
    if answer.sign_assertion:
        sign(assertion, signer, position=1)
    if answer.sign_response:
        sign(response, signer, position=1)
    return etree.tostring(response)


def build_status_response(
    *,
    in_response_to: str,
    destination: str,
    codes: tuple[str, str],
    message: str,
    signer: KeyPair,
    now: datetime,
    issuer: str = HM_ENTITY_ID,
) -> bytes:
    """A signed Response without an assertion; `codes` as in section 4, for instance Responder and AuthnFailed."""
    response = _response(issuer, destination, in_response_to, now)
    status = _status(response, *codes)
    _sub(status, "samlp:StatusMessage", message)
    sign(response, signer, position=1)
    return etree.tostring(response)


def build_metadata(*, sso_url: str, signers: tuple[KeyPair, ...], entity_id: str = HM_ENTITY_ID) -> bytes:
    """Signed metadata of the makelaar with one KeyDescriptor for each key; the first key signs."""
    root = etree.Element(f"{{{NS['md']}}}EntityDescriptor", nsmap={"md": NS["md"], "ds": NS["ds"]})
    root.attrib.update({"ID": _id(), "entityID": entity_id})
    descriptor = _sub(
        root, "md:IDPSSODescriptor", WantAuthnRequestsSigned="true", protocolSupportEnumeration=NS["samlp"]
    )
    for pair in signers:
        info = _sub(_sub(descriptor, "md:KeyDescriptor", use="signing"), "ds:KeyInfo")
        _sub(info, "ds:KeyName", key_name(pair.cert_pem))
        _sub(_sub(info, "ds:X509Data"), "ds:X509Certificate", cert_base64(pair.cert_pem))
    for binding in (REDIRECT, POST):
        _sub(descriptor, "md:SingleSignOnService", Binding=binding, Location=sso_url)
    sign(root, signers[0], position=0)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def sign(element: etree._Element, signer: KeyPair, *, position: int) -> None:
    """Put an enveloped RSA-SHA256 signature over `element` (by ID) at child `position`; KeyInfo is a KeyName only."""
    signature = xmlsec.template.create(
        element, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
    )
    element.insert(position, signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.template.add_key_name(xmlsec.template.ensure_key_info(signature), key_name(signer.cert_pem))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(signer.key_pem, xmlsec.constants.KeyDataFormatPem)
    context.register_id(element, "ID")
    context.sign(signature)


def encrypted_id(value: str, qualifier: str, reader: Reader, *, gcm: bool = False) -> etree._Element:
    """An `EncryptedID` around a persistent NameID: AES-256 (CBC, or GCM) with its RSA-OAEP key as a sibling."""
    name_id = etree.Element(f"{{{NS['saml']}}}NameID", nsmap={"saml": NS["saml"]})
    name_id.attrib.update({"Format": PERSISTENT, "NameQualifier": qualifier})
    name_id.text = value
    session_key = os.urandom(32)
    data_id, key_id = _id(), _id()
    root = etree.Element(f"{{{NS['saml']}}}EncryptedID", nsmap={"saml": NS["saml"], "xenc": NS["xenc"], "ds": NS["ds"]})
    data = _sub(root, "xenc:EncryptedData", Id=data_id, Type=NS["xenc"] + "Element")
    method = "http://www.w3.org/2009/xmlenc11#aes256-gcm" if gcm else NS["xenc"] + "aes256-cbc"
    _sub(data, "xenc:EncryptionMethod", Algorithm=method)
    _sub(_sub(data, "ds:KeyInfo"), "ds:RetrievalMethod", Type=NS["xenc"] + "EncryptedKey", URI=f"#{key_id}")
    plain = etree.tostring(name_id, method="c14n", exclusive=True)
    _cipher_value(data, _gcm(session_key, plain) if gcm else _cbc(session_key, plain))
    key = _sub(root, "xenc:EncryptedKey", Id=key_id, Recipient=reader.entity_id)
    method_element = _sub(key, "xenc:EncryptionMethod", Algorithm=NS["xenc"] + "rsa-oaep-mgf1p")
    _sub(method_element, "ds:DigestMethod", Algorithm=NS["ds"] + "sha1")
    _sub(_sub(key, "ds:KeyInfo"), "ds:KeyName", reader.key_name)
    _cipher_value(key, _oaep(reader.cert_pem, session_key))
    _sub(_sub(key, "xenc:ReferenceList"), "xenc:DataReference", URI=f"#{data_id}")
    return root


def _id() -> str:
    return f"_{uuid.uuid4().hex}"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sub(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    prefix, _, tag = name.partition(":")
    element = etree.SubElement(parent, f"{{{NS[prefix]}}}{tag}")
    element.attrib.update(attributes)
    element.text = text
    return element


def _response(issuer: str, destination: str, in_response_to: str, now: datetime) -> etree._Element:
    response = etree.Element(f"{{{NS['samlp']}}}Response", nsmap=NSMAP)
    response.attrib.update(
        {
            "ID": _id(),
            "InResponseTo": in_response_to,
            "Version": "2.0",
            "IssueInstant": _time(now),
            "Destination": destination,
        }
    )
    _sub(response, "saml:Issuer", issuer)
    return response


def _status(response: etree._Element, *codes: str) -> etree._Element:
    status = _sub(response, "samlp:Status")
    parent = status
    for code in codes:
        parent = _sub(parent, "samlp:StatusCode", Value=STATUS + code)
    return status


def _assertion(parent: etree._Element, issuer: str, now: datetime) -> etree._Element:
    assertion = _sub(parent, "saml:Assertion", ID=_id(), Version="2.0", IssueInstant=_time(now))
    _sub(assertion, "saml:Issuer", issuer)
    return assertion


def _subject(assertion: etree._Element, answer: Answer) -> None:
    subject = _sub(assertion, "saml:Subject")
    _sub(subject, "saml:NameID", str(uuid.uuid4()), Format=TRANSIENT, NameQualifier=AD_ENTITY_ID)
    confirmation = _sub(subject, "saml:SubjectConfirmation", Method=BEARER)
    _sub(
        confirmation,
        "saml:SubjectConfirmationData",
        InResponseTo=answer.in_response_to,
        Recipient=answer.destination,
        NotOnOrAfter=_time(answer.now + answer.valid_for),
    )


def _conditions(assertion: etree._Element, answer: Answer) -> etree._Element:
    start, end = _time(answer.now - CLOCK_MARGIN), _time(answer.now + answer.valid_for)
    return _sub(assertion, "saml:Conditions", NotBefore=start, NotOnOrAfter=end)


def _authn_statement(assertion: etree._Element, answer: Answer) -> None:
    statement = _sub(assertion, "saml:AuthnStatement", AuthnInstant=_time(answer.now), SessionIndex=str(uuid.uuid4()))
    context = _sub(statement, "saml:AuthnContext")
    _sub(context, "saml:AuthnContextClassRef", CLASS_REF + answer.loa)
    _sub(context, "saml:AuthenticatingAuthority", AD_ENTITY_ID)


def _attributes(assertion: etree._Element, answer: Answer) -> None:
    statement = _sub(assertion, "saml:AttributeStatement")
    _plain(statement, "urn:etoegang:core:ServiceID", answer.service_id)
    _plain(statement, "urn:etoegang:core:ServiceUUID", str(uuid.uuid5(uuid.NAMESPACE_URL, answer.service_id)))
    for name, qualifier, value in (
        ("urn:etoegang:core:ActingSubjectID", PSEUDO, answer.pseudonym),
        ("urn:etoegang:core:LegalSubjectID", KVKNR, answer.kvk),
    ):
        attribute = _sub(_sub(statement, "saml:Attribute", Name=name), "saml:AttributeValue")
        attribute.append(encrypted_id(value, qualifier, answer.reader, gcm=answer.gcm))
    if answer.vestigingsnr:
        _plain(statement, "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr", answer.vestigingsnr)
    _plain(statement, "urn:etoegang:1.11:attribute-represented:CompanyName", answer.company)


def _plain(statement: etree._Element, name: str, value: str) -> None:
    element = _sub(_sub(statement, "saml:Attribute", Name=name), "saml:AttributeValue", value)
    element.set(f"{{{XSI}}}type", "xs:string")


def _advice(assertion: etree._Element, answer: Answer, ad: KeyPair, mr: KeyPair) -> None:
    """Evidence of the AD (encrypted for the MR) and of the MR; the dienstverlener needs neither."""
    advice = _sub(assertion, "saml:Advice")
    register = Reader(MR_ENTITY_ID, mr.cert_pem, key_name(mr.cert_pem))
    by_ad = _assertion(advice, AD_ENTITY_ID, answer.now)
    _subject(by_ad, answer)
    restriction = _sub(_conditions(by_ad, answer), "saml:AudienceRestriction")
    for audience in (answer.issuer, MR_ENTITY_ID, answer.audience):
        _sub(restriction, "saml:Audience", audience)
    _authn_statement(by_ad, answer)
    attributes = _sub(by_ad, "saml:AttributeStatement")
    _plain(attributes, "urn:etoegang:core:Representation", "true")
    _plain(attributes, "urn:etoegang:core:AuthorizationRegistryID", MR_ENTITY_ID)
    value = _sub(_sub(attributes, "saml:Attribute", Name="urn:etoegang:core:ActingSubjectID"), "saml:AttributeValue")
    value.append(encrypted_id(uuid.uuid4().hex, PSEUDO, register))
    sign(by_ad, ad, position=1)

    by_mr = _assertion(advice, MR_ENTITY_ID, answer.now)
    _subject(by_mr, answer)
    _conditions(by_mr, answer)
    statement = etree.SubElement(by_mr, f"{{{NS['saml']}}}Statement", nsmap={"xacml-saml": XACML_SAML})
    statement.set(f"{{{XSI}}}type", "xacml-saml:XACMLAuthzDecisionStatementType")
    result = etree.SubElement(etree.SubElement(statement, f"{{{XACML}}}Response"), f"{{{XACML}}}Result")
    etree.SubElement(result, f"{{{XACML}}}Decision").text = "Permit"
    sign(by_mr, mr, position=1)


def _cipher_value(parent: etree._Element, data: bytes) -> None:
    _sub(_sub(parent, "xenc:CipherData"), "xenc:CipherValue", base64.b64encode(data).decode())


def _cbc(key: bytes, plain: bytes) -> bytes:
    missing = AES_BLOCK - len(plain) % AES_BLOCK
    vector = os.urandom(AES_BLOCK)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return vector + encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()


def _gcm(key: bytes, plain: bytes) -> bytes:
    vector = os.urandom(12)
    return vector + AESGCM(key).encrypt(vector, plain, None)


def _oaep(cert_pem: bytes, session_key: bytes) -> bytes:
    public = x509.load_pem_x509_certificate(cert_pem).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError("Het certificaat voor versleuteling heeft geen RSA-sleutel.")
    sha1 = hashes.SHA1()  # noqa: S303  rsa-oaep-mgf1p names SHA-1; it carries no signature
    return public.encrypt(session_key, padding.OAEP(mgf=padding.MGF1(sha1), algorithm=sha1, label=None))

"""Keys, signatures and encryption for forged messages: canonical XML by lxml, the rest by cryptography.

None of it is done by the library that checks it, so that one mistake is not made twice.
"""

import base64
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from lxml import etree
from lxml.etree import _Element

from buitenwereld.keys import KeyPair

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
DECLARED = " ".join(f'xmlns:{prefix}="{NS[prefix]}"' for prefix in ("samlp", "saml", "xs", "xsi"))

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
HASHES: dict[str, hashes.HashAlgorithm] = {
    RSA_SHA1: hashes.SHA1(),  # noqa: S303 - made in order to be refused
    RSA_SHA256: hashes.SHA256(),
    RSA_SHA512: hashes.SHA512(),
    SHA1: hashes.SHA1(),  # noqa: S303 - made in order to be refused
    SHA256: hashes.SHA256(),
    SHA512: hashes.SHA512(),
}

AES256_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
AES128_CBC = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
AES128_GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
OAEP_MGF1P = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
OAEP_11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
RSA_15 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"


@dataclass(frozen=True)
class Key:
    """What is known of a party's key pair: of the portal's only the certificate, whose KeyName is in its metadata."""

    cert: x509.Certificate = field(repr=False)
    private: rsa.RSAPrivateKey | None = field(default=None, repr=False)
    name_in_metadata: str = ""

    @property
    def key_pem(self) -> str:
        """The private key, PEM."""
        return (
            self.signing_key()
            .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            .decode()
        )

    @property
    def cert_pem(self) -> str:
        """The certificate, PEM."""
        return self.cert.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def cert_base64(self) -> str:
        """The certificate as `ds:X509Certificate` wants it."""
        return base64.b64encode(self.cert.public_bytes(serialization.Encoding.DER)).decode()

    @property
    def key_name(self) -> str:
        """The KeyName: what the metadata says, else the SHA-256 fingerprint in hex."""
        return self.name_in_metadata or self.cert.fingerprint(hashes.SHA256()).hex()

    def signing_key(self) -> rsa.RSAPrivateKey:
        """The private key. ValueError when we do not have it."""
        if self.private is None:
            raise ValueError("only the certificate of this party is known")
        return self.private

    def public_key(self) -> rsa.RSAPublicKey:
        """The public key. TypeError when it is no RSA key."""
        public = self.cert.public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            raise TypeError("the certificate holds no RSA key")
        return public


def make_key(name: str, now: datetime) -> Key:
    """A new RSA-2048 key with a certificate that it signed itself, good for ten years from a day before `now`."""
    private = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    return Key(cert, private)


def key_of(pair: KeyPair) -> Key:
    """The key pair as the forge knows it. ValueError when it cannot be read, TypeError when it is no RSA key."""
    private = serialization.load_pem_private_key(pair.key_pem, None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("the private key is no RSA key")
    return Key(x509.load_pem_x509_certificate(pair.cert_pem), private)


def certificate_key(cert_pem: bytes, name_in_metadata: str) -> Key:
    """What is known of the portal's key: its certificate, and the KeyName in its metadata."""
    return Key(x509.load_pem_x509_certificate(cert_pem), name_in_metadata=name_in_metadata)


class Sleutelbos:
    """Keys by their owner: those that are given, and anybody else's, made when it is first asked for."""

    def __init__(self, known: Mapping[str, Key], now: datetime) -> None:
        self._keys = dict(known)
        self._now = now

    def __call__(self, name: str) -> Key:
        """The key of this party, the same one each time."""
        if name not in self._keys:
            self._keys[name] = make_key(name, self._now)
        return self._keys[name]


@dataclass(frozen=True)
class Toneel:
    """Who is on the stage: entityIDs, addresses, the moment, the request, the person, and the keys by their owner.

    `key` knows `hm` (the makelaar) and `sp` (the portal), and makes up any other on the spot. Without a `dienst_uuid`
    it follows from the ServiceID, as it does at the makelaar of the demo.
    """

    now: datetime
    dv: str
    dienst: str
    acs: str
    hm: str
    request_id: str
    pseudoniem: str
    kvk: str
    key: Callable[[str], Key] = field(repr=False)
    dienst_uuid: str = ""

    def moment(self, seconds: float = 0) -> str:
        """The moment so many seconds from now, as SAML writes it."""
        return (self.now + timedelta(seconds=seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def element(xml: str) -> _Element:
    """The root of this XML."""
    return etree.fromstring(xml)


def find(node: _Element, path: str) -> _Element:
    """The first element on this path; LookupError when there is none."""
    found = node.find(path, NS)
    if found is None:
        raise LookupError(path)
    return found


def canonical(node: _Element) -> bytes:
    """Exclusive canonical form, without comments."""
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def encoded(data: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(data).decode()


def posted(message: _Element | bytes) -> str:
    """The value of the form field SAMLResponse."""
    return encoded(message if isinstance(message, bytes) else etree.tostring(message))


@dataclass(frozen=True)
class Signing:
    """How to sign: with what, over what, and what to say about it."""

    by: str = "hm"
    method: str = RSA_SHA256
    digest: str = SHA256
    c14n: str = EXC_C14N
    transforms: Sequence[str] = (ENVELOPED, EXC_C14N)
    uri: str | None = None
    references: int = 1
    show_certificate: bool = False


def sign(node: _Element, how: Signing, toneel: Toneel) -> None:
    """Put an enveloped signature into the node, after its Issuer."""
    signer = toneel.key(how.by)
    digest = hashes.Hash(HASHES[how.digest])
    digest.update(canonical(node))
    uri = f"#{node.get('ID')}" if how.uri is None else how.uri
    transforms = "".join(f'<ds:Transform Algorithm="{step}"/>' for step in how.transforms)
    reference = (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{how.digest}"/>'
        f"<ds:DigestValue>{encoded(digest.finalize())}</ds:DigestValue></ds:Reference>"
    )
    shown = f"<ds:X509Data><ds:X509Certificate>{signer.cert_base64}</ds:X509Certificate></ds:X509Data>"
    signature = element(
        f'<ds:Signature xmlns:ds="{NS["ds"]}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{how.c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{how.method}"/>{reference * how.references}</ds:SignedInfo>'
        f"<ds:SignatureValue/><ds:KeyInfo><ds:KeyName>{signer.key_name}</ds:KeyName>{shown * how.show_certificate}"
        "</ds:KeyInfo></ds:Signature>"
    )
    signature[1].text = encoded(
        signer.signing_key().sign(canonical(signature[0]), rsa_padding.PKCS1v15(), HASHES[how.method])
    )
    node.insert(1, signature)


@dataclass(frozen=True)
class Encrypting:
    """How to encrypt: for whom, with what, and where the EncryptedKeys stand. recipient: "" names the portal."""

    to: Sequence[str] = ("sp",)
    recipient: str | None = ""
    data: str = AES256_CBC
    transport: str = OAEP_MGF1P
    style: str = "sibling"
    name_keys: bool = True


def encrypt(plain: bytes, holder: _Element, how: Encrypting, toneel: Toneel) -> None:
    """Fill the holder (EncryptedID or EncryptedAssertion) as the brokers do."""
    secret = os.urandom(16 if "128" in how.data else 32)
    if how.data in {AES256_GCM, AES128_GCM}:
        nonce = os.urandom(12)
        cipher_text = nonce + AESGCM(secret).encrypt(nonce, plain, None)
    else:
        vector = os.urandom(16)
        padder = padding.PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(secret), modes.CBC(vector)).encryptor()
        cipher_text = vector + encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    data_id = f"_{secrets.token_hex(8)}"
    keys = [_encrypted_key(secret, toneel.key(name), data_id, how, toneel) for name in how.to]
    nested = how.style == "nested"
    references = "".join(
        f'<ds:RetrievalMethod Type="{NS["xenc"]}EncryptedKey" URI="#{node.get("Id")}"/>' for node in keys if not nested
    )
    data = element(
        f'<xenc:EncryptedData xmlns:xenc="{NS["xenc"]}" xmlns:ds="{NS["ds"]}" Id="{data_id}" '
        f'Type="{NS["xenc"]}Element">'
        f'<xenc:EncryptionMethod Algorithm="{how.data}"/><ds:KeyInfo>{references}</ds:KeyInfo>'
        f"<xenc:CipherData><xenc:CipherValue>{encoded(cipher_text)}</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedData>"
    )
    for node in keys:
        (data[1] if nested else holder).append(node)
    holder.insert(0, data)


def _encrypted_key(secret: bytes, to: Key, data_id: str, how: Encrypting, toneel: Toneel) -> _Element:
    public, method = to.public_key(), ""
    if how.transport == RSA_15:
        wrapped = public.encrypt(secret, rsa_padding.PKCS1v15())
    else:
        digest: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303 - what the brokers use in OAEP
        if how.transport == OAEP_11:
            digest = hashes.SHA256()
            method = (
                f'<ds:DigestMethod Algorithm="{SHA256}"/>'
                f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{XENC11}mgf1sha256"/>'
            )
        wrapped = public.encrypt(secret, rsa_padding.OAEP(rsa_padding.MGF1(digest), digest, None))
    recipient = "" if how.recipient is None else f'Recipient="{how.recipient or toneel.dv}"'
    named = f"<ds:KeyInfo><ds:KeyName>{to.key_name}</ds:KeyName></ds:KeyInfo>" if how.name_keys else ""
    return element(
        f'<xenc:EncryptedKey xmlns:xenc="{NS["xenc"]}" xmlns:ds="{NS["ds"]}" Id="_{secrets.token_hex(8)}" {recipient}>'
        f'<xenc:EncryptionMethod Algorithm="{how.transport}">{method}</xenc:EncryptionMethod>{named}'
        f"<xenc:CipherData><xenc:CipherValue>{encoded(wrapped)}</xenc:CipherValue></xenc:CipherData>"
        f'<xenc:ReferenceList><xenc:DataReference URI="#{data_id}"/></xenc:ReferenceList></xenc:EncryptedKey>'
    )

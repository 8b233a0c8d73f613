"""What the protocol has to know: ourselves, our keys, the service, and the makelaar as its metadata describes it."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import xmlsec
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from koppeling.eherkenning.document import MD
from koppeling.eherkenning.levels import Niveau

# The entityID and ServiceID of a dienstverlener: its OIN and a number of its own (9000-9999 are test systems).
_ENTITY_ID = re.compile(r"urn:etoegang:DV:(\d{20}):entities:\d{1,4}")
_SERVICE_ID = re.compile(r"urn:etoegang:DV:(\d{20}):services:(\d{1,5})")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ConfiguratieFout(ValueError):  # noqa: N818 - a Dutch noun has no Error behind it
    """What we were given about ourselves does not fit together: a key, a certificate, an address or a name."""


class MetadataFout(ConfiguratieFout):
    """The metadata of the makelaar cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Makelaar:
    """The makelaar: entityID, address for a request by HTTP-Redirect, and its signing certificates (PEM, pinned)."""

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sleutel:
    """A key of ours. `naam` is the KeyName in our metadata: the certificate's SHA-256 fingerprint in hex."""

    naam: str
    key: str = field(repr=False)
    cert: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Eherkenning:
    """Everything about one connection; hashable, so that what is made from it is made once.

    `sleutels` is never empty: the current key signs, decrypts and is published; a previous one only decrypts, for
    makelaars that still use our old metadata. `service_uuid` is None as long as the dienstencatalogus does not know us.
    """

    entity_id: str
    acs_url: str
    service_id: str
    minimum_loa: Niveau
    provider_name: str
    sleutels: tuple[Sleutel, ...]
    makelaar: Makelaar
    service_uuid: str | None = None

    @property
    def oin(self) -> str:
        """The number of the dienstverlener, 20 digits, out of the entityID."""
        return self.entity_id.split(":")[3]

    @property
    def service_index(self) -> int:
        """The AttributeConsumingServiceIndex: the last part of the ServiceID."""
        return int(self.service_id.rpartition(":")[2])


def load_config(
    *,
    hm_metadata: bytes,
    entity_id: str,
    acs_url: str,
    sp_key: str,
    sp_cert: str,
    service_id: str,
    minimum_loa: str,
    previous_sp_key: str | None = None,
    previous_sp_cert: str | None = None,
    service_uuid: str | None = None,
    provider_name: str = "DUO",
) -> Eherkenning:
    """Check all of this and return it as one Eherkenning.

    Keys and certificates are PEM text, minimum_loa is the URI of a level. Raises MetadataFout or ConfiguratieFout,
    with a message that holds no key.
    """
    own, service = _ENTITY_ID.fullmatch(entity_id), _SERVICE_ID.fullmatch(service_id)
    if not own or not service or own[1] != service[1]:
        raise ConfiguratieFout("entityID and ServiceID must be urn:etoegang:DV:<OIN>:… with one and the same OIN")
    minimum = Niveau.of(minimum_loa)
    if minimum is None:
        raise ConfiguratieFout(f"{minimum_loa} is not a level of eHerkenning")
    if service_uuid and not _UUID.fullmatch(service_uuid):
        raise ConfiguratieFout("the ServiceUUID must be a UUID in lower case, with hyphens")
    sleutels = [_sleutel(sp_key, sp_cert)]
    if previous_sp_key or previous_sp_cert:
        if not previous_sp_key or not previous_sp_cert:
            raise ConfiguratieFout("the previous private key is given without its certificate, or the other way round")
        sleutels.append(_sleutel(previous_sp_key, previous_sp_cert))
    config = Eherkenning(
        entity_id=entity_id,
        acs_url=acs_url,
        service_id=service_id,
        minimum_loa=minimum,
        provider_name=provider_name,
        sleutels=tuple(sleutels),
        makelaar=_read_makelaar(hm_metadata),
        service_uuid=service_uuid or None,
    )
    try:
        saml_settings(config)
    except OneLogin_Saml2_Error as error:
        raise ConfiguratieFout(str(error)) from error
    return config


@lru_cache(maxsize=4)
def saml_settings(config: Eherkenning) -> OneLogin_Saml2_Settings:
    """python3-saml's settings, checked by it; made once per configuration."""
    current = config.sleutels[0]
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": config.entity_id,
                "assertionConsumerService": {
                    "url": config.acs_url,
                    "binding": OneLogin_Saml2_Constants.BINDING_HTTP_POST,
                },
                "x509cert": current.cert,
                "privateKey": current.key,
            },
            "idp": {
                "entityId": config.makelaar.entity_id,
                "singleSignOnService": {"url": config.makelaar.sso_url},
                "x509certMulti": {"signing": list(config.makelaar.certificates)},
            },
            "security": {
                "authnRequestsSigned": True,
                "wantMessagesSigned": True,
                "wantAssertionsSigned": True,
                "rejectDeprecatedAlgorithm": True,
                "allowSingleLabelDomains": True,
            },
        }
    )


@lru_cache(maxsize=4)
def verification_keys(config: Eherkenning) -> tuple[xmlsec.Key, ...]:
    """The makelaar's public keys, loaded once per configuration."""
    return tuple(
        xmlsec.Key.from_memory(cert, xmlsec.constants.KeyDataFormatCertPem) for cert in config.makelaar.certificates
    )


@lru_cache(maxsize=4)
def decryption_managers(config: Eherkenning) -> dict[str, xmlsec.KeysManager]:
    """Our private keys by KeyName, the current one first; made once, for a KeysManager takes 10 to 25 ms."""
    managers = {}
    for sleutel in config.sleutels:
        managers[sleutel.naam] = manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_memory(sleutel.key, xmlsec.constants.KeyDataFormatPem))
    return managers


def _sleutel(key: str, cert: str) -> Sleutel:
    probe = b"one key pair"
    try:
        signature = OneLogin_Saml2_Utils.sign_binary(probe, key)
    except xmlsec.Error:
        raise ConfiguratieFout(
            "our private key cannot be read: it must be an RSA key in PEM, without a password"
        ) from None
    if not OneLogin_Saml2_Utils.validate_binary_sign(probe, signature, cert):
        raise ConfiguratieFout("our certificate cannot be read, or is not that of our private key")
    return Sleutel(naam=OneLogin_Saml2_Utils.calculate_x509_fingerprint(cert, "sha256"), key=key, cert=cert)


def _read_makelaar(metadata: bytes) -> Makelaar:
    try:
        root = OneLogin_Saml2_XML.to_etree(metadata)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MetadataFout("the metadata is not XML, or holds a document type") from error
    if root.tag != f"{MD}EntityDescriptor" or len(root.findall(f"{MD}IDPSSODescriptor")) != 1:
        raise MetadataFout("the metadata must describe one makelaar: an EntityDescriptor with one IDPSSODescriptor")
    found = OneLogin_Saml2_IdPMetadataParser.parse(metadata)["idp"]
    entity_id, sso_url = found.get("entityId"), found.get("singleSignOnService", {}).get("url")
    if not entity_id or not sso_url:
        raise MetadataFout("the metadata lacks an entityID or an address for HTTP-Redirect")
    # The parser falls back to a certificate that is published for encryption only.
    if not OneLogin_Saml2_XML.query(
        root, "md:IDPSSODescriptor/md:KeyDescriptor[not(@use='encryption')]//ds:X509Certificate"
    ):
        raise MetadataFout("the metadata holds no certificate to check signatures with")
    published = [found["x509cert"]] if "x509cert" in found else found["x509certMulti"]["signing"]
    certificates = tuple(dict.fromkeys(OneLogin_Saml2_Utils.format_cert(cert) for cert in published))
    for certificate in certificates:
        try:
            xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
        except xmlsec.Error as error:
            raise MetadataFout("the metadata holds a certificate that cannot be read") from error
    return Makelaar(entity_id=entity_id, sso_url=sso_url, certificates=certificates)

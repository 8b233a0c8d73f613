"""The metadata of the makelaar as it comes from outside: whether it is the makelaar's, and until when it counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import xmlsec
from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from koppeling.eherkenning.config import MetadataFout
from koppeling.eherkenning.document import MD, parse, require_unique_ids
from koppeling.eherkenning.outcome import Refused
from koppeling.eherkenning.signature import verify

# One makelaar with several certificates and a logo takes about 30 kB.
MAX_BYTES = 1024 * 1024
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class HandtekeningFout(MetadataFout):
    """The metadata is not signed, or not by who we were told signs it."""


@dataclass(frozen=True, kw_only=True)
class HMDocument:
    """Metadata of which the origin was checked: `inhoud` is what the signature covers, without comments."""

    inhoud: bytes
    entity_id: str
    geldig_tot: datetime | None


def pem_certificates(text: str) -> tuple[str, ...]:
    """The certificates in a PEM file, which holds two while their owner changes his key. MetadataFout when none."""
    found = tuple(_CERTIFICATE.findall(text))
    if not found:
        raise MetadataFout("the file for the signer of the metadata holds no certificate in PEM")
    return found


def open_hm_metadata(raw: bytes, *, signers: Sequence[str]) -> HMDocument:
    """Check who signed this metadata, and when it ends; what it says is for load_config to read.

    signers: the certificates (PEM) of which one must have signed all of it; empty for a file that the operator put
    there himself. Raises HandtekeningFout, or MetadataFout for what is too large, odd or not XML.
    """
    if len(raw) > MAX_BYTES:
        raise MetadataFout(f"the metadata is larger than {MAX_BYTES} bytes")
    try:
        # No signature covers comments: they go before anything is read, and what is left is read strictly.
        inhoud = etree.tostring(OneLogin_Saml2_XML.to_etree(raw), method="c14n", with_comments=False)
        root = parse(inhoud)
        require_unique_ids(root)
    except (etree.LxmlError, ValueError, Refused) as error:
        raise MetadataFout("the metadata is not XML, or holds a document type") from error
    if root.tag != f"{MD}EntityDescriptor":
        raise MetadataFout("the metadata must describe one makelaar: an EntityDescriptor")
    if signers:
        try:
            verify(root, [xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem) for pem in signers])
        except xmlsec.Error as error:
            raise MetadataFout("the certificate of the signer of the metadata cannot be read") from error
        except Refused as refused:
            raise HandtekeningFout(f"the signature of the metadata does not hold: {refused.check}") from refused
    ends = [_moment(node.get("validUntil")) for node in (root, *root.findall(f"{MD}IDPSSODescriptor"))]
    return HMDocument(
        inhoud=inhoud,
        entity_id=root.get("entityID", ""),
        geldig_tot=min((end for end in ends if end is not None), default=None),
    )


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MetadataFout("validUntil of the metadata is not a moment in UTC")
    return moment

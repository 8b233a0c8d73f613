"""Opening an EncryptedID or EncryptedAssertion: only what a verified signature covers, so no oracle for strangers."""

import html
from collections.abc import Mapping
from typing import cast

import xmlsec
from lxml import etree
from lxml.etree import _Element
from onelogin.saml2.constants import OneLogin_Saml2_Constants

from koppeling.eherkenning.document import DS, NS_XENC11, XENC, only_child, parse, text_of
from koppeling.eherkenning.outcome import Check, Refused

_DATA = {OneLogin_Saml2_Constants.AES256_CBC, f"{NS_XENC11}aes256-gcm", f"{NS_XENC11}aes128-gcm"}
# OAEP with SHA-1 is what the brokers send; unlike in a signature, SHA-1 is not weak there.
_KEYS = {OneLogin_Saml2_Constants.RSA_OAEP_MGF1P, f"{NS_XENC11}rsa-oaep"}
_OAEP_PARTS = {f"{DS}DigestMethod", f"{{{NS_XENC11}}}MGF"}


def decrypt(holder: _Element, managers: Mapping[str, xmlsec.KeysManager], recipient: str) -> _Element:
    """Return the one element inside `holder`, parsed as strictly as the message itself; raise Refused otherwise.

    managers: our private keys by KeyName, the current one first. recipient: our entityID. EncryptedKeys may stand
    beside the EncryptedData or inside its KeyInfo, and there may be one for each recipient; a KeyName of ours decides,
    else what is addressed to us or to nobody is tried.
    """
    data = only_child(holder, f"{XENC}EncryptedData", Check.ENCRYPTION)
    candidates = holder.findall(f"{XENC}EncryptedKey") + data.findall(f"{DS}KeyInfo/{XENC}EncryptedKey")
    ours = [key for key in candidates if key.get("Recipient") in (None, recipient)]
    named = [(key, managers[name]) for key in ours if (name := _key_name(key)) in managers]
    for key, manager in named or [(key, manager) for key in ours for manager in managers.values()]:
        try:
            # Typed as an element, but without a Type it is what was encrypted: bytes.
            plain = cast("bytes", xmlsec.EncryptionContext(manager).decrypt(_normal_form(data, key)))
        except xmlsec.Error:
            continue
        return _parse_inside(plain, data)
    raise Refused(Check.ENCRYPTION)


def _key_name(key: _Element) -> str:
    return key.findtext(f"{DS}KeyInfo/{DS}KeyName") or ""


def _normal_form(data: _Element, key: _Element) -> _Element:
    """Rebuild from the checked parts only: no references to elsewhere, and no Type, so that libxmlsec returns bytes.

    With a Type it would put its result into the tree, where lxml renames prefixes and loses nodes.
    """
    envelope = _cipher("EncryptedData", data, _DATA, set())
    key_info = etree.Element(f"{DS}KeyInfo")
    key_info.append(_cipher("EncryptedKey", key, _KEYS, _OAEP_PARTS))
    envelope.insert(1, key_info)
    return envelope


def _cipher(name: str, source: _Element, algorithms: set[str], parts: set[str]) -> _Element:
    method = only_child(source, f"{XENC}EncryptionMethod", Check.ENCRYPTION)
    algorithm = method.get("Algorithm", "")
    if algorithm not in algorithms:
        raise Refused(Check.ALGORITHM)
    result = etree.Element(f"{XENC}{name}")
    copied = etree.SubElement(result, f"{XENC}EncryptionMethod", Algorithm=algorithm)
    for part in method:
        if part.tag in parts:
            etree.SubElement(copied, part.tag, Algorithm=part.get("Algorithm", ""))
    cipher_data = only_child(source, f"{XENC}CipherData", Check.ENCRYPTION)
    value = text_of(only_child(cipher_data, f"{XENC}CipherValue", Check.ENCRYPTION))
    etree.SubElement(etree.SubElement(result, f"{XENC}CipherData"), f"{XENC}CipherValue").text = value
    return result


def _parse_inside(plain: bytes, place: _Element) -> _Element:
    """Parse the plaintext with the prefixes in scope that it was cut out of."""
    prefixes = "".join(
        f' xmlns{f":{prefix}" if prefix else ""}="{html.escape(uri)}"' for prefix, uri in place.nsmap.items()
    )
    wrapper = parse(f"<plain{prefixes}>".encode() + plain + b"</plain>")
    if len(wrapper) != 1:
        raise Refused(Check.ENCRYPTION)
    return wrapper[0]

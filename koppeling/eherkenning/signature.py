"""XML signatures: one over exactly the element that carries it, by a key that we knew beforehand."""

from collections.abc import Iterable

import xmlsec
from lxml.etree import _Element
from onelogin.saml2.constants import OneLogin_Saml2_Constants

from koppeling.eherkenning.document import DS, id_of, only_child
from koppeling.eherkenning.outcome import Check, Refused

_EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_TRANSFORMS = ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", _EXC_C14N]
_SIGNATURES = {
    OneLogin_Saml2_Constants.RSA_SHA256,
    OneLogin_Saml2_Constants.RSA_SHA384,
    OneLogin_Saml2_Constants.RSA_SHA512,
}
_DIGESTS = {OneLogin_Saml2_Constants.SHA256, OneLogin_Saml2_Constants.SHA384, OneLogin_Saml2_Constants.SHA512}
_CHILDREN = [f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo"]


def verify(element: _Element, keys: Iterable[xmlsec.Key]) -> None:
    """Raise Refused unless the element carries one signature over itself, and all of itself, by one of the keys.

    The caller has made sure that every ID of the document is unique, so that the reference can only mean this
    element. What KeyInfo says is not looked at: the keys are pinned.
    """
    signature = only_child(element, f"{DS}Signature", Check.SIGNATURE)
    children = [child.tag for child in signature]
    if children not in (_CHILDREN, _CHILDREN[:2]):
        raise Refused(Check.STRUCTURE)
    _require_allowed(signature[0], id_of(element))
    for key in keys:
        context = xmlsec.SignatureContext()
        context.key = key
        context.register_id(element, "ID")
        try:
            context.verify(signature)
        except xmlsec.Error:
            continue
        return
    raise Refused(Check.SIGNATURE)


def _require_allowed(signed_info: _Element, element_id: str) -> None:
    reference = only_child(signed_info, f"{DS}Reference", Check.REFERENCE)
    if reference.get("URI") != f"#{element_id}":
        raise Refused(Check.REFERENCE)
    transforms = [step.get("Algorithm") for step in only_child(reference, f"{DS}Transforms", Check.ALGORITHM)]
    if (
        only_child(signed_info, f"{DS}CanonicalizationMethod").get("Algorithm") != _EXC_C14N
        or only_child(signed_info, f"{DS}SignatureMethod").get("Algorithm") not in _SIGNATURES
        or only_child(reference, f"{DS}DigestMethod").get("Algorithm") not in _DIGESTS
        or transforms != _TRANSFORMS
    ):
        raise Refused(Check.ALGORITHM)

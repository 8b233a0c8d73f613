"""Who signed what: nothing counts but two signatures of a pinned key, each over exactly its own element."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest
from lxml import etree
from lxml.etree import _Element

from buitenwereld.keuring import wrapping
from buitenwereld.keuring.wrapping import WRAPPINGS, Wrap
from koppeling.eherkenning.outcome import Aanmelding, Check
from tests.eherkenning import forge
from tests.eherkenning.forge import Plan, Signing, find
from tests.eherkenning.reading import accepted, config, read, refused


@pytest.mark.parametrize("parts", [("response",), ("assertion",), ("response", "assertion")])
def test_unsigned_and_half_signed_answers_are_refused(parts: tuple[str, ...]) -> None:
    refused(Plan(**{f"sign_{part}": None for part in parts}), Check.SIGNATURE)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["response", "assertion"])
@pytest.mark.parametrize("show_certificate", [False, True])
def test_a_stranger_s_key_is_refused_also_when_it_brings_its_own_certificate(
    part: str, *, show_certificate: bool
) -> None:
    stranger = Signing(by="stranger", show_certificate=show_certificate)
    plan = Plan(sign_response=stranger) if part == "response" else Plan(sign_assertion=stranger)
    refused(plan, Check.SIGNATURE)


def test_the_certificate_in_the_message_is_not_needed_and_not_in_the_way() -> None:
    accepted(Plan(sign_response=Signing(show_certificate=True), sign_assertion=Signing(show_certificate=True)))


def test_each_published_key_of_the_makelaar_is_good_during_a_key_change() -> None:
    both = config("hm", "hm-next")
    for name in ("hm", "hm-next"):
        accepted(Plan(sign_response=Signing(by=name), sign_assertion=Signing(by=name)), using=both)
    refused(Plan(), Check.SIGNATURE, using=config("hm-next"))


def test_our_own_key_and_that_of_the_authenticatiedienst_sign_nothing_for_us() -> None:
    for name in ("sp", "ad"):
        refused(Plan(sign_response=Signing(by=name), sign_assertion=Signing(by=name)), Check.SIGNATURE)


@pytest.mark.parametrize(
    "how",
    [
        Signing(method=forge.RSA_SHA1),
        Signing(digest=forge.SHA1),
        Signing(method=forge.RSA_SHA1, digest=forge.SHA1),
        Signing(c14n=forge.C14N),
        Signing(c14n=forge.EXC_C14N + "WithComments"),
        Signing(transforms=(forge.EXC_C14N,)),
        Signing(transforms=(forge.ENVELOPED,)),
        Signing(transforms=(forge.ENVELOPED, forge.C14N)),
        Signing(transforms=(forge.ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116")),
        Signing(transforms=(forge.ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116", forge.EXC_C14N)),
        Signing(transforms=()),
    ],
)
@pytest.mark.parametrize("part", ["response", "assertion"])
def test_weak_and_odd_algorithms_are_refused(part: str, how: Signing) -> None:
    refused(Plan(sign_response=how) if part == "response" else Plan(sign_assertion=how), Check.ALGORITHM)


def test_hmac_with_the_public_key_is_refused() -> None:
    message = forge.response()
    find(message, "ds:Signature/ds:SignedInfo/ds:SignatureMethod").set(
        "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    )
    refused(message, Check.ALGORITHM)


def test_stronger_hashes_are_accepted() -> None:
    strong = Signing(method=forge.RSA_SHA512, digest=forge.SHA512)
    accepted(Plan(sign_response=strong, sign_assertion=strong))


@pytest.mark.parametrize("uri", ["", "#_ander", "#xpointer(/)", "https://evil.example/x.xml", "file:///etc/passwd"])
@pytest.mark.parametrize("part", ["response", "assertion"])
def test_a_reference_to_anything_but_its_own_element_is_refused(part: str, uri: str) -> None:
    how = Signing(uri=uri)
    refused(Plan(sign_response=how) if part == "response" else Plan(sign_assertion=how), Check.REFERENCE)


@pytest.mark.parametrize("references", [0, 2])
def test_a_signature_has_one_reference(references: int) -> None:
    refused(Plan(sign_response=Signing(references=references)), Check.REFERENCE)
    refused(Plan(sign_assertion=Signing(references=references)), Check.REFERENCE)


TAMPER: dict[str, tuple[str, str]] = {
    "level": (forge.LOA + "loa2<", forge.LOA + "loa4<"),
    "recipient": (forge.ACS, "https://evil.example/"),
    "company": ("Stichting Voorbeeld", "Stichting Anders"),
    "time": ("09:32:00Z", "10:32:00Z"),
    "request": (forge.REQUEST_ID, "_verzoek-2"),
}


@pytest.mark.parametrize("what", TAMPER)
def test_a_message_that_was_changed_after_signing_is_refused(what: str) -> None:
    message = etree.tostring(forge.response(Plan(levels=[forge.LOA + "loa2"]))).decode()
    old, new = TAMPER[what]
    assert old in message
    refused(message.replace(old, new).encode(), Check.SIGNATURE)


def test_the_assertion_cannot_move_to_a_response_that_answers_another_request() -> None:
    """The makelaar itself signs the outer half: only the inner one is stolen."""
    stolen = find(forge.response(), "saml:Assertion")

    def swap(root: _Element) -> None:
        root.replace(find(root, "saml:Assertion"), stolen)
        root.set("InResponseTo", "_ander")

    refused(Plan(edit_response=swap), Check.IN_RESPONSE_TO)


# --- signature wrapping ------------------------------------------------------------------------------------------

SAML, SAMLP, DS = (f"{{{forge.NS[prefix]}}}" for prefix in ("saml", "samlp", "ds"))
EVIL = "e" * 64 + "@" + "e" * 32


def wrapped(wrap: Wrap) -> Callable[[_Element], None]:
    return lambda root: wrap(root, forge.TONEEL)


CHECKS = (Check.SIGNATURE, Check.REFERENCE, Check.STRUCTURE, Check.DUPLICATE_ID)


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_signature_wrapping_is_refused(wrap: Wrap) -> None:
    message = forge.response()
    wrap(message, forge.TONEEL)
    refused(message, *CHECKS)


ONLY_RESPONSE = {
    *(wrapping.xsw1, wrapping.xsw2),
    *(wrapping.response_into_object, wrapping.response_into_key_info, wrapping.response_into_extensions),
}


@pytest.mark.parametrize("wrap", [wrap for wrap in WRAPPINGS if wrap not in ONLY_RESPONSE])
def test_wrapping_inside_is_refused_even_when_the_makelaar_signs_the_outside(wrap: Wrap) -> None:
    """So that the checks on the assertion hold by themselves, and do not lean on the Response's signature."""
    refused(Plan(edit_response=wrapped(wrap)), *CHECKS)


@pytest.mark.parametrize("wrap", [wrapping.into_advice, wrapping.evil_in_advice])
def test_wrapping_into_advice_is_refused_also_when_there_is_real_advice(wrap: Wrap) -> None:
    message = forge.response(Plan(advice=True))
    wrap(message, forge.TONEEL)
    refused(message, *CHECKS)
    refused(Plan(advice=True, edit_response=wrapped(wrap)), *CHECKS)


def test_an_evil_assertion_that_the_makelaar_itself_put_into_advice_stays_unread() -> None:
    """Positive control: it is the signature that refuses in the tests above, and here it is whole."""

    def add(assertion: _Element) -> None:
        advice = etree.Element(f"{SAML}Advice")
        evil = etree.SubElement(advice, f"{SAML}Assertion", ID="_kwaad", Version="2.0", IssueInstant=forge.moment())
        evil.append(deepcopy(find(assertion, "saml:Issuer")))
        statement = etree.SubElement(evil, f"{SAML}AttributeStatement")
        statement.extend(forge.identity(EVIL, "87654321"))
        find(assertion, "saml:Conditions").addnext(advice)

    assert accepted(Plan(edit_assertion=add)).pseudoniem == forge.PSEUDONIEM


@pytest.mark.parametrize("place", ["samlp:Extensions", "saml:Assertion/saml:AttributeStatement/saml:Attribute"])
def test_advice_stands_in_the_assertion_and_nowhere_else(place: str) -> None:
    def add(root: _Element) -> None:
        if place == "samlp:Extensions":
            find(root, "saml:Issuer").addnext(etree.Element(f"{SAMLP}Extensions"))
        etree.SubElement(find(root, place), f"{SAML}Advice")

    result = refused(Plan(edit_response=add, sign_assertion=Signing()), Check.STRUCTURE, Check.SIGNATURE)
    assert result.ondertekend


@pytest.mark.parametrize("name", ["ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id"])
def test_an_id_that_two_elements_bear_is_refused_in_any_spelling(name: str) -> None:
    def add(root: _Element) -> None:
        extensions = etree.Element(f"{SAMLP}Extensions")
        etree.SubElement(extensions, "x").set(name, str(find(root, "saml:Assertion").get("ID")))
        find(root, "saml:Issuer").addnext(extensions)

    refused(Plan(edit_response=add), Check.DUPLICATE_ID)


@pytest.mark.parametrize("path", ["ds:Signature", "saml:Assertion/ds:Signature"])
def test_a_signature_holds_nothing_but_itself(path: str) -> None:
    """What stands inside a signature is the one place that it does not cover."""

    def add(root: _Element) -> None:
        etree.SubElement(find(root, path), f"{DS}Object")

    if path == "ds:Signature":
        message = forge.response()
        add(message)
        refused(message, Check.STRUCTURE)
    else:
        refused(Plan(edit_response=add), Check.STRUCTURE)


def test_an_overlong_id_is_refused_before_it_becomes_a_key() -> None:
    accepted(Plan(edit_assertion=lambda node: node.set("ID", "_" * 128)))
    refused(Plan(edit_assertion=lambda node: node.set("ID", "_" * 129)), Check.STRUCTURE)


def test_a_response_inside_a_response_is_refused() -> None:
    inner = forge.response()
    refused(Plan(edit_response=lambda root: root.replace(find(root, "saml:Assertion"), inner)), Check.STRUCTURE)


def test_an_encrypted_assertion_needs_its_own_signature() -> None:
    plan = Plan(encrypt_assertion=forge.Encrypting())
    assert isinstance(read(plan), Aanmelding)
    refused(replace(plan, sign_assertion=None), Check.SIGNATURE)
    refused(replace(plan, sign_assertion=Signing(by="stranger")), Check.SIGNATURE)

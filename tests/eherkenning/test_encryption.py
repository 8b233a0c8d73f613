"""EncryptedID and EncryptedAssertion, in the dialects of several brokers, and with keys that change."""

from dataclasses import replace

import pytest
from lxml import etree
from lxml.etree import _Element

from koppeling.eherkenning.outcome import Check
from tests.eherkenning import forge
from tests.eherkenning.forge import Encrypting, Plan, find
from tests.eherkenning.reading import accepted, config, refused


def plan(how: Encrypting) -> Plan:
    return Plan(attributes=forge.identity(how=how))


@pytest.mark.parametrize("transport", [forge.OAEP_MGF1P, forge.OAEP_11])
@pytest.mark.parametrize("data", [forge.AES256_CBC, forge.AES256_GCM, forge.AES128_GCM])
@pytest.mark.parametrize("style", ["sibling", "nested"])
def test_identifiers_are_read_in_every_dialect(style: str, data: str, transport: str) -> None:
    result = accepted(plan(Encrypting(style=style, data=data, transport=transport)))
    assert (result.pseudoniem, result.kvk) == (forge.PSEUDONIEM, forge.KVK)


@pytest.mark.parametrize("how", [Encrypting(data=forge.AES128_CBC), Encrypting(transport=forge.RSA_15)])
def test_weak_encryption_is_refused(how: Encrypting) -> None:
    refused(plan(how), Check.ALGORITHM)


@pytest.mark.parametrize("name_keys", [True, False])
@pytest.mark.parametrize("recipient", [forge.DV, None])
def test_our_key_is_found_among_those_for_others(recipient: str | None, *, name_keys: bool) -> None:
    how = Encrypting(to=("other", "sp", "mr"), recipient=recipient, name_keys=name_keys)
    assert accepted(plan(how)).kvk == forge.KVK


@pytest.mark.parametrize("name_keys", [True, False])
def test_a_key_of_ours_is_changed_with_nobody_locked_out(*, name_keys: bool) -> None:
    rolled = config(sp="sp-next", previous="sp")
    for name in ("sp", "sp-next"):
        accepted(plan(Encrypting(to=(name,), name_keys=name_keys)), using=rolled)
    refused(plan(Encrypting(to=("sp",), name_keys=name_keys)), Check.ENCRYPTION, using=config(sp="sp-next"))


def test_a_key_name_of_ours_decides() -> None:
    def rename(holder: _Element) -> None:
        find(holder, "xenc:EncryptedKey/ds:KeyInfo/ds:KeyName").text = forge.key("sp-next").key_name

    refused(inside(rename), Check.ENCRYPTION, using=config(sp="sp-next", previous="sp"))


@pytest.mark.parametrize(
    "how",
    [
        Encrypting(to=("other",)),
        Encrypting(to=("other",), name_keys=False),
        Encrypting(recipient=forge.DV.replace("9001", "9002")),
        Encrypting(to=()),
    ],
)
def test_what_is_encrypted_for_another_is_refused(how: Encrypting) -> None:
    refused(plan(how), Check.ENCRYPTION, Check.SCHEMA)


def inside(change: forge.Edit) -> Plan:
    """Change the pseudonym's EncryptedID before the makelaar signs."""
    return Plan(edit_assertion=lambda node: change(next(node.iter(f"{{{forge.NS['saml']}}}EncryptedID"))))


def to_reference(holder: _Element) -> None:
    data = find(holder, "xenc:EncryptedData/xenc:CipherData")
    data[:] = [forge.element(f'<xenc:CipherReference xmlns:xenc="{forge.NS["xenc"]}" URI="file:///etc/passwd"/>')]


def empty(holder: _Element) -> None:
    holder[:] = []


def damage(holder: _Element) -> None:
    value = find(holder, "xenc:EncryptedData/xenc:CipherData/xenc:CipherValue")
    value.text = "A" * len(value.text or "")


@pytest.mark.parametrize(
    ("change", "checks"),
    [
        (to_reference, [Check.ENCRYPTION]),
        (empty, [Check.SCHEMA]),
        (damage, [Check.ENCRYPTION, Check.ENCODING, Check.XML]),
    ],
)
def test_broken_encryption_is_refused(change: forge.Edit, checks: list[Check]) -> None:
    refused(inside(change), *checks)


@pytest.mark.parametrize(
    ("plain", "check"),
    [
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><saml:NameID>&e;</saml:NameID>", Check.XML),
        (forge.name_id("abc<!-- -->def", forge.PSEUDO_TYPE), Check.XML),
        (forge.name_id("abc<b/>def", forge.PSEUDO_TYPE), Check.STRUCTURE),
        (forge.name_id("a", forge.PSEUDO_TYPE) + forge.name_id("b", forge.PSEUDO_TYPE), Check.ENCRYPTION),
        ("</plain><plain>", Check.XML),
        ("abc", Check.ENCRYPTION),
        ("", Check.ENCRYPTION),
        ("<saml:Issuer>abc</saml:Issuer>", Check.IDENTITY),
        ("<andere:NameID>abc</andere:NameID>", Check.XML),
    ],
)
def test_what_comes_out_is_read_as_strictly_as_the_message(plain: str, check: Check) -> None:
    def change(holder: _Element) -> None:
        holder[:] = []
        forge.encrypt(plain.encode(), holder, Encrypting())

    refused(inside(change), check)


# --- a whole encrypted assertion ---------------------------------------------------------------------------------


@pytest.mark.parametrize("advice", [False, True])
@pytest.mark.parametrize("data", [forge.AES256_CBC, forge.AES256_GCM])
@pytest.mark.parametrize("style", ["sibling", "nested"])
def test_a_whole_encrypted_assertion_is_read(style: str, data: str, *, advice: bool) -> None:
    result = accepted(Plan(advice=advice, encrypt_assertion=Encrypting(style=style, data=data)))
    assert (result.pseudoniem, result.kvk) == (forge.PSEUDONIEM, forge.KVK)


def plain_identity() -> list[_Element]:
    acting = forge.element(f'<x xmlns:saml="{forge.NS["saml"]}">{forge.name_id("P", forge.PSEUDO_TYPE)}</x>')[0]
    legal = forge.element(f'<x xmlns:saml="{forge.NS["saml"]}">{forge.name_id(forge.KVK, forge.KVK_TYPE)}</x>')[0]
    return [
        forge.attribute("urn:etoegang:core:ServiceID", forge.DIENST),
        forge.attribute("urn:etoegang:core:ActingSubjectID", acting),
        forge.attribute("urn:etoegang:core:LegalSubjectID", legal),
    ]


def test_identifiers_may_be_readable_only_inside_an_encrypted_assertion() -> None:
    refused(Plan(attributes=plain_identity()), Check.IDENTITY)
    assert accepted(Plan(attributes=plain_identity(), encrypt_assertion=Encrypting())).pseudoniem == "P"


def test_an_encrypted_assertion_with_other_prefixes_inside_is_read() -> None:
    """Other libraries use a default namespace inside, and moving such a node into the Response breaks its signature."""

    def rename(root: _Element) -> None:
        made = forge.assertion(Plan())
        text = etree.tostring(made).decode().replace("saml:", "").replace("xmlns:saml=", "xmlns=")
        renamed = forge.element(text.replace("<NameID ", "<NameID "))
        forge.sign(renamed, forge.Signing())
        holder = find(root, "saml:EncryptedAssertion")
        holder[:] = []
        forge.encrypt(forge.canonical(renamed), holder, Encrypting())

    accepted(Plan(attributes=plain_identity(), encrypt_assertion=Encrypting(), edit_response=rename))


def test_an_encrypted_assertion_is_checked_like_any_other() -> None:
    base = Plan(encrypt_assertion=Encrypting())
    refused(replace(base, recipient="https://evil.example/"), Check.RECIPIENT)
    refused(replace(base, encrypt_assertion=Encrypting(to=("other",))), Check.ENCRYPTION)
    refused(replace(base, edit_assertion=lambda node: node.append(etree.fromstring("<x/>"))), Check.SCHEMA)
    doubled = replace(base, edit_assertion=lambda node: node.append(etree.fromstring(etree.tostring(node))))
    refused(doubled, Check.DUPLICATE_ID)


def test_an_encrypted_assertion_stands_alone() -> None:
    """Two assertions, both under the makelaar's own signature: it is not for us to choose."""
    beside = Plan(encrypt_assertion=Encrypting(), edit_response=lambda root: root.append(forge.assertion(Plan())))
    refused(beside, Check.STRUCTURE)

    def twice(root: _Element) -> None:
        root.append(etree.fromstring(etree.tostring(find(root, "saml:EncryptedAssertion"))))

    refused(Plan(encrypt_assertion=Encrypting(), edit_response=twice), Check.DUPLICATE_ID)

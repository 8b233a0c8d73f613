"""Cases about whom a well-signed message names: person, organisation, level and service."""

from collections.abc import Callable
from copy import deepcopy

from lxml.etree import _Element

from buitenwereld.keuring.bouwstenen import DECLARED, NS, Encrypting, Signing, Toneel, element, find, sign
from buitenwereld.keuring.edits import CONFIRMATION, SUBJECT, double, drop, familie, plan, signed
from buitenwereld.keuring.geval import Verwacht
from buitenwereld.keuring.vervalsing import (
    DIENST_ATTRIBUUT,
    KVK_TYPE,
    LOA,
    ORGANISATIE,
    PERSOON,
    PSEUDO_TYPE,
    Plan,
    assertion,
    attribute,
    identifier,
    identity,
    name_id,
    response,
)
from buitenwereld.keuring.wrapping import ANDER_KVK, ANDER_PSEUDONIEM


def _attributes(
    change: Callable[[Toneel, dict[str, list[_Element]]], object],
) -> Callable[[Toneel], Plan]:
    """Attributes by name, to be changed before all is signed."""

    def make(toneel: Toneel) -> Plan:
        named = {str(node.get("Name")): [node] for node in identity(toneel)}
        change(toneel, named)
        return Plan(attributes=[node for nodes in named.values() for node in nodes])

    return make


def _values(name: str, *make: Callable[[Toneel], str | _Element]) -> Callable[[Toneel], Plan]:
    """The attribute with these values instead of its own; without any it is gone."""

    def change(toneel: Toneel, named: dict[str, list[_Element]]) -> None:
        named[name] = [attribute(name, *(one(toneel) for one in make))] if make else []

    return _attributes(change)


def _persoon(value: str | None = None, how: Encrypting | None = None) -> Callable[[Toneel], _Element]:
    return lambda toneel: identifier(value or toneel.pseudoniem, PSEUDO_TYPE, toneel, how)


def _kvk(value: str | None = None, how: Encrypting | None = None) -> Callable[[Toneel], _Element]:
    return lambda toneel: identifier(value or toneel.kvk, KVK_TYPE, toneel, how)


def _plain(value: str, qualifier: str) -> _Element:
    return element(f"<x {DECLARED}>{name_id(value, qualifier)}</x>")[0]


def _encrypted(how: Encrypting) -> Callable[[Toneel], Plan]:
    return lambda toneel: Plan(attributes=identity(toneel, how=how))


def _named_as_ours(toneel: Toneel) -> Plan:
    """Encrypted for another, under our KeyName."""
    attributes = identity(toneel, how=Encrypting(to=("ander",)))
    for node in attributes:
        for name in node.iter(f"{{{NS['ds']}}}KeyName"):
            name.text = toneel.key("sp").key_name
    return Plan(attributes=attributes)


def _second_assertion(toneel: Toneel) -> Plan:
    def add(root: _Element) -> None:
        attributes = identity(toneel, pseudoniem=ANDER_PSEUDONIEM, kvk=ANDER_KVK)
        other = assertion(Plan(attributes=attributes), toneel)
        sign(other, Signing(), toneel)
        root.append(other)

    return Plan(edit_response=add)


def _second_name_id(node: _Element) -> None:
    find(node, f"{SUBJECT}/saml:NameID").addnext(_plain(ANDER_PSEUDONIEM, PSEUDO_TYPE))


def _swap_kvk(node: _Element, toneel: Toneel) -> None:
    for found in node.iter(f"{{{NS['saml']}}}Attribute"):
        if found.get("Name") == ORGANISATIE:
            found[0][:] = [identifier(ANDER_KVK, KVK_TYPE, toneel)]


def _swapped_after_signing(toneel: Toneel) -> _Element:
    message = response(Plan(), toneel)
    _swap_kvk(message, toneel)
    return message


def _clear_encrypted_id(node: _Element) -> None:
    next(node.iter(f"{{{NS['saml']}}}EncryptedID"))[:] = []


def _double_encrypted_data(node: _Element) -> None:
    holder = next(node.iter(f"{{{NS['saml']}}}EncryptedID"))
    holder.insert(0, deepcopy(holder[0]))


IDENTITEIT = (
    *familie(
        "twee personen",
        ("twee-asserties", "Twee asserties, allebei ondertekend", _second_assertion),
        ("twee-pseudoniemen", "Twee pseudoniemen", _values(PERSOON, _persoon(), _persoon(ANDER_PSEUDONIEM))),
        ("twee-subjects", "Twee keer Subject", signed(double(SUBJECT))),
        ("twee-namen", "Twee NameIDs in Subject", signed(_second_name_id)),
        ("twee-bevestigingen", "Twee keer SubjectConfirmation", signed(double(CONFIRMATION))),
    ),
    *familie(
        "EncryptedID ontbreekt",
        ("geen-persoon", "Geen persoon", _values(PERSOON)),
        ("geen-organisatie", "Geen organisatie", _values(ORGANISATIE)),
        (
            "persoon-leesbaar",
            "De persoon staat er onversleuteld",
            _values(PERSOON, lambda toneel: _plain(toneel.pseudoniem, PSEUDO_TYPE)),
        ),
        ("organisatie-leesbaar", "Het KvK-nummer staat er als tekst", _values(ORGANISATIE, lambda toneel: toneel.kvk)),
        ("lege-encryptedid", "Een lege EncryptedID", signed(_clear_encrypted_id)),
    ),
    *familie(
        "EncryptedID dubbel",
        ("twee-kvk-nummers", "Twee KvK-nummers", _values(ORGANISATIE, _kvk(), _kvk(ANDER_KVK))),
        (
            "attribuut-dubbel",
            "Het attribuut van de persoon staat er twee keer",
            _attributes(
                lambda toneel, named: named[PERSOON].append(attribute(PERSOON, _persoon(ANDER_PSEUDONIEM)(toneel)))
            ),
        ),
        (
            "kvk-attribuut-dubbel",
            "Het attribuut van de organisatie staat er twee keer",
            _attributes(
                lambda toneel, named: named[ORGANISATIE].append(attribute(ORGANISATIE, _kvk(ANDER_KVK)(toneel)))
            ),
        ),
        ("gegevens-dubbel", "Twee keer EncryptedData in één EncryptedID", signed(_double_encrypted_data)),
    ),
    *familie(
        "sleutel voor een andere dienstverlener",
        ("sleutel-ander", "Versleuteld voor een ander", _encrypted(Encrypting(to=("ander",)))),
        (
            "sleutel-ander-naamloos",
            "Versleuteld voor een ander, zonder sleutelnaam",
            _encrypted(Encrypting(to=("ander",), name_keys=False)),
        ),
        ("sleutel-naam-van-ons", "Versleuteld voor een ander, onder onze sleutelnaam", _named_as_ours),
        (
            "ontvanger-ander",
            "Geadresseerd aan een ander (Recipient)",
            lambda toneel: Plan(attributes=identity(toneel, how=Encrypting(recipient=f"{toneel.dv}9"))),
        ),
        (
            "assertie-voor-ander",
            "De hele assertie versleuteld voor een ander",
            plan(encrypt_assertion=Encrypting(to=("ander",))),
        ),
    ),
    *familie(
        "niveau te laag, onbekend of afwezig",
        ("niveau-eh1", "EH1", plan(levels=[f"{LOA}loa1"])),
        ("niveau-eh2", "EH2", plan(levels=[f"{LOA}loa2"])),
        ("niveau-eh2plus", "EH2+", plan(levels=[f"{LOA}loa2plus"])),
        ("niveau-onbekend", "Een onbekend niveau (loa5)", plan(levels=[f"{LOA}loa5"])),
        (
            "niveau-wachtwoord",
            "Het niveau van een ander stelsel",
            plan(levels=["urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"]),
        ),
        ("niveau-blanco", "EH3 met een spatie erachter", plan(levels=[f"{LOA}loa3 "])),
        ("niveau-geen", "Geen niveau", plan(levels=[])),
        ("niveau-twee", "Twee niveaus, EH2 en EH4", plan(levels=[f"{LOA}loa2", f"{LOA}loa4"])),
        ("niveau-geen-inlog", "Geen AuthnStatement", signed(drop("saml:AuthnStatement"))),
    ),
    *familie(
        "andere dienst",
        (
            "dienst-ander-nummer",
            "Een andere dienst van ons",
            _values(DIENST_ATTRIBUUT, lambda toneel: f"{toneel.dienst}9"),
        ),
        (
            "dienst-ander-oin",
            "De dienst van een ander",
            _values(DIENST_ATTRIBUUT, lambda _: "urn:etoegang:DV:00000009999999990000:services:9001"),
        ),
        ("dienst-geen", "Geen dienst", _values(DIENST_ATTRIBUUT)),
        (
            "dienst-twee",
            "Twee diensten",
            _values(DIENST_ATTRIBUUT, lambda toneel: toneel.dienst, lambda toneel: f"{toneel.dienst}9"),
        ),
    ),
    *familie(
        "KvK-nummer van een andere organisatie",
        ("kvk-verwisseld", "Verwisseld na het ondertekenen", _swapped_after_signing),
        (
            "kvk-verwisseld-binnenin",
            "Verwisseld nadat alleen de assertie was ondertekend",
            lambda toneel: Plan(edit_response=lambda root: _swap_kvk(root, toneel)),
        ),
        ("kvk-vorm", "Een nummer dat geen KvK-nummer is", _values(ORGANISATIE, _kvk("123456789"))),
    ),
    *familie(
        "KvK-nummer van een andere organisatie",
        (
            "kvk-andere-organisatie",
            "Een bekend middel, maar voor een andere organisatie",
            _values(ORGANISATIE, _kvk(ANDER_KVK)),
        ),
        verwacht=Verwacht.NIET_HET_ACCOUNT,
    ),
)

"""The messages themselves: signed, encrypted and shaped as `eherkenning.md` sections 3 to 5 say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from buitenwereld.keys import KeyPair, key_name, make_key_pair
from buitenwereld.safexml import NS
from buitenwereld.saml import (
    HM_ENTITY_ID,
    KVKNR,
    PSEUDO,
    Answer,
    Reader,
    build_metadata,
    build_response,
    build_status_response,
    encrypted_id,
    pseudonym,
)
from tests.buitenwereld import sp

NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
PSEUDONYM = pseudonym(b"geheim", "00000001234567890000", "jolanda-de-vries", "90001354")


@pytest.fixture(scope="module")
def hm() -> KeyPair:
    return make_key_pair("makelaar", NOW)


@pytest.fixture
def answer(sp_pair: KeyPair) -> Answer:
    return Answer(
        in_response_to="_vraag1",
        destination=sp.ACS,
        reader=Reader(sp.ENTITY_ID, sp_pair.cert_pem, key_name(sp_pair.cert_pem)),
        audience=sp.ENTITY_ID,
        service_id=sp.SERVICE_ID,
        pseudonym=PSEUDONYM,
        kvk="90001354",
        company="Stichting De Regenboog",
        now=NOW,
    )


def assertion_of(response: bytes) -> etree._Element:
    assertion = etree.fromstring(response).find("saml:Assertion", NS)
    assert assertion is not None
    return assertion


def test_response_and_assertion_are_both_signed_by_the_makelaar(answer: Answer, hm: KeyPair) -> None:
    response = etree.fromstring(build_response(answer, signer=hm))
    assert sp.verifies(response, hm.cert_pem)
    assert sp.verifies(assertion_of(etree.tostring(response)), hm.cert_pem)


def test_a_changed_word_breaks_both_signatures(answer: Answer, hm: KeyPair) -> None:
    response = build_response(answer, signer=hm).replace(b"Stichting De Regenboog", b"Stichting De Regenbaag")
    assert not sp.verifies(etree.fromstring(response), hm.cert_pem)
    assert not sp.verifies(assertion_of(response), hm.cert_pem)


def test_key_info_of_a_signature_holds_a_key_name_only(answer: Answer, hm: KeyPair) -> None:
    infos = etree.fromstring(build_response(answer, signer=hm)).findall(".//ds:Signature/ds:KeyInfo", NS)
    assert [[child.text for child in info] for info in infos] == [[key_name(hm.cert_pem)]] * 2


@pytest.mark.parametrize("gcm", [False, True])
def test_the_identifiers_are_readable_for_the_portal_only(
    answer: Answer, hm: KeyPair, sp_pair: KeyPair, *, gcm: bool
) -> None:
    response = build_response(replace(answer, gcm=gcm), signer=hm)
    assert PSEUDONYM.encode() not in response
    assert b"90001354" not in response
    assert sp.identifiers(response, sp_pair) == {
        "urn:etoegang:core:ActingSubjectID": (PSEUDO, PSEUDONYM),
        "urn:etoegang:core:LegalSubjectID": (KVKNR, "90001354"),
    }


def test_an_encrypted_key_names_its_reader_and_key(sp_pair: KeyPair) -> None:
    element = encrypted_id("90001354", KVKNR, Reader(sp.ENTITY_ID, sp_pair.cert_pem, "sleutel-1"))
    key = element.find("xenc:EncryptedKey", NS)
    assert key is not None
    assert key.get("Recipient") == sp.ENTITY_ID
    assert key.findtext("ds:KeyInfo/ds:KeyName", None, NS) == "sleutel-1"


def test_the_assertion_is_for_one_audience_one_address_and_two_minutes(answer: Answer, hm: KeyPair) -> None:
    assertion = assertion_of(build_response(answer, signer=hm))
    audiences = assertion.findall("saml:Conditions/saml:AudienceRestriction/saml:Audience", NS)
    assert [audience.text for audience in audiences] == [sp.ENTITY_ID]
    conditions = assertion.find("saml:Conditions", NS)
    assert conditions is not None
    assert dict(conditions.attrib) == {"NotBefore": "2026-11-23T09:59:55Z", "NotOnOrAfter": "2026-11-23T10:02:00Z"}
    data = assertion.find("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", NS)
    assert data is not None
    assert dict(data.attrib) == {
        "InResponseTo": "_vraag1",
        "Recipient": sp.ACS,
        "NotOnOrAfter": "2026-11-23T10:02:00Z",
    }


def test_the_name_id_is_transient_and_another_each_time(answer: Answer, hm: KeyPair) -> None:
    names = [assertion_of(build_response(answer, signer=hm)).find("saml:Subject/saml:NameID", NS) for _ in range(2)]
    assert all(name is not None and name.get("Format", "").endswith(":transient") for name in names)
    assert len({name.text for name in names if name is not None}) == 2


def test_no_id_occurs_twice(answer: Answer, hm: KeyPair) -> None:
    advice = (hm, hm)
    ids = [
        value
        for _ in range(2)
        for value in etree.fromstring(build_response(answer, signer=hm, advice=advice)).xpath("//@ID | //@Id")
    ]
    assert len(ids) == len(set(ids)) == 20


def test_advice_carries_two_signed_assertions_that_the_portal_cannot_read(
    answer: Answer, hm: KeyPair, sp_pair: KeyPair, other_pair: KeyPair
) -> None:
    response = build_response(answer, signer=hm, advice=(other_pair, other_pair))
    assertion = assertion_of(response)
    inside = assertion.findall("saml:Advice/saml:Assertion", NS)
    assert [sp.verifies(one, other_pair.cert_pem) for one in inside] == [True, True]
    assert sp.verifies(assertion, hm.cert_pem)
    assert sp.identifiers(response, sp_pair)["urn:etoegang:core:LegalSubjectID"] == (KVKNR, "90001354")


def test_a_vestiging_restriction_is_there_only_when_asked_for(answer: Answer, hm: KeyPair) -> None:
    name = "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr"
    assert name not in build_response(answer, signer=hm).decode()
    assert name in build_response(replace(answer, vestigingsnr="000012345678"), signer=hm).decode()


def test_cancelling_is_responder_with_authn_failed_and_no_assertion(hm: KeyPair) -> None:
    response = etree.fromstring(
        build_status_response(
            in_response_to="_vraag1",
            destination=sp.ACS,
            codes=("Responder", "AuthnFailed"),
            message="The user cancelled.",
            signer=hm,
            now=NOW,
        )
    )
    codes = [code.get("Value", "").rsplit(":", 1)[1] for code in response.iter(f"{{{NS['samlp']}}}StatusCode")]
    assert codes == ["Responder", "AuthnFailed"]
    assert response.findtext("samlp:Status/samlp:StatusMessage", None, NS) == "The user cancelled."
    assert response.find("saml:Assertion", NS) is None
    assert sp.verifies(response, hm.cert_pem)


def test_metadata_publishes_every_key_and_is_signed_by_the_first(hm: KeyPair, other_pair: KeyPair) -> None:
    metadata = etree.fromstring(build_metadata(sso_url="http://hm.example/sso", signers=(hm, other_pair)))
    assert metadata.get("entityID") == HM_ENTITY_ID
    names = [name.text for name in metadata.findall("md:IDPSSODescriptor/md:KeyDescriptor/ds:KeyInfo/ds:KeyName", NS)]
    assert names == [key_name(hm.cert_pem), key_name(other_pair.cert_pem)]
    assert sp.verifies(metadata, hm.cert_pem)


def test_a_pseudonym_differs_per_dienstverlener_middel_and_organisatie_and_stays() -> None:
    combinations = [("1", "a", "90001354"), ("2", "a", "90001354"), ("1", "b", "90001354"), ("1", "a", "90004760")]
    made = [pseudonym(b"geheim", *combination) for combination in combinations]
    assert len(set(made)) == 4
    assert made == [pseudonym(b"geheim", *combination) for combination in combinations]
    assert [len(part) for part in made[0].split("@")] == [64, 32]

"""Which attributes make a person and an organisation, and what happens to the rest."""

import pytest
from lxml.etree import _Element

from koppeling.eherkenning.outcome import Check, Weigering
from tests.eherkenning import forge
from tests.eherkenning.forge import Plan, attribute, identifier, identity
from tests.eherkenning.reading import accepted, refused

ACTING = "urn:etoegang:core:ActingSubjectID"
LEGAL = "urn:etoegang:core:LegalSubjectID"
VESTIGING = "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr"
KETEN = "urn:etoegang:1.9:IntermediateEntityID:KvKnr"
GEEN = Weigering.GEEN_DIENSTMACHTIGING


def without(name: str) -> list[_Element]:
    return [node for node in identity() if node.get("Name") != name]


def instead(name: str, *values: str | _Element) -> Plan:
    return Plan(attributes=[*without(name), attribute(name, *values)])


def pseudo(value: str = forge.PSEUDONIEM, qualifier: str = forge.PSEUDO_TYPE) -> _Element:
    return identifier(value, qualifier)


def kvk(value: str = forge.KVK, qualifier: str = forge.KVK_TYPE) -> _Element:
    return identifier(value, qualifier)


def test_the_transient_name_of_the_subject_is_never_used() -> None:
    refused(Plan(attributes=without(ACTING)), Check.IDENTITY, weigering=GEEN)
    assert accepted(Plan()).pseudoniem != "voorbijgaand"


@pytest.mark.parametrize(
    "dienst", ["", forge.DIENST + "1", forge.DIENST.replace("services", "entities"), f" {forge.DIENST}"]
)
def test_a_login_for_another_service_is_no_dienstmachtiging_r13(dienst: str) -> None:
    refused(Plan(attributes=identity(dienst=dienst)), Check.SERVICE, weigering=GEEN)


def test_a_login_for_no_service_or_two_is_no_dienstmachtiging_r13() -> None:
    refused(Plan(attributes=without("urn:etoegang:core:ServiceID")), Check.SERVICE, weigering=GEEN)
    refused(instead("urn:etoegang:core:ServiceID", forge.DIENST, forge.DIENST), Check.SERVICE, weigering=GEEN)


@pytest.mark.parametrize("name", [ACTING, LEGAL])
def test_no_person_or_no_organisation_is_no_dienstmachtiging(name: str) -> None:
    refused(Plan(attributes=without(name)), Check.IDENTITY, weigering=GEEN)
    refused(instead(name), Check.SCHEMA, Check.IDENTITY, weigering=GEEN)


def test_an_rsin_alone_is_no_organisation_to_us() -> None:
    rsin = identifier("123456782", "urn:etoegang:1.9:EntityConcernedID:RSIN")
    refused(instead(LEGAL, rsin), Check.IDENTITY, weigering=GEEN)


def test_an_rsin_beside_the_kvk_number_is_passed_over() -> None:
    rsin = identifier("123456782", "urn:etoegang:1.9:EntityConcernedID:RSIN")
    assert accepted(instead(LEGAL, rsin, kvk())).kvk == forge.KVK


@pytest.mark.parametrize("name", [ACTING, LEGAL])
def test_an_identifier_is_never_read_from_plain_text(name: str) -> None:
    refused(instead(name, "12345678"), Check.IDENTITY, weigering=GEEN)


def test_two_persons_or_two_organisations_are_refused() -> None:
    refused(instead(ACTING, pseudo(), pseudo("x" * 97)), Check.IDENTITY)
    refused(instead(ACTING, pseudo(), pseudo()), Check.IDENTITY)
    refused(instead(LEGAL, kvk(), kvk("87654321")), Check.IDENTITY)


@pytest.mark.parametrize("name", [ACTING, LEGAL, VESTIGING, "urn:etoegang:core:ServiceID", "onbekend"])
def test_an_attribute_that_comes_twice_is_refused(name: str) -> None:
    refused(Plan(attributes=[*without(name), attribute(name, "1"), attribute(name, "1")]), Check.IDENTITY)


@pytest.mark.parametrize("value", ["1234567", "123456789", "1234567x", " 12345678", "12345678\n", "١٢٣٤٥٦٧٨", ""])
def test_a_kvk_number_is_eight_digits(value: str) -> None:
    refused(Plan(attributes=identity(kvk=value)), Check.IDENTITY)


@pytest.mark.parametrize("value", ["", " ", "abc def", "abc ", "é", "x" * 192])
def test_a_pseudonym_is_printable_and_fits(value: str) -> None:
    refused(Plan(attributes=identity(pseudoniem=value)), Check.IDENTITY)


def test_a_pseudonym_is_kept_as_given() -> None:
    assert accepted(Plan(attributes=identity(pseudoniem="AbC@dEf"))).pseudoniem == "AbC@dEf"


def test_the_older_type_of_pseudonym_is_known_and_others_are_not() -> None:
    accepted(instead(ACTING, pseudo(qualifier="urn:etoegang:1.9:EntityConcernedID:Pseudo")))
    refused(
        instead(ACTING, pseudo(qualifier="urn:etoegang:1.12:EntityConcernedID:BSN")), Check.IDENTITY, weigering=GEEN
    )


def test_unknown_attributes_are_ignored() -> None:
    accepted(Plan(attributes=[*identity(), attribute("urn:etoegang:9.9:iets", "nieuws")]))


def test_a_restriction_to_vestigingen_is_handed_on_d24() -> None:
    plan = Plan(attributes=[*identity(), attribute(VESTIGING, "000012345678", "000012345679")])
    assert accepted(plan).vestigingen == ("000012345678", "000012345679")


@pytest.mark.parametrize(
    "restriction",
    [
        attribute(VESTIGING, "12345"),
        attribute(VESTIGING, ""),
        attribute(VESTIGING),
        attribute("urn:etoegang:1.9:ServiceRestriction:SubdossierNr", "0001"),
    ],
)
def test_a_restriction_that_we_cannot_respect_is_refused_d24(restriction: _Element) -> None:
    refused(Plan(attributes=[*identity(), restriction]), Check.RESTRICTION, weigering=GEEN)


def test_a_restriction_beside_that_of_vestigingen_is_not_passed_over_d24() -> None:
    other = attribute("urn:etoegang:1.9:ServiceRestriction:SubdossierNr", "0001")
    both = [*identity(), attribute(VESTIGING, "000012345678"), other]
    refused(Plan(attributes=both), Check.RESTRICTION, weigering=GEEN)


@pytest.mark.parametrize(
    "link",
    [
        attribute(KETEN, "11112222"),
        attribute(KETEN, identifier("11112222", KETEN)),
        attribute("urn:etoegang:core:IntermediateSubjectID", identifier("11112222", forge.KVK_TYPE)),
    ],
)
def test_a_ketenmachtiging_names_the_organisation_between_r30(link: _Element) -> None:
    result = accepted(Plan(attributes=[*identity(), link]))
    assert (result.kvk, result.intermediair_kvk) == (forge.KVK, "11112222")


@pytest.mark.parametrize(
    "link",
    [
        attribute(KETEN, "11112222", "33334444"),
        attribute(KETEN, "1111"),
        attribute(KETEN),
        attribute("urn:etoegang:1.9:IntermediateEntityID:RSIN", identifier("123456782", "urn:x:RSIN")),
    ],
)
def test_a_chain_that_we_do_not_understand_is_refused_r30(link: _Element) -> None:
    refused(Plan(attributes=[*identity(), link]), Check.CHAIN, weigering=GEEN)


def test_an_overlong_or_missing_company_name_does_no_harm() -> None:
    name = "urn:etoegang:1.11:attribute-represented:CompanyName"
    assert accepted(Plan(attributes=without(name))).bedrijfsnaam is None
    assert accepted(instead(name, "x " * 200)).bedrijfsnaam == ("x " * 100)[:200]

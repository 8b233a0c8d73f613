from pathlib import Path

import onelogin.saml2
import pytest
from lxml import etree

from koppeling.eherkenning.config import verification_keys
from koppeling.eherkenning.metadata import Dienstverlener, sp_metadata
from koppeling.eherkenning.outcome import Refused
from koppeling.eherkenning.signature import verify
from tests.eherkenning import forge
from tests.eherkenning.reading import config

WIJ = Dienstverlener(
    naam="Dienst Uitvoering Onderwijs",
    url="https://duo.example/",
    dienst="Mijn DUO voor zakelijke klanten",
    email="techniek@duo.example",
    telefoon="+31505999000",
)
NS = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": forge.NS["ds"]}


def test_the_metadata_says_who_we_are_and_where_to_answer() -> None:
    root = etree.fromstring(sp_metadata(config(), WIJ))
    assert root.get("entityID") == forge.DV
    assert root.get("{urn:etoegang:1.13:metadata-extension}version") == "1.13"
    descriptor = root.find("md:SPSSODescriptor", NS)
    assert descriptor is not None
    assert (descriptor.get("AuthnRequestsSigned"), descriptor.get("WantAssertionsSigned")) == ("true", "true")
    (acs,) = descriptor.findall("md:AssertionConsumerService", NS)
    assert (acs.get("index"), acs.get("isDefault"), acs.get("Location")) == ("1", "true", forge.ACS)
    (service,) = descriptor.findall("md:AttributeConsumingService", NS)
    assert (service.get("index"), service.get("isDefault")) == ("9001", "true")
    assert service.findtext("md:ServiceName", None, NS) == WIJ.dienst
    requested = [attribute.get("Name") for attribute in service.findall("md:RequestedAttribute", NS)]
    assert requested == [forge.DIENST, "urn:etoegang:1.11:attribute-represented:CompanyName"]
    assert root.findtext("md:ContactPerson/md:EmailAddress", None, NS) == WIJ.email
    assert root.findtext("md:ContactPerson/md:TelephoneNumber", None, NS) == WIJ.telefoon


def test_one_key_serves_both_uses_and_has_the_name_that_answers_refer_to() -> None:
    root = etree.fromstring(sp_metadata(config(previous="sp-old"), WIJ))
    (descriptor,) = root.findall("md:SPSSODescriptor/md:KeyDescriptor", NS)
    assert descriptor.get("use") is None
    assert descriptor.findtext("ds:KeyInfo/ds:KeyName", None, NS) == forge.key("sp").key_name


def test_only_elements_that_the_stelsel_lists_are_in_it() -> None:
    root = etree.fromstring(sp_metadata(config(), WIJ))
    names = {etree.QName(node).localname for node in root.iter(f"{{{NS['md']}}}*")}
    assert names == {
        *("EntityDescriptor", "SPSSODescriptor", "KeyDescriptor", "AssertionConsumerService"),
        *("AttributeConsumingService", "ServiceName", "RequestedAttribute", "Organization", "OrganizationName"),
        *("OrganizationDisplayName", "OrganizationURL", "ContactPerson", "EmailAddress", "TelephoneNumber"),
    }
    assert not {"validUntil", "cacheDuration"} & set(root.attrib)


def test_the_metadata_is_signed_with_our_key_and_valid_by_the_schema() -> None:
    raw = sp_metadata(config(), WIJ)
    verify(etree.fromstring(raw), verification_keys(config("sp")))
    with pytest.raises(Refused):
        verify(etree.fromstring(raw.replace(b"techniek@", b"iemand@")), verification_keys(config("sp")))
    schema = Path(onelogin.saml2.__file__).with_name("schemas") / "saml-schema-metadata-2.0.xsd"
    etree.XMLSchema(etree.parse(schema)).assertValid(etree.fromstring(raw))


def test_the_same_configuration_gives_the_same_bytes() -> None:
    assert sp_metadata(config(), WIJ) == sp_metadata(config(), WIJ)

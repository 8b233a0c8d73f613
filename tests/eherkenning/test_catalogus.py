"""Our entry in the dienstencatalogus, against its form: the schema is not ours to ship, so it stands here as code."""

import re
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from lxml import etree
from lxml.etree import _Element
from pytest_django import Settings

from koppeling.eherkenning.catalogus import NS_CATALOGUS, Dienst, service_catalogue
from koppeling.eherkenning.config import ConfiguratieFout, Eherkenning, verification_keys
from koppeling.eherkenning.signature import verify
from koppeling.services import eherkenning
from tests.eherkenning import forge
from tests.eherkenning.reading import config
from tests.eherkenning.test_metadata import WIJ

UUID = "b2ba62a6-0000-4000-8000-000000000001"
DIENST = Dienst(
    omschrijving="Zaken doen met DUO.",
    adres="https://mijn.example/inloggen/",
    privacy="https://mijn.example/privacy/",
    bedrijfsnaam_doel="Laten zien namens wie iemand is ingelogd.",
    productie=False,
)
NS = {"esc": NS_CATALOGUS, "saml": forge.NS["saml"], "ds": forge.NS["ds"]}
ESC = f"{{{NS_CATALOGUS}}}"

# Per element its children in order: "?" may be missing, "*" any number, "+" at least one, else exactly one.
ORDER = {
    "ServiceCatalogue": "Signature ServiceProvider+",
    "ServiceProvider": "ServiceProviderID OrganizationDisplayName+ ServiceDefinition* ServiceInstance*",
    "ServiceDefinition": "ServiceUUID ServiceName+ ServiceDescription+ ServiceDescriptionURL* AuthnContextClassRef "
    "HerkenningsmakelaarId EntityConcernedTypesAllowed+ ActingSubjectTypesAllowed* ServiceRestrictionsAllowed* "
    "RequestedAttribute*",
    "ServiceInstance": "ServiceID ServiceUUID InstanceOfService? IntermediatedService? ServiceURL* PrivacyPolicyURL* "
    "HerkenningsmakelaarId AdditionalHerkenningsmakelaarId* SSOSupport? ServiceCertificate* ServiceIntermediation? "
    "Classifiers? BsnkStructureVersion? BsnkRecipientKeySetVersion?",
    "RequestedAttribute": "PurposeStatement+",
    "ServiceCertificate": "KeyDescriptor",
    "ServiceIntermediation": "ServiceIntermediationAllowed*",
}
LONGEST = {
    "OrganizationDisplayName": 64,
    "ServiceName": 64,
    "ServiceDescription": 1024,
    "ServiceDescriptionURL": 512,
    "ServiceURL": 512,
    "PrivacyPolicyURL": 512,
    "PurposeStatement": 1024,
}
OIN = {"ServiceProviderID", "HerkenningsmakelaarId"}


def local(node: _Element) -> str:
    return etree.QName(node).localname


def faults(root: _Element) -> list[str]:
    """What is wrong with a catalogue by the rules above; nothing in the elements of other namespaces is looked at."""
    found = []
    for node in root.iter(f"{ESC}*"):
        name = local(node)
        pattern = "".join(re.sub(r"(\w+)([?*+]?)$", r"(?:\1 )\2", part) for part in ORDER.get(name, "").split())
        if not re.fullmatch(pattern, "".join(f"{local(child)} " for child in node)):
            found.append(f"children of {name}")
        if name in {"ServiceProvider", "ServiceDefinition", "ServiceInstance"} and node.get(f"{ESC}IsPublic") is None:
            found.append(f"IsPublic of {name}")
        text = node.text or ""
        if name in LONGEST and not (0 < len(text) <= LONGEST[name] and node.get(f"{{{XML}}}lang") == "nl"):
            found.append(f"text of {name}")
        if name in OIN and not re.fullmatch(r"\d{20}", text):
            found.append(f"OIN in {name}")
    moment, version = root.get(f"{ESC}IssueInstant", ""), root.get(f"{ESC}Version", "")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment):
        found.append("IssueInstant")
    if not re.fullmatch(r"urn:etoegang:[\d.]+:service-catalogue:[PT]:\d+", version):
        found.append("Version")
    return found


XML = "http://www.w3.org/XML/1998/namespace"


def connection() -> Eherkenning:
    return replace(config(), service_uuid=UUID)


def made(**changes: Any) -> _Element:
    return etree.fromstring(service_catalogue(connection(), WIJ, replace(DIENST, **changes), now=forge.NOW))


def test_the_entry_has_the_form_of_the_catalogue() -> None:
    assert local(made()) == "ServiceCatalogue"
    assert faults(made()) == []


def test_the_check_of_the_form_finds_what_is_wrong() -> None:
    root = made()
    definition = forge.find(root, f"{ESC}ServiceProvider/{ESC}ServiceDefinition")
    definition.append(definition[0])
    root.remove(root[0])
    del definition.attrib[f"{ESC}IsPublic"]
    forge.find(root, f"{ESC}ServiceProvider/{ESC}ServiceProviderID").text = "1"
    found = {"children of ServiceCatalogue", "children of ServiceDefinition", "IsPublic of ServiceDefinition"}
    assert set(faults(root)) == found | {"OIN in ServiceProviderID"}


def test_it_is_signed_with_our_key() -> None:
    verify(made(), verification_keys(config("sp")))


def test_it_says_who_we_are_and_what_we_accept() -> None:
    root = made()

    def texts(path: str) -> list[str | None]:
        return [node.text for node in root.iterfind(path, NS)]

    assert texts("esc:ServiceProvider/esc:ServiceProviderID") == ["00000001234567890000"]
    definition, instance = ".//esc:ServiceDefinition/", ".//esc:ServiceInstance/"
    assert texts(f"{definition}esc:ServiceUUID") == texts(f"{instance}esc:InstanceOfService") == [UUID]
    assert texts(f"{definition}saml:AuthnContextClassRef") == [forge.LOA + "loa3"]
    assert texts(f"{definition}esc:HerkenningsmakelaarId") == ["00000009876543210000"]
    assert texts(f"{definition}esc:EntityConcernedTypesAllowed") == ["urn:etoegang:1.9:EntityConcernedID:KvKnr"]
    assert texts(f"{definition}esc:ServiceRestrictionsAllowed") == ["urn:etoegang:1.9:ServiceRestriction:Vestigingsnr"]
    assert texts(f"{instance}esc:ServiceID") == [forge.DIENST]
    assert texts(f"{instance}esc:SSOSupport") == ["false"], "so a logout of our own is enough"
    assert texts(f"{instance}esc:ServiceUUID") != [UUID], "the instance has one of its own"
    assert texts(f"{instance}esc:ServiceCertificate//ds:KeyName") == [forge.key("sp").key_name]


def test_production_and_test_have_names_of_their_own() -> None:
    names = [made(productie=productie).get(f"{ESC}Version") for productie in (True, False)]
    assert names == [f"urn:etoegang:1.13:service-catalogue:{kind}:9001" for kind in "PT"]


@pytest.mark.parametrize(
    "changes", [{"omschrijving": "x" * 1025}, {"adres": ""}, {"privacy": ""}, {"adres": "x" * 513}]
)
def test_a_text_that_is_too_long_or_missing_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ConfiguratieFout, match="characters"):
        made(**changes)


def test_without_a_service_uuid_there_is_no_entry() -> None:
    with pytest.raises(ConfiguratieFout, match="ServiceUUID"):
        service_catalogue(config(), WIJ, DIENST, now=forge.NOW)


@pytest.mark.django_db
def test_the_command_writes_it_by_the_settings(settings: Settings, client: Client) -> None:
    eherkenning._bewaard.clear()
    out = StringIO()
    call_command("dienstencatalogus", stdout=out)
    root = etree.fromstring(out.getvalue().encode())
    assert faults(root) == []
    assert root.findtext(".//esc:ServiceDefinition/esc:ServiceUUID", None, NS) == settings.EHERKENNING_SERVICE_UUID
    assert root.findtext(".//esc:ServiceName", None, NS) == "Mijn DUO voor zakelijke klanten"
    privacy = root.findtext(".//esc:ServiceInstance/esc:PrivacyPolicyURL", None, NS)
    assert privacy == f"{settings.BASIS_URL}/privacy/"
    assert client.get("/privacy/").status_code == 200


@pytest.mark.django_db
def test_the_command_says_what_is_missing(settings: Settings) -> None:
    settings.EHERKENNING_SERVICE_UUID = ""
    eherkenning._bewaard.clear()
    with pytest.raises(CommandError, match="EHERKENNING_SERVICE_UUID"):
        call_command("dienstencatalogus", stdout=StringIO())
    eherkenning._bewaard.clear()

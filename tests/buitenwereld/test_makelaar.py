"""Logging in at the makelaar as a browser does, without JavaScript."""

import base64
import re

import pytest
from lxml import etree

from buitenwereld.fouten import by_group
from buitenwereld.keuring.geval import Verwacht
from buitenwereld.keuring.gevallen import GEVALLEN
from buitenwereld.keys import KeyPair
from buitenwereld.safexml import NS
from buitenwereld.saml import KVKNR, PSEUDO
from tests.buitenwereld import sp
from tests.buitenwereld.conftest import Page, Wereld, open_page


def start(wereld: Wereld, sp_pair: KeyPair) -> Page:
    return open_page(f"{wereld.config.sso_url}?{sp.Request(wereld.config.sso_url).query(sp_pair)}")


def choose(wereld: Wereld, sp_pair: KeyPair, persona: str) -> Page:
    """The page with the organisations, after logging in as this persona."""
    page = open_page(f"{start(wereld, sp_pair).url}?persona={persona}")
    action, fields = page.form()
    return open_page(action, fields | {"actie": "inloggen"})


def log_in(wereld: Wereld, sp_pair: KeyPair, persona: str = "jolanda-de-vries", **choices: str) -> bytes:
    """The Response that the portal would get."""
    action, fields = choose(wereld, sp_pair, persona).form()
    return response_of(open_page(action, fields | {"actie": "inloggen"} | choices))


def response_of(page: Page) -> bytes:
    assert page.status == 200
    action, fields = page.form()
    assert action == sp.ACS
    assert fields["RelayState"] == "r1"
    return base64.b64decode(fields["SAMLResponse"])


def codes_of(response: bytes) -> list[str]:
    codes = etree.fromstring(response).iter(f"{{{NS['samlp']}}}StatusCode")
    return [code.get("Value", "").rsplit(":", 1)[1] for code in codes]


def certificates(wereld: Wereld) -> list[bytes]:
    root = etree.fromstring(open_page(wereld.url("/makelaar/metadata")).body.encode())
    texts = [element.text or "" for element in root.iter(f"{{{NS['ds']}}}X509Certificate")]
    return [f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode() for text in texts]


def test_a_persona_logs_in_and_the_portal_reads_pseudonym_and_kvk(wereld: Wereld, sp_pair: KeyPair) -> None:
    response = log_in(wereld, sp_pair)
    root = etree.fromstring(response)
    assert sp.verifies(root, certificates(wereld)[0])
    assert root.get("InResponseTo") == "_vraag1"
    found = sp.identifiers(response, sp_pair)
    assert found["urn:etoegang:core:LegalSubjectID"] == (KVKNR, "90001354")
    qualifier, value = found["urn:etoegang:core:ActingSubjectID"]
    assert qualifier == PSEUDO
    assert re.fullmatch(r"[0-9a-f]{64}@[0-9a-f]{32}", value)
    assert b"assurance-class:loa3<" in response


def test_the_same_middel_is_the_same_pseudonym_and_another_middel_is_not(wereld: Wereld, sp_pair: KeyPair) -> None:
    found = [
        sp.identifiers(log_in(wereld, sp_pair, persona), sp_pair)["urn:etoegang:core:ActingSubjectID"]
        for persona in ("peter-jansen", "peter-jansen", "peter-jansen-nieuw")
    ]
    assert found[0] == found[1] != found[2]


def test_the_fields_are_filled_in_for_a_persona_and_empty_before(wereld: Wereld, sp_pair: KeyPair) -> None:
    page = start(wereld, sp_pair)
    assert page.form()[1] == {"gebruikersnaam": "", "wachtwoord": "", "smscode": ""}
    filled = open_page(f"{page.url}?persona=karin-visser").form()[1]
    assert filled["gebruikersnaam"] == "karin.visser"
    assert all(filled.values())


def test_a_wrong_sms_code_stays_at_the_login_page(wereld: Wereld, sp_pair: KeyPair) -> None:
    action, fields = open_page(f"{start(wereld, sp_pair).url}?persona=karin-visser").form()
    page = open_page(action, fields | {"smscode": "000000", "actie": "inloggen"})
    assert "klopt niet" in page.body
    assert fields["wachtwoord"] not in page.body


def test_without_logging_in_there_is_nothing_to_choose(wereld: Wereld, sp_pair: KeyPair) -> None:
    page = open_page(start(wereld, sp_pair).url.replace("/inloggen/", "/keuze/"))
    assert "Kies wie u bent" in page.body


def test_who_works_for_two_organisations_chooses_one(wereld: Wereld, sp_pair: KeyPair) -> None:
    found = [sp.identifiers(log_in(wereld, sp_pair, "tom-post", kvk=kvk), sp_pair) for kvk in ("90002342", "90001354")]
    assert [one["urn:etoegang:core:LegalSubjectID"][1] for one in found] == ["90002342", "90001354"]
    assert found[0]["urn:etoegang:core:ActingSubjectID"] != found[1]["urn:etoegang:core:ActingSubjectID"]


def test_a_typed_kvk_number_goes_before_the_chosen_one(wereld: Wereld, sp_pair: KeyPair) -> None:
    found = sp.identifiers(log_in(wereld, sp_pair, ander_kvk="90009999"), sp_pair)
    assert found["urn:etoegang:core:LegalSubjectID"][1] == "90009999"


@pytest.mark.parametrize(
    ("niveau", "loa"), [("EH1", "loa1"), ("EH2", "loa2"), ("EH2+", "loa2plus"), ("EH3", "loa3"), ("EH4", "loa4")]
)
def test_every_level_can_be_played(wereld: Wereld, sp_pair: KeyPair, niveau: str, loa: str) -> None:
    assert f"assurance-class:{loa}<".encode() in log_in(wereld, sp_pair, niveau=niveau)


def test_a_persona_starts_at_its_own_level(wereld: Wereld, sp_pair: KeyPair) -> None:
    assert choose(wereld, sp_pair, "els-dijkstra").form()[1]["niveau"] == "EH2+"


def test_cancelling_is_possible_on_both_pages(wereld: Wereld, sp_pair: KeyPair) -> None:
    for page in (start(wereld, sp_pair), choose(wereld, sp_pair, "jolanda-de-vries")):
        response = response_of(open_page(page.url, {"actie": "annuleren"}))
        assert codes_of(response) == ["Responder", "AuthnFailed"]
        assert b"The user cancelled." in response
        assert sp.verifies(etree.fromstring(response), certificates(wereld)[0])


def test_one_request_gets_one_answer(wereld: Wereld, sp_pair: KeyPair) -> None:
    page = choose(wereld, sp_pair, "jolanda-de-vries")
    action, fields = page.form()
    assert open_page(action, fields | {"actie": "inloggen"}).status == 200
    assert open_page(action, fields | {"actie": "inloggen"}).status == 400
    assert "klaar of verlopen" in open_page(page.url).body


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ander_kvk", "123", "8 cijfers"),
        ("ander_kvk", "9000135\u0664", "8 cijfers"),
        ("niveau", "EH9", "Kies een niveau"),
        ("vestigingsnr", "12", "12 cijfers"),
        ("fout", "bestaat-niet", "Kies een fout"),
    ],
)
def test_a_wrong_choice_comes_back_with_a_message(
    wereld: Wereld, sp_pair: KeyPair, field: str, value: str, words: str
) -> None:
    action, fields = choose(wereld, sp_pair, "jolanda-de-vries").form()
    page = open_page(action, fields | {"actie": "inloggen", field: value})
    assert words in page.body
    assert f'href="#{field}"' in page.body


def test_fault_request_unsupported(wereld: Wereld, sp_pair: KeyPair) -> None:
    assert codes_of(log_in(wereld, sp_pair, fout="niet-ondersteund")) == ["Requester", "RequestUnsupported"]


def test_fault_another_audience(wereld: Wereld, sp_pair: KeyPair) -> None:
    response = log_in(wereld, sp_pair, fout="audience-ander")
    assert etree.fromstring(response).findtext(".//saml:Audience", None, NS) != sp.ENTITY_ID
    assert sp.verifies(etree.fromstring(response), certificates(wereld)[0])


def test_fault_expired(wereld: Wereld, sp_pair: KeyPair) -> None:
    good, old = (
        etree.fromstring(log_in(wereld, sp_pair, fout=fout)).find("saml:Assertion/saml:Conditions", NS)
        for fout in ("", "kwartier-oud")
    )
    assert good is not None
    assert old is not None
    assert old.get("NotOnOrAfter", "") < good.get("NotBefore", "")


def test_fault_unsigned(wereld: Wereld, sp_pair: KeyPair) -> None:
    assert b"Signature" not in log_in(wereld, sp_pair, fout="niets-ondertekend")


def test_every_family_of_the_keuring_can_be_played() -> None:
    bad = {geval.familie for geval in GEVALLEN if geval.verwacht is not Verwacht.TOEGANG}
    assert bad <= set(by_group())


@pytest.mark.parametrize("fout", ["wrapping-xsw3", "bestand", "twee-asserties", "niveau-eh1", "rsa-sha1"])
def test_a_case_of_the_keuring_is_sent_as_the_keuring_sends_it(wereld: Wereld, sp_pair: KeyPair, fout: str) -> None:
    message = log_in(wereld, sp_pair, fout=fout)
    expected = {
        "wrapping-xsw3": b"_k",
        "bestand": b"file:///etc/passwd",
        "twee-asserties": b"</saml:Assertion><saml:Assertion",
        "niveau-eh1": b"assurance-class:loa1<",
        "rsa-sha1": b"rsa-sha1",
    }
    assert expected[fout] in message


def test_what_a_form_looks_like_can_be_wrong_too(wereld: Wereld, sp_pair: KeyPair) -> None:
    action, fields = choose(wereld, sp_pair, "jolanda-de-vries").form()
    assert 'enctype="text/plain"' in open_page(action, fields | {"actie": "inloggen", "fout": "soort-tekst"}).body
    action, fields = choose(wereld, sp_pair, "jolanda-de-vries").form()
    assert 'method="get"' in open_page(action, fields | {"actie": "inloggen", "fout": "methode-get"}).body


def test_an_answer_can_be_sent_again_by_hand(wereld: Wereld, sp_pair: KeyPair) -> None:
    for fout, same in (("na-afloop", True), ("na-afloop-nieuw-antwoord", False)):
        action, fields = choose(wereld, sp_pair, "jolanda-de-vries").form()
        page = open_page(action, fields | {"actie": "inloggen", "fout": fout})
        assert "verder.js" not in page.body  # nothing is sent before somebody clicks
        first, second = response_of(page), response_of(open_page(page.url))
        assert (first == second) is same
        assertions = [etree.fromstring(message).find("saml:Assertion", NS) for message in (first, second)]
        assert len({node.get("ID") for node in assertions if node is not None}) == 1
    assert open_page(wereld.url("/makelaar/nogmaals/onbekend/")).status == 400


def test_advice_gcm_and_vestiging_are_switches(wereld: Wereld, sp_pair: KeyPair) -> None:
    plain = log_in(wereld, sp_pair)
    assert not any(word in plain for word in (b"Advice", b"aes256-gcm", b"Vestigingsnr"))
    response = log_in(wereld, sp_pair, advies="on", gcm="on", vestigingsnr="000012345678")
    assert all(word in response for word in (b"Advice", b"aes256-gcm", b"000012345678"))
    assert sp.identifiers(response, sp_pair)["urn:etoegang:core:LegalSubjectID"][1] == "90001354"


def test_only_the_last_page_may_post_to_the_portal(wereld: Wereld, sp_pair: KeyPair) -> None:
    page = choose(wereld, sp_pair, "jolanda-de-vries")
    action, fields = page.form()
    last = open_page(action, fields | {"actie": "inloggen"})
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8000;" in last.headers["Content-Security-Policy"]
    assert "<button" in last.body
    assert "<script>" not in last.body


def test_every_page_says_that_it_is_of_somebody_else(wereld: Wereld, sp_pair: KeyPair) -> None:
    pages = [open_page(wereld.url(path)) for path in ("/", "/makelaar/", "/postvak/", "/sleutel/", "/bestaat-niet")]
    for page in [*pages, start(wereld, sp_pair), choose(wereld, sp_pair, "tom-post")]:
        assert "In het echt is dit van een ander." in page.body
        assert '<html lang="nl">' in page.body


def test_a_form_on_another_site_is_refused(wereld: Wereld) -> None:
    page = open_page(wereld.url("/postvak/leeg/"), {}, {"Origin": "http://elders.example"})
    assert page.status == 403

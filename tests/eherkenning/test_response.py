"""What an answer must say besides being signed; each refusal is asserted at its own check."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from lxml import etree
from lxml.etree import _Element

from koppeling.eherkenning.levels import Niveau
from koppeling.eherkenning.outcome import Check, Weigering
from koppeling.eherkenning.response import read_response
from tests.eherkenning import forge
from tests.eherkenning.forge import Plan, find
from tests.eherkenning.reading import accepted, config, read, refused


def test_a_good_answer_tells_person_organisation_level_and_service() -> None:
    message = forge.response()
    result = accepted(message)
    assert (result.pseudoniem, result.kvk) == (forge.PSEUDONIEM, forge.KVK)
    assert (result.loa, result.service_id) == (Niveau.EH3, forge.DIENST)
    assert result.in_response_to == forge.REQUEST_ID
    assert result.response_id == message.get("ID")
    assert result.assertion_id == find(message, "saml:Assertion").get("ID")
    assert result.session_index == "sessie-1"
    assert result.issue_instant == forge.NOW
    assert result.authn_instant == forge.NOW - timedelta(seconds=20)
    assert result.bedrijfsnaam == "Stichting Voorbeeld"
    assert (result.vestigingen, result.intermediair_kvk) == ((), None)


def test_a_pseudonym_never_shows_in_a_representation() -> None:
    assert forge.PSEUDONIEM not in repr(accepted(Plan()))


def test_now_must_be_aware() -> None:
    with pytest.raises(ValueError, match="aware"):
        read_response(config(), "", now=datetime(2026, 11, 23))  # noqa: DTZ001 - a naive moment is what is refused


# --- level -------------------------------------------------------------------------------------------------------


def test_a_better_level_than_the_minimum_is_accepted_r13() -> None:
    assert accepted(Plan(levels=[forge.LOA + "loa4"])).loa is Niveau.EH4


@pytest.mark.parametrize("level", ["loa1", "loa2", "loa2plus", "loa3x", "LOA4", " loa4", "loa5", ""])
def test_a_lower_or_unknown_level_is_refused_and_told_r13(level: str) -> None:
    result = refused(Plan(levels=[forge.LOA + level]), Check.LEVEL, weigering=Weigering.NIVEAU_TE_LAAG)
    assert result.loa == forge.LOA + level


def test_a_level_of_another_family_is_refused_r13() -> None:
    other = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    refused(Plan(levels=[other]), Check.LEVEL, weigering=Weigering.NIVEAU_TE_LAAG)


@pytest.mark.parametrize("levels", [[], [forge.LOA + "loa4", forge.LOA + "loa2"], [forge.LOA + "loa3"] * 2])
def test_no_level_or_two_is_refused_r13(levels: Sequence[str]) -> None:
    refused(Plan(levels=levels), Check.LEVEL, Check.SCHEMA)


def test_the_minimum_is_an_argument_r13() -> None:
    refused(Plan(), Check.LEVEL, using=config(minimum="loa4"), weigering=Weigering.NIVEAU_TE_LAAG)


# --- status ------------------------------------------------------------------------------------------------------


def with_message(text: str) -> forge.Edit:
    def edit(root: _Element) -> None:
        etree.SubElement(find(root, "samlp:Status"), f"{{{forge.NS['samlp']}}}StatusMessage").text = text

    return edit


@pytest.mark.parametrize("edit", [forge.leave, with_message("The user cancelled.")])
@pytest.mark.parametrize("top", ["Responder", "Requester"])
def test_cancelling_is_recognised_by_its_code_with_and_without_a_message_r16(top: str, edit: forge.Edit) -> None:
    plan = Plan(statuses=[top, "AuthnFailed"], edit_response=edit)
    result = refused(plan, Check.STATUS, weigering=Weigering.GEANNULEERD)
    assert result.statuscodes == (top, "AuthnFailed")
    assert result.in_response_to == forge.REQUEST_ID
    assert result.ondertekend


@pytest.mark.parametrize(
    "statuses",
    [
        ["Requester"],
        ["Responder"],
        ["Responder", "RequestUnsupported"],
        ["Requester", "RequestUnsupported"],
        ["Responder", "Success"],
        ["Responder", "NoAuthnContext"],
        ["AuthnFailed"],
    ],
)
def test_any_other_status_is_a_disturbance_r16(statuses: Sequence[str]) -> None:
    result = refused(Plan(statuses=statuses), Check.STATUS, weigering=Weigering.STORING)
    assert result.statuscodes == tuple(statuses)


def test_an_unsigned_cancellation_is_not_believed() -> None:
    result = refused(Plan(statuses=["Responder", "AuthnFailed"], sign_response=None), Check.SIGNATURE)
    assert not result.ondertekend
    assert result.in_response_to is None


def test_success_without_an_assertion_is_refused() -> None:
    refused(Plan(edit_response=lambda root: root.remove(find(root, "saml:Assertion"))), Check.STRUCTURE)


def test_a_failure_that_carries_an_assertion_logs_nobody_in() -> None:
    def fail(root: _Element) -> None:
        find(root, "samlp:Status/samlp:StatusCode").set("Value", f"{forge.STATUS}Responder")

    refused(Plan(edit_response=fail), Check.STATUS, weigering=Weigering.STORING)


# --- who, to whom, in answer to what -----------------------------------------------------------------------------


@pytest.mark.parametrize("issuer", ["", f"{forge.HM} ", forge.AD, forge.HM.lower()])
def test_both_issuers_must_be_the_makelaar(issuer: str) -> None:
    refused(Plan(issuer=issuer), Check.ISSUER)
    refused(Plan(assertion_issuer=issuer), Check.ISSUER)


@pytest.mark.parametrize(
    "address", ["", f"{forge.ACS}x", forge.ACS[:-1], f"https://evil.example/?{forge.ACS}", forge.ACS.upper()]
)
def test_destination_and_recipient_must_be_exactly_our_address(address: str) -> None:
    refused(Plan(destination=address), Check.DESTINATION)
    refused(Plan(recipient=address), Check.RECIPIENT)


def drop(path: str, attribute: str) -> forge.Edit:
    return lambda node: (find(node, path) if path else node).attrib.pop(attribute)


DATA = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"


@pytest.mark.parametrize(
    ("attribute", "check"),
    [
        ("InResponseTo", Check.IN_RESPONSE_TO),
        ("Destination", Check.DESTINATION),
        ("IssueInstant", Check.TIME),
        ("ID", Check.STRUCTURE),
        ("Version", Check.STRUCTURE),
    ],
)
def test_a_response_without_what_binds_it_is_refused(attribute: str, check: Check) -> None:
    refused(Plan(edit_response=drop("", attribute)), check)


@pytest.mark.parametrize(
    ("path", "attribute", "check"),
    [
        ("", "ID", Check.STRUCTURE),
        ("", "Version", Check.STRUCTURE),
        ("", "IssueInstant", Check.SCHEMA),
        (DATA, "InResponseTo", Check.IN_RESPONSE_TO),
        (DATA, "Recipient", Check.RECIPIENT),
        (DATA, "NotOnOrAfter", Check.TIME),
        ("saml:Conditions", "NotBefore", Check.TIME),
        ("saml:Conditions", "NotOnOrAfter", Check.TIME),
        ("saml:AuthnStatement", "AuthnInstant", Check.SCHEMA),
    ],
)
def test_an_assertion_without_what_binds_it_is_refused(path: str, attribute: str, check: Check) -> None:
    refused(Plan(edit_assertion=drop(path, attribute)), check)


def test_response_and_confirmation_must_answer_the_same_request() -> None:
    refused(Plan(edit_assertion=lambda node: find(node, DATA).set("InResponseTo", "_ander")), Check.IN_RESPONSE_TO)


def test_an_answer_that_nobody_asked_for_is_refused() -> None:
    refused(Plan(in_response_to=""), Check.IN_RESPONSE_TO)


@pytest.mark.parametrize("audience", ["", f"{forge.DV} ", forge.HM, forge.DV.replace("9001", "9002")])
def test_another_audience_is_refused(audience: str) -> None:
    refused(Plan(audience=audience), Check.AUDIENCE)


def remove(path: str) -> forge.Edit:
    def edit(node: _Element) -> None:
        found = find(node, path)
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)

    return edit


def repeat(path: str) -> forge.Edit:
    """Put a second one beside it, equal to the first."""
    return lambda node: find(node, path).addnext(etree.fromstring(etree.tostring(find(node, path), with_tail=False)))


RESTRICTION = "saml:Conditions/saml:AudienceRestriction"


@pytest.mark.parametrize(
    ("edit", "checks"),
    [
        (remove(RESTRICTION), [Check.AUDIENCE]),
        (repeat(RESTRICTION), [Check.AUDIENCE]),
        (repeat(f"{RESTRICTION}/saml:Audience"), [Check.AUDIENCE]),
        (remove(f"{RESTRICTION}/saml:Audience"), [Check.SCHEMA]),
        (remove("saml:Conditions"), [Check.CONDITION]),
        (repeat("saml:Conditions"), [Check.SCHEMA]),
        (remove("saml:Subject"), [Check.SUBJECT]),
        (repeat("saml:Subject"), [Check.SCHEMA]),
        (remove("saml:Subject/saml:SubjectConfirmation"), [Check.SUBJECT]),
        (repeat("saml:Subject/saml:SubjectConfirmation"), [Check.SUBJECT]),
        (remove(DATA), [Check.SUBJECT]),
        (remove("saml:AuthnStatement"), [Check.STRUCTURE]),
        (repeat("saml:AuthnStatement"), [Check.STRUCTURE]),
        (remove("saml:AttributeStatement"), [Check.STRUCTURE]),
        (repeat("saml:Issuer"), [Check.SCHEMA]),
    ],
)
def test_what_must_be_there_once_is_refused_when_missing_or_double(edit: forge.Edit, checks: Sequence[Check]) -> None:
    refused(Plan(edit_assertion=edit), *checks)


def test_a_holder_of_key_confirmation_is_no_bearer() -> None:
    method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
    edit = Plan(edit_assertion=lambda node: find(node, "saml:Subject/saml:SubjectConfirmation").set("Method", method))
    refused(edit, Check.SUBJECT)


def test_a_bearer_confirmation_has_no_beginning() -> None:
    """SAML profiles 4.1.4.2: it must not hold a NotBefore, so a message that does is not by this profile."""
    edit = Plan(edit_assertion=lambda node: find(node, DATA).set("NotBefore", forge.moment(-5)))
    refused(edit, Check.SUBJECT)


def test_an_overlong_session_index_is_refused() -> None:
    def session(length: int) -> Plan:
        return Plan(edit_assertion=lambda node: find(node, "saml:AuthnStatement").set("SessionIndex", "x" * length))

    accepted(session(256))
    refused(session(257), Check.STRUCTURE)


def test_an_unknown_condition_is_refused_and_one_time_use_is_not() -> None:
    def add(name: str) -> Plan:
        tag = f"{{{forge.NS['saml']}}}{name}"
        return Plan(edit_assertion=lambda node: etree.SubElement(find(node, "saml:Conditions"), tag))

    accepted(add("OneTimeUse"))
    refused(add("ProxyRestriction"), Check.CONDITION)


# --- time --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [-64, -45, 0, 45, 119, 179])
def test_an_answer_is_good_within_its_window_and_a_minute_of_skew(later: float) -> None:
    accepted(Plan(issued=-5), later=later)


@pytest.mark.parametrize("later", [-66, 180, 181, 3600, 86400 * 365])
def test_an_answer_from_the_future_or_the_past_is_refused(later: float) -> None:
    refused(Plan(issued=-5), Check.TIME, later=later)


def test_the_same_answer_is_refused_from_the_moment_it_says_itself() -> None:
    message = forge.response()
    until = (accepted(message).not_on_or_after - forge.NOW).total_seconds()
    accepted(message, later=until - 0.001)
    refused(message, Check.TIME, later=until)


def test_each_of_the_two_windows_ends_the_answer() -> None:
    past = {"NotOnOrAfter": forge.moment(-61)}
    refused(Plan(edit_assertion=lambda node: find(node, DATA).attrib.update(past)), Check.TIME)
    refused(Plan(edit_assertion=lambda node: find(node, "saml:Conditions").attrib.update(past)), Check.TIME)


def test_an_assertion_that_claims_a_year_is_refused_however_fresh() -> None:
    accepted(Plan(not_before=0, not_on_or_after=600))
    refused(Plan(not_before=0, not_on_or_after=601), Check.TIME)
    refused(Plan(not_on_or_after=86400 * 365), Check.TIME)


@pytest.mark.parametrize("authn", [61, -961, -86400])
def test_a_login_that_was_not_just_now_is_refused(authn: float) -> None:
    refused(Plan(authn=authn), Check.TIME)


@pytest.mark.parametrize("where", ["response", "assertion"])
@pytest.mark.parametrize("issued", [61, -661])
def test_a_message_that_was_not_just_made_is_refused(where: str, issued: float) -> None:
    def edit(node: _Element) -> None:
        node.set("IssueInstant", forge.moment(issued))

    refused(Plan(edit_response=edit) if where == "response" else Plan(edit_assertion=edit), Check.TIME)


def test_a_session_that_is_over_is_refused() -> None:
    def session_until(seconds: float) -> Plan:
        moment = forge.moment(seconds)
        return Plan(edit_assertion=lambda node: find(node, "saml:AuthnStatement").set("SessionNotOnOrAfter", moment))

    accepted(session_until(60))
    refused(session_until(-60), Check.TIME)


@pytest.mark.parametrize(
    "moment",
    ["2026-11-23T09:30:00", "2026-11-23T10:30:00+01:00", "2026-11-23T24:30:00Z", "2026-02-30T09:30:00Z", "nu", " "],
)
def test_a_moment_is_utc_with_a_z_or_refused(moment: str) -> None:
    refused(Plan(edit_response=lambda root: root.set("IssueInstant", moment)), Check.TIME)


@pytest.mark.parametrize("moment", ["2026-11-23T09:30:00.5Z", "2026-11-23T09:30:00.123456789Z"])
def test_parts_of_a_second_are_read(moment: str) -> None:
    assert accepted(Plan(edit_assertion=lambda node: node.set("IssueInstant", moment))).issue_instant > forge.NOW


# --- Advice ------------------------------------------------------------------------------------------------------


def test_advice_is_accepted_and_not_believed() -> None:
    result = accepted(Plan(advice=True))
    assert (result.loa, result.kvk) == (Niveau.EH3, forge.KVK)


def test_a_higher_level_in_advice_does_not_help_r13() -> None:
    plan = Plan(advice=True, levels=[forge.LOA + "loa2"])
    refused(plan, Check.LEVEL, weigering=Weigering.NIVEAU_TE_LAAG)


@pytest.mark.parametrize("missing", ["saml:AuthnStatement", "saml:AttributeStatement"])
def test_what_the_assertion_lacks_is_not_taken_from_advice(missing: str) -> None:
    refused(Plan(advice=True, edit_assertion=remove(missing)), Check.STRUCTURE)


def test_reading_twice_gives_the_same() -> None:
    """Using a message once is for the caller, who has the database; reading it leaves nothing behind."""
    message = forge.posted(forge.response(Plan(advice=True)))
    assert read(message) == read(message)


def test_many_answers_are_read_at_once() -> None:
    """Keys and schema are shared by all threads of a server process."""
    messages = [forge.posted(forge.response(Plan(levels=[level]))) for level in (Niveau.EH3, Niveau.EH4) * 40]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(read, messages))
    assert [getattr(result, "loa", result) for result in results] == [Niveau.EH3, Niveau.EH4] * 40

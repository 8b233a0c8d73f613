"""Makes Responses, good and bad, out of the same building blocks; shares nothing with the makelaar's own messages."""

import secrets
import uuid
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from buitenwereld.keuring.bouwstenen import DECLARED, NS, Encrypting, Signing, Toneel, element, encrypt, find, sign

NAMEID = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
LOA = "urn:etoegang:core:assurance-class:"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
AD = "urn:etoegang:AD:00000001111111110000:entities:9003"

DIENST_ATTRIBUUT = "urn:etoegang:core:ServiceID"
PERSOON = "urn:etoegang:core:ActingSubjectID"
ORGANISATIE = "urn:etoegang:core:LegalSubjectID"
PSEUDO_TYPE = "urn:etoegang:1.13:EntityConcernedID:Pseudo"
KVK_TYPE = "urn:etoegang:1.9:EntityConcernedID:KvKnr"


def name_id(value: str, qualifier: str) -> str:
    """The plaintext of an identifier; it leans on the `saml` prefix of the message, as in life."""
    return f'<saml:NameID Format="{NAMEID}persistent" NameQualifier="{qualifier}">{value}</saml:NameID>'


def identifier(value: str, qualifier: str, toneel: Toneel, how: Encrypting | None = None) -> _Element:
    """An EncryptedID."""
    holder = element(f'<saml:EncryptedID xmlns:saml="{NS["saml"]}"/>')
    encrypt(name_id(value, qualifier).encode(), holder, how or Encrypting(), toneel)
    return holder


def attribute(name: str, *values: str | _Element) -> _Element:
    """An Attribute with a value for each string or element."""
    node = element(f'<saml:Attribute {DECLARED} Name="{name}"/>')
    for value in values:
        child = etree.SubElement(node, f"{{{NS['saml']}}}AttributeValue")
        if isinstance(value, str):
            child.set(f"{{{NS['xsi']}}}type", "xs:string")
            child.text = value
        else:
            child.append(value)
    return node


def identity(
    toneel: Toneel,
    *,
    pseudoniem: str | None = None,
    kvk: str | None = None,
    how: Encrypting | None = None,
    dienst: str | None = None,
) -> list[_Element]:
    """The attributes of an ordinary login; what is not given is as the stage has it."""
    return [
        attribute(DIENST_ATTRIBUUT, _or(dienst, toneel.dienst)),
        attribute(
            "urn:etoegang:core:ServiceUUID", toneel.dienst_uuid or str(uuid.uuid5(uuid.NAMESPACE_URL, toneel.dienst))
        ),
        attribute(PERSOON, identifier(_or(pseudoniem, toneel.pseudoniem), PSEUDO_TYPE, toneel, how)),
        attribute(ORGANISATIE, identifier(_or(kvk, toneel.kvk), KVK_TYPE, toneel, how)),
        attribute("urn:etoegang:1.11:attribute-represented:CompanyName", "Stichting Voorbeeld"),
    ]


Edit = Callable[[_Element], object]


def leave(node: _Element) -> None:
    """Change nothing."""


SIGNED = Signing()


@dataclass(frozen=True)
class Plan:
    """One message; None is what the stage has, and an empty `in_response_to` is left out.

    `edit_assertion` works before the assertion is signed, `edit_response` before the Response is.
    """

    issuer: str | None = None
    assertion_issuer: str | None = None
    in_response_to: str | None = None
    destination: str | None = None
    recipient: str | None = None
    audience: str | None = None
    levels: Sequence[str] = (LOA + "loa3",)
    issued: float = 0
    not_before: float = -5
    not_on_or_after: float = 120
    authn: float = -20
    statuses: Sequence[str] = ("Success",)
    attributes: Sequence[_Element] | None = None
    advice: bool = False
    sign_assertion: Signing | None = SIGNED
    sign_response: Signing | None = SIGNED
    encrypt_assertion: Encrypting | None = None
    edit_assertion: Edit = leave
    edit_response: Edit = leave


def response(plan: Plan, toneel: Toneel) -> _Element:
    """Build, sign and encrypt by the plan."""
    nested = "".join(f'<samlp:StatusCode Value="{STATUS}{code}">' for code in plan.statuses)
    root = element(
        f'<samlp:Response {DECLARED} ID="_r{secrets.token_hex(8)}" Version="2.0" '
        f'IssueInstant="{toneel.moment(plan.issued)}" Destination="{_or(plan.destination, toneel.acs)}" '
        f"{_in_response_to(plan, toneel)}><saml:Issuer>{_or(plan.issuer, toneel.hm)}</saml:Issuer>"
        f"<samlp:Status>{nested}{'</samlp:StatusCode>' * len(plan.statuses)}</samlp:Status></samlp:Response>"
    )
    if plan.statuses[0] == "Success":
        made = assertion(plan, toneel)
        root.append(made)
        plan.edit_assertion(made)
        if plan.sign_assertion:
            sign(made, plan.sign_assertion, toneel)
        if plan.encrypt_assertion:
            root.remove(made)
            encrypt_assertion(made, root, plan.encrypt_assertion, toneel)
    plan.edit_response(root)
    if plan.sign_response:
        sign(root, plan.sign_response, toneel)
    return root


def encrypt_assertion(made: _Element, root: _Element, how: Encrypting, toneel: Toneel) -> None:
    """Add the assertion to the Response as an EncryptedAssertion."""
    encrypt(etree.tostring(made), etree.SubElement(root, f"{{{NS['saml']}}}EncryptedAssertion"), how, toneel)


def assertion(plan: Plan, toneel: Toneel) -> _Element:
    """The makelaar's assertion by the plan, not signed yet."""
    until = toneel.moment(plan.not_on_or_after)
    levels = "".join(f"<saml:AuthnContextClassRef>{level}</saml:AuthnContextClassRef>" for level in plan.levels)
    node = element(
        f'<saml:Assertion {DECLARED} ID="_a{secrets.token_hex(8)}" Version="2.0" '
        f'IssueInstant="{toneel.moment(plan.issued)}"><saml:Issuer>{_or(plan.assertion_issuer, toneel.hm)}'
        f'</saml:Issuer><saml:Subject><saml:NameID Format="{NAMEID}transient" NameQualifier="{AD}">'
        f'voorbijgaand</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f"<saml:SubjectConfirmationData {_in_response_to(plan, toneel)} "
        f'Recipient="{_or(plan.recipient, toneel.acs)}" NotOnOrAfter="{until}"/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{toneel.moment(plan.not_before)}" NotOnOrAfter="{until}">'
        f"<saml:AudienceRestriction><saml:Audience>{_or(plan.audience, toneel.dv)}</saml:Audience>"
        "</saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{toneel.moment(plan.authn)}" SessionIndex="sessie-1">'
        f"<saml:AuthnContext>{levels}<saml:AuthenticatingAuthority>{AD}</saml:AuthenticatingAuthority>"
        "</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement/></saml:Assertion>"
    )
    node[-1].extend(identity(toneel) if plan.attributes is None else deepcopy(list(plan.attributes)))
    if plan.advice:
        advice = etree.Element(f"{{{NS['saml']}}}Advice")
        advice.extend([_evidence("ad", toneel), _evidence("mr", toneel)])
        find(node, "saml:Conditions").addnext(advice)
    return node


def _or(given: str | None, ordinary: str) -> str:
    return ordinary if given is None else given


def _in_response_to(plan: Plan, toneel: Toneel) -> str:
    named = _or(plan.in_response_to, toneel.request_id)
    return f'InResponseTo="{named}"' if named else ""


def _evidence(by: str, toneel: Toneel) -> _Element:
    """Somebody else's assertion, as it stands in Advice: a higher level, another organisation, an odd statement."""
    statement = (
        f'<saml:AuthnStatement AuthnInstant="{toneel.moment()}"><saml:AuthnContext><saml:AuthnContextClassRef>{LOA}loa4'
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement/>"
    )
    if by == "mr":
        statement = (
            '<saml:Statement xmlns:xacml="urn:oasis:xacml:2.0:saml:assertion:schema:os" '
            'xsi:type="xacml:XACMLAuthzDecisionStatementType">'
            '<Response xmlns="urn:oasis:names:tc:xacml:2.0:context:schema:os">'
            "<Result><Decision>Permit</Decision></Result></Response></saml:Statement><saml:AttributeStatement/>"
        )
    node = element(
        f'<saml:Assertion {DECLARED} ID="_e{secrets.token_hex(8)}" Version="2.0" IssueInstant="{toneel.moment()}">'
        f"<saml:Issuer>{AD.replace(':AD:', f':{by.upper()}:')}</saml:Issuer>{statement}</saml:Assertion>"
    )
    other = identifier("99999999", KVK_TYPE, toneel, Encrypting(to=("mr",), recipient=None))
    node[-1].append(attribute(ORGANISATIE, other))
    sign(node, Signing(by=by), toneel)
    return node

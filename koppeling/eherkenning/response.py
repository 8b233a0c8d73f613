"""Reading the makelaar's answer (R13): who logged in, for which organisation, at what level, for which service.

Nothing is believed before the signature over the whole Response held, and each check stands here once, in the order
in which it is made. python3-saml gives the hardened parser, the schema and the names; its own validation is not used,
because it lets missing conditions pass, and refuses the Advice that real makelaars send.
"""

import binascii
import re
from contextlib import suppress
from datetime import datetime, timedelta

from lxml import etree
from lxml.etree import _Element
from onelogin.saml2.constants import OneLogin_Saml2_Constants

from koppeling.eherkenning.config import Eherkenning, decryption_managers, verification_keys
from koppeling.eherkenning.document import (
    SAML,
    SAMLP,
    id_of,
    only_child,
    parse,
    require_schema,
    require_unique_ids,
    text_of,
)
from koppeling.eherkenning.encryption import decrypt
from koppeling.eherkenning.identity import Identity, read_identity
from koppeling.eherkenning.levels import Niveau, meets
from koppeling.eherkenning.outcome import Aanmelding, Check, Geweigerd, Refused, Weigering
from koppeling.eherkenning.signature import verify

# A Response with Advice and six EncryptedIDs takes about 60 kB.
MAX_BYTES = 256 * 1024
# Clocks of makelaar and portal may differ by this much, both ways.
CLOCK_SKEW = timedelta(seconds=60)
# Makelaars give an assertion 2 to 5 minutes; one that claims to last longer is refused however fresh it is.
MAX_VALIDITY = timedelta(minutes=10)
# With ForceAuthn the authentication follows our request; choosing a machtiging after it takes minutes.
MAX_AUTHN_AGE = timedelta(minutes=15)
MAX_SESSION_INDEX = 256

_ASSERTIONS = etree.XPath("//saml:Assertion | //saml:Advice", namespaces=OneLogin_Saml2_Constants.NSMAP)
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def read_response(config: Eherkenning, saml_response: str, *, now: datetime) -> Aanmelding | Geweigerd:
    """Return who logged in, or why nobody did; nothing that a stranger posts makes this raise.

    saml_response: the form field, base64. now: aware. Left to the caller: that `in_response_to` is a request of this
    very browser, and that `response_id` and `assertion_id` were not used before.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    response = None
    try:
        response = _open_response(config, saml_response)
        return _read(config, response, now)
    except Refused as error:
        refused = error
    except Exception:  # noqa: BLE001 - libraries may fail on hostile input in ways that nobody has listed
        refused = Refused(Check.UNEXPECTED)
    return Geweigerd(
        weigering=refused.weigering,
        check=refused.check,
        statuscodes=refused.statuscodes,
        loa=refused.loa,
        kvk=refused.kvk,
        response_id=response.get("ID") if response is not None else None,
        in_response_to=response.get("InResponseTo") if response is not None else None,
    )


def _open_response(config: Eherkenning, saml_response: str) -> _Element:
    """From form field to a Response of which every byte that is read later was signed by the makelaar."""
    encoded = saml_response.replace("\r", "").replace("\n", "")
    if not 0 < len(encoded) <= MAX_BYTES * 4 // 3:
        raise Refused(Check.SIZE)
    try:
        raw = binascii.a2b_base64(encoded.encode("ascii"), strict_mode=True)
    except ValueError:
        raise Refused(Check.ENCODING) from None
    response = parse(raw)
    if response.tag != f"{SAMLP}Response" or response.get("Version") != "2.0":
        raise Refused(Check.STRUCTURE)
    require_unique_ids(response)
    verify(response, verification_keys(config))
    return response


def _read(config: Eherkenning, response: _Element, now: datetime) -> Aanmelding:
    if text_of(only_child(response, f"{SAML}Issuer", Check.ISSUER)) != config.makelaar.entity_id:
        raise Refused(Check.ISSUER)
    if response.get("Destination") != config.acs_url:
        raise Refused(Check.DESTINATION)
    in_response_to = response.get("InResponseTo")
    if not in_response_to:
        raise Refused(Check.IN_RESPONSE_TO)
    _issue_instant(response, now)
    _require_success(response)
    assertion, was_encrypted = _open_assertion(config, response)
    if text_of(only_child(assertion, f"{SAML}Issuer", Check.ISSUER)) != config.makelaar.entity_id:
        raise Refused(Check.ISSUER)
    issue_instant = _issue_instant(assertion, now)
    ends = min(
        _check_confirmation(config, assertion, in_response_to, issue_instant, now),
        _check_conditions(config, assertion, now),
    )
    try:
        loa, authn_instant, session_index = _read_authentication(config, assertion, now)
    except Refused as error:
        if error.check is Check.LEVEL:
            with suppress(Refused):
                error.kvk = _read_identity(config, assertion, was_encrypted=was_encrypted).kvk
        raise
    identity = _read_identity(config, assertion, was_encrypted=was_encrypted)
    return Aanmelding(
        pseudoniem=identity.pseudoniem,
        kvk=identity.kvk,
        loa=loa,
        service_id=config.service_id,
        response_id=id_of(response),
        assertion_id=id_of(assertion),
        in_response_to=in_response_to,
        issue_instant=issue_instant,
        not_on_or_after=ends + CLOCK_SKEW,
        authn_instant=authn_instant,
        session_index=session_index,
        vestigingen=identity.vestigingen,
        intermediair_kvk=identity.intermediair_kvk,
        bedrijfsnaam=identity.bedrijfsnaam,
    )


def _read_identity(config: Eherkenning, assertion: _Element, *, was_encrypted: bool) -> Identity:
    return read_identity(
        only_child(assertion, f"{SAML}AttributeStatement"),
        service_id=config.service_id,
        service_uuid=config.service_uuid,
        decrypt=lambda holder: decrypt(holder, decryption_managers(config), config.entity_id),
        plain_allowed=was_encrypted,
    )


def _require_success(response: _Element) -> None:
    """Stop at any other status than Success, by the codes and not by the message (eHerkenning, "Error handling")."""
    codes = []
    node = only_child(response, f"{SAMLP}Status", Check.STATUS).find(f"{SAMLP}StatusCode")
    while node is not None:
        codes.append(node.get("Value", "").removeprefix(_STATUS)[:64])
        node = node.find(f"{SAMLP}StatusCode")
    if codes[:1] == ["Success"]:
        return
    cancelled = codes[1:2] == ["AuthnFailed"]
    raise Refused(Check.STATUS, Weigering.GEANNULEERD if cancelled else Weigering.STORING, statuscodes=tuple(codes))


def _open_assertion(config: Eherkenning, response: _Element) -> tuple[_Element, bool]:
    """Return the makelaar's own assertion, signed by it too, and whether it came encrypted.

    The assertions of others inside Advice are evidence for them, not for us: they leave the tree unread.
    """
    holder = response
    if response.find(f"{SAML}EncryptedAssertion") is not None:
        encrypted = only_child(response, f"{SAML}EncryptedAssertion")
        # The plaintext stays a document of its own: moved into the Response its prefixes would change.
        holder = decrypt(encrypted, decryption_managers(config), config.entity_id).getroottree().getroot()
        require_unique_ids(holder)
        if _ASSERTIONS(response):
            raise Refused(Check.STRUCTURE)
    assertion = only_child(holder, f"{SAML}Assertion")
    if assertion.get("Version") != "2.0":
        raise Refused(Check.STRUCTURE)
    verify(assertion, verification_keys(config))
    for advice in assertion.findall(f"{SAML}Advice"):
        assertion.remove(advice)
    if _ASSERTIONS(holder) != [assertion]:
        raise Refused(Check.STRUCTURE)
    require_schema(response)
    if holder is response:
        return assertion, False
    require_schema(assertion)
    return assertion, True


def _check_confirmation(
    config: Eherkenning, assertion: _Element, in_response_to: str, issue_instant: datetime, now: datetime
) -> datetime:
    confirmation = only_child(
        only_child(assertion, f"{SAML}Subject", Check.SUBJECT), f"{SAML}SubjectConfirmation", Check.SUBJECT
    )
    data = only_child(confirmation, f"{SAML}SubjectConfirmationData", Check.SUBJECT)
    if confirmation.get("Method") != OneLogin_Saml2_Constants.CM_BEARER or data.get("NotBefore") is not None:
        raise Refused(Check.SUBJECT)
    if data.get("Recipient") != config.acs_url:
        raise Refused(Check.RECIPIENT)
    if data.get("InResponseTo") != in_response_to:
        raise Refused(Check.IN_RESPONSE_TO)
    return _require_window(issue_instant, _instant(data, "NotOnOrAfter"), now)


def _check_conditions(config: Eherkenning, assertion: _Element, now: datetime) -> datetime:
    conditions = only_child(assertion, f"{SAML}Conditions", Check.CONDITION)
    # A condition that is not understood must be refused (SAML core 2.5.1); OneTimeUse is what we do anyway.
    if {child.tag for child in conditions} - {f"{SAML}AudienceRestriction", f"{SAML}OneTimeUse"}:
        raise Refused(Check.CONDITION)
    audience = only_child(
        only_child(conditions, f"{SAML}AudienceRestriction", Check.AUDIENCE), f"{SAML}Audience", Check.AUDIENCE
    )
    if text_of(audience) != config.entity_id:
        raise Refused(Check.AUDIENCE)
    return _require_window(_instant(conditions, "NotBefore"), _instant(conditions, "NotOnOrAfter"), now)


def _read_authentication(
    config: Eherkenning, assertion: _Element, now: datetime
) -> tuple[Niveau, datetime, str | None]:
    statement = only_child(assertion, f"{SAML}AuthnStatement")
    authn_instant = _instant(statement, "AuthnInstant")
    if not now - MAX_AUTHN_AGE - CLOCK_SKEW <= authn_instant <= now + CLOCK_SKEW:
        raise Refused(Check.TIME)
    if statement.get("SessionNotOnOrAfter") and _instant(statement, "SessionNotOnOrAfter") <= now - CLOCK_SKEW:
        raise Refused(Check.TIME)
    session_index = statement.get("SessionIndex")
    if session_index is not None and len(session_index) > MAX_SESSION_INDEX:
        raise Refused(Check.STRUCTURE)
    context = only_child(statement, f"{SAML}AuthnContext", Check.LEVEL)
    received = text_of(only_child(context, f"{SAML}AuthnContextClassRef", Check.LEVEL), Check.LEVEL)
    if not meets(received, config.minimum_loa):
        raise Refused(Check.LEVEL, Weigering.NIVEAU_TE_LAAG, loa=received[:128])
    return Niveau(received), authn_instant, session_index


def _issue_instant(message: _Element, now: datetime) -> datetime:
    issued = _instant(message, "IssueInstant")
    if not now - MAX_VALIDITY - CLOCK_SKEW <= issued <= now + CLOCK_SKEW:
        raise Refused(Check.TIME)
    return issued


def _require_window(start: datetime, end: datetime, now: datetime) -> datetime:
    if not start - CLOCK_SKEW <= now < end + CLOCK_SKEW or end - start > MAX_VALIDITY:
        raise Refused(Check.TIME)
    return end


def _instant(element: _Element, name: str) -> datetime:
    """Read a required moment. SAML wants UTC, so anything without a Z is refused."""
    value = element.get(name, "")
    if not _INSTANT.fullmatch(value):
        raise Refused(Check.TIME)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Refused(Check.TIME) from None

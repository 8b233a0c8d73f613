import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from koppeling.eherkenning.config import Eherkenning, saml_settings
from koppeling.eherkenning.document import SAML, SAMLP

# "RelayState data MUST NOT exceed 80 bytes", SAML bindings 3.4.3, and the stelsel says so too.
MAX_RELAY_STATE = 80


@dataclass(frozen=True)
class AuthnRedirect:
    """Where to send the browser, and the ID that the answer must name in InResponseTo."""

    url: str
    request_id: str


def build_authn_request(config: Eherkenning, *, relay_state: str, now: datetime, merk: str = "") -> AuthnRedirect:
    """Ask the makelaar for a login: HTTP-Redirect, signed with RSA-SHA256 over the query string.

    relay_state: opaque, 1 to 80 bytes, never an address; ValueError otherwise. now: aware. ForceAuthn because a
    session that somebody left open at the makelaar must not open Mijn DUO; the minimum level is asked for here and
    checked in the answer (R13). More is never asked for: the stelsel allows no level above that of the
    dienstencatalogus, so a view that needs more checks the answer (koppeling.permissions). merk stands at the beginning
    of the request's ID, to tell kinds of requests apart. NameIDPolicy is left out: the identity is in the attributes.
    """
    if not 0 < len(relay_state.encode()) <= MAX_RELAY_STATE:
        raise ValueError("RelayState must be 1 to 80 bytes")
    request_id = f"_{merk}{secrets.token_hex(20)}"
    request = etree.Element(
        f"{SAMLP}AuthnRequest",
        {
            "ID": request_id,
            "Version": "2.0",
            "IssueInstant": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": config.makelaar.sso_url,
            "ForceAuthn": "true",
            "ProtocolBinding": OneLogin_Saml2_Constants.BINDING_HTTP_POST,
            "AssertionConsumerServiceURL": config.acs_url,
            "AttributeConsumingServiceIndex": str(config.service_index),
            "ProviderName": config.provider_name,
        },
        nsmap={"samlp": OneLogin_Saml2_Constants.NS_SAMLP, "saml": OneLogin_Saml2_Constants.NS_SAML},
    )
    etree.SubElement(request, f"{SAML}Issuer").text = config.entity_id
    context = etree.SubElement(request, f"{SAMLP}RequestedAuthnContext", Comparison="minimum")
    etree.SubElement(context, f"{SAML}AuthnContextClassRef").text = config.minimum_loa
    parameters = {
        "SAMLRequest": OneLogin_Saml2_Utils.deflate_and_base64_encode(etree.tostring(request)),
        "RelayState": relay_state,
    }
    OneLogin_Saml2_Auth({}, saml_settings(config)).add_request_signature(
        parameters, OneLogin_Saml2_Constants.RSA_SHA256
    )
    return AuthnRedirect(OneLogin_Saml2_Utils.redirect(config.makelaar.sso_url, parameters), request_id)

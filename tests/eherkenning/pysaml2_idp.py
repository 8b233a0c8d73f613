"""An identity provider that we did not write: pysaml2's server, as a program of its own. JSON in, the answer out.

It knows the portal by its metadata only. Run apart, because pysaml2 and its warnings have no place among the tests.
"""

import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_REDIRECT, class_name, extension_element_from_string, saml
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.server import Server
from saml2.sigver import pre_signature_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256


def config(given: dict[str, Any]) -> Any:
    """What anybody writes down who runs a pysaml2 server; assertions last five minutes."""
    return IdPConfig().load(
        {
            "entityid": given["entity_id"],
            "key_file": given["key"],
            "cert_file": given["cert"],
            "xmlsec_binary": given["xmlsec1"],
            "metadata": {"local": [given["sp_metadata"]] if "sp_metadata" in given else []},
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(given["sso"], BINDING_HTTP_REDIRECT)]},
                    "want_authn_requests_signed": True,
                    "policy": {"default": {"lifetime": {"minutes": 5}}},
                }
            },
        }
    )


def answer(given: dict[str, Any]) -> str:
    """Check the AuthnRequest in the address, and answer it: a Response and an Assertion, both signed."""
    server: Any = Server(config=config(given))
    query = {name: values[0] for name, values in parse_qs(urlsplit(given["address"]).query).items()}
    asked = server.parse_authn_request(
        query["SAMLRequest"],
        BINDING_HTTP_REDIRECT,
        relay_state=query["RelayState"],
        sigalg=query["SigAlg"],
        signature=query["Signature"],
    ).message
    response = server.create_authn_response(
        identity={},
        in_response_to=asked.id,
        destination=asked.assertion_consumer_service_url,
        sp_entity_id=asked.issuer.text,
        name_id=saml.NameID(format=saml.NAMEID_FORMAT_TRANSIENT, text="voorbijgaand"),
        authn={"class_ref": given["loa"], "authn_auth": "urn:etoegang:AD:00000001111111110000:entities:9003"},
        sign_response=False,
        sign_assertion=False,
    )
    assertion = response.assertion
    assertion.attribute_statement = [saml.AttributeStatement(attribute=[])]
    for name, value in given["attributes"].items():
        content = saml.AttributeValue()
        if value.startswith("<"):
            content.extension_attributes.clear()  # a new value says xsi:nil
            content.extension_elements = [extension_element_from_string(value)]
        else:
            content.set_text(value)
        assertion.attribute_statement[0].attribute.append(saml.Attribute(name=name, attribute_value=[content]))
    algorithms = {"sign_alg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256}
    assertion.signature = pre_signature_part(assertion.id, server.sec.my_cert, 2, **algorithms)
    return str(server.sign(response, to_sign=[(class_name(assertion), assertion.id)], **algorithms))


def main() -> None:
    """`metadata` or `answer`, with what it takes as JSON on standard input."""
    given = json.load(sys.stdin)
    sys.stdout.write(answer(given) if sys.argv[1] == "answer" else str(entity_descriptor(config(given))))


if __name__ == "__main__":
    main()

"""Reading XML that anybody may have written: what is let into the parser, and how the tree is walked."""

import re
from functools import lru_cache
from pathlib import Path

import onelogin.saml2
from lxml import etree
from lxml.etree import _Element
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from koppeling.eherkenning.outcome import Check, Refused

SAMLP = f"{{{OneLogin_Saml2_Constants.NS_SAMLP}}}"
SAML = f"{{{OneLogin_Saml2_Constants.NS_SAML}}}"
DS = f"{{{OneLogin_Saml2_Constants.NS_DS}}}"
XENC = f"{{{OneLogin_Saml2_Constants.NS_XENC}}}"
NS_XENC11 = "http://www.w3.org/2009/xmlenc11#"
MD = f"{{{OneLogin_Saml2_Constants.NS_MD}}}"

# An ID becomes a database key; the schema sets no bound. A UUID with its prefix takes 37.
MAX_ID = 128

_DECLARATION = re.compile(
    rb"""<\?xml\s+version=(["'])1\.0\1(?:\s+encoding=(["'])utf-8\2)?(?:\s+standalone=(["'])(?:yes|no)\3)?\s*\?>\s*""",
    re.IGNORECASE,
)
_IDS = etree.XPath("//@*[translate(local-name(), 'ID', 'id') = 'id']")


def parse(raw: bytes) -> _Element:
    """Return the root of this UTF-8 document, or raise Refused.

    A document type, an entity, a comment, CDATA or a processing instruction is refused on the bytes, before any
    parser sees it: in UTF-8 well-formed XML has "<!" and "<?" nowhere else. No maker of SAML messages writes them,
    and each is a known way to make two readers of one message see different things.
    """
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise Refused(Check.ENCODING) from None
    declaration = _DECLARATION.match(raw)
    body = raw[declaration.end() :] if declaration else raw
    if not body.startswith(b"<") or b"<!" in body or b"<?" in body:
        raise Refused(Check.XML)
    try:
        root: _Element = OneLogin_Saml2_XML.to_etree(raw)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused(Check.XML) from None
    return root


def require_unique_ids(root: _Element) -> None:
    """Raise Refused when two elements of the document could answer to one reference.

    Any spelling counts, in any namespace: also `xml:id`, which a parser registers by itself.
    """
    ids = [str(value) for value in _IDS(root)]
    if len(ids) != len(set(ids)):
        raise Refused(Check.DUPLICATE_ID)


def only_child(parent: _Element, tag: str, check: Check = Check.STRUCTURE) -> _Element:
    """Return the one direct child with this tag; none or several is a refusal."""
    found = parent.findall(tag)
    if len(found) != 1:
        raise Refused(check)
    return found[0]


def text_of(element: _Element, check: Check = Check.STRUCTURE) -> str:
    """Return the text exactly as it was signed, blanks included; an element that has children has no text."""
    if len(element):
        raise Refused(check)
    return element.text or ""


def id_of(element: _Element) -> str:
    """Return the ID of a message or assertion; a missing or very long one is a refusal."""
    value = element.get("ID", "")
    if not 0 < len(value) <= MAX_ID:
        raise Refused(Check.STRUCTURE)
    return value


def require_schema(element: _Element) -> None:
    """Raise Refused unless the element is valid by the schema of SAML 2.0.

    Only for what carries a verified signature: `xsi:schemaLocation` would let a stranger name files to be loaded.
    """
    if not _schema().validate(element):
        raise Refused(Check.SCHEMA)


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    # python3-saml reads its schema anew for each message, which costs more than both signatures. It is older than
    # the MGF element of XML Encryption 1.1, which newer makelaars write beside RSA-OAEP.
    protocol = Path(onelogin.saml2.__file__).with_name("schemas") / "saml-schema-protocol-2.0.xsd"
    return etree.XMLSchema(
        etree.fromstring(
            f"""<schema xmlns="{OneLogin_Saml2_Constants.NS_XS}" targetNamespace="{NS_XENC11}">
            <import namespace="{OneLogin_Saml2_Constants.NS_SAMLP}" schemaLocation="{protocol.as_uri()}"/>
            <element name="MGF"><complexType><attribute name="Algorithm" type="anyURI"/></complexType></element>
            </schema>"""
        )
    )

"""XML from outside: read without entities, DTD, network or surprises in size."""

from lxml import etree

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
MAX_BYTES = 256 * 1024


class Refused(Exception):  # noqa: N818  an answer to the visitor, not a fault of the program
    """A message we do not accept; the text is Dutch and meant for the page."""


def parse_xml(data: bytes) -> etree._Element:
    """Root of a UTF-8 document of at most 256 kB without DOCTYPE; `Refused` for anything else."""
    if len(data) > MAX_BYTES:
        raise Refused("Het bericht is te groot.")
    try:
        if "<!doctype" in data.decode("utf-8").lower():
            raise Refused("Het bericht bevat een DOCTYPE. Dat mag niet.")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(data, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError, ValueError) as error:
        raise Refused("Het bericht is geen geldige XML.") from error
    if root.getroottree().docinfo.doctype:
        raise Refused("Het bericht bevat een DOCTYPE. Dat mag niet.")
    return root

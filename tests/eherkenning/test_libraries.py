import xmlsec
from lxml import etree


def test_lxml_and_xmlsec_carry_one_libxml2() -> None:
    """With two versions `import xmlsec` fails, or worse: both are pinned, and move together."""
    assert etree.LIBXML_VERSION[:2] == xmlsec.get_libxml_version()[:2]

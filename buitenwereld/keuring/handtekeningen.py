"""Cases about who signed what, and about what a parser may be led to read."""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree
from lxml.etree import _Element

from buitenwereld.keuring import wrapping
from buitenwereld.keuring.bouwstenen import (
    ENVELOPED,
    EXC_C14N,
    HMAC_SHA256,
    NS,
    RSA_15,
    RSA_SHA1,
    SHA1,
    Encrypting,
    Signing,
    Toneel,
    find,
)
from buitenwereld.keuring.geval import Geval
from buitenwereld.keuring.vervalsing import DIENST_ATTRIBUUT, LOA, Plan, attribute, identity, response

XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"


def _both(how: Signing) -> Plan:
    return Plan(sign_response=how, sign_assertion=how)


def _without_signatures(toneel: Toneel) -> _Element:
    message = response(Plan(), toneel)
    for signature in list(message.iter(f"{{{NS['ds']}}}Signature")):
        parent = signature.getparent()
        if parent is not None:
            parent.remove(signature)
    return message


def _empty_signatures(toneel: Toneel) -> _Element:
    message = response(Plan(), toneel)
    for value in message.iter(f"{{{NS['ds']}}}SignatureValue"):
        value.text = ""
    return message


def _hmac(toneel: Toneel) -> _Element:
    message = response(Plan(), toneel)
    for method in message.iter(f"{{{NS['ds']}}}SignatureMethod"):
        method.set("Algorithm", HMAC_SHA256)
    return message


def _wrapped(wrap: wrapping.Wrap) -> Callable[[Toneel], _Element]:
    def make(toneel: Toneel) -> _Element:
        message = response(Plan(), toneel)
        wrap(message, toneel)
        return message

    return make


def _text(plan: Callable[[Toneel], Plan], old: Callable[[Toneel], str], new: str) -> Callable[[Toneel], bytes]:
    """Put `new` behind a piece of the signed text, once; LookupError when the piece is not there."""

    def make(toneel: Toneel) -> bytes:
        text, piece = etree.tostring(response(plan(toneel), toneel)).decode(), old(toneel)
        if piece not in text:
            raise LookupError(piece)
        return text.replace(piece, piece + new, 1).encode()

    return make


def _before(text: str, inside: str = "") -> Callable[[Toneel], bytes]:
    """Put text before the whole message, and maybe something inside the name of the organisation."""

    def make(toneel: Toneel) -> bytes:
        message = etree.tostring(response(Plan(), toneel)).decode()
        return (text + message.replace("Voorbeeld", inside or "Voorbeeld")).encode()

    return make


def _other_service(toneel: Toneel) -> Plan:
    attributes = identity(toneel)
    attributes[0] = attribute(DIENST_ATTRIBUUT, f"{toneel.dienst}0")
    return Plan(attributes=attributes)


def _certificate_in_message(toneel: Toneel) -> _Element:
    """A stranger's signatures with the KeyName of the makelaar."""
    message = response(_both(Signing(by="vreemde")), toneel)
    for name in message.iter(f"{{{NS['ds']}}}KeyName"):
        name.text = toneel.key("hm").key_name
    return message


def _borrowed_signature(toneel: Toneel) -> _Element:
    """The signatures of one answer in another."""
    message, other = response(Plan(), toneel), response(Plan(levels=[LOA + "loa4"]), toneel)
    for path in ("ds:Signature", "saml:Assertion/ds:Signature"):
        own = find(message, path)
        own.getparent().replace(own, deepcopy(find(other, path)))  # type: ignore[union-attr]  # found inside it
    return message


_BOM = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

_ZONDER = "zonder handtekening"
_HALF = "half ondertekend"
_SLEUTEL = "verkeerde sleutel"
_ZWAK = "zwakke algoritmen"
_WRAPPING = "handtekening om iets anders (wrapping)"
_COMMENTAAR = "commentaar en entiteiten"
_DTD = "DTD en XXE"

HANDTEKENINGEN = (
    Geval(
        "niets-ondertekend", _ZONDER, "Niets is ondertekend", lambda _: Plan(sign_assertion=None, sign_response=None)
    ),
    Geval("handtekeningen-weg", _ZONDER, "Beide handtekeningen zijn weggehaald", _without_signatures),
    Geval("handtekeningen-leeg", _ZONDER, "Beide handtekeningen zijn leeg", _empty_signatures),
    Geval(
        "versleuteld-niet-ondertekend",
        _ZONDER,
        "Versleuteld maar niet ondertekend",
        lambda _: Plan(sign_assertion=None, sign_response=None, encrypt_assertion=Encrypting()),
    ),
    Geval("alleen-antwoord", _HALF, "Alleen het antwoord is ondertekend", lambda _: Plan(sign_assertion=None)),
    Geval("alleen-assertie", _HALF, "Alleen de assertie is ondertekend", lambda _: Plan(sign_response=None)),
    Geval(
        "alleen-antwoord-versleuteld",
        _HALF,
        "De versleutelde assertie is niet ondertekend",
        lambda _: Plan(sign_assertion=None, encrypt_assertion=Encrypting()),
    ),
    Geval(
        "alleen-bewijs",
        _HALF,
        "Alleen het bewijs in Advice is ondertekend",
        lambda _: Plan(sign_assertion=None, sign_response=None, advice=True),
    ),
    Geval("vreemde", _SLEUTEL, "Ondertekend door een vreemde", lambda _: _both(Signing(by="vreemde"))),
    Geval(
        "vreemde-met-certificaat",
        _SLEUTEL,
        "Ondertekend door een vreemde, die zijn certificaat meestuurt",
        lambda _: _both(Signing(by="vreemde", show_certificate=True)),
    ),
    Geval(
        "vreemde-met-naam", _SLEUTEL, "Ondertekend door een vreemde, onder onze sleutelnaam", _certificate_in_message
    ),
    Geval(
        "vreemde-assertie",
        _SLEUTEL,
        "De assertie is van een vreemde, het antwoord van de makelaar",
        lambda _: Plan(sign_assertion=Signing(by="vreemde")),
    ),
    Geval(
        "vreemd-antwoord",
        _SLEUTEL,
        "Het antwoord is van een vreemde, de assertie van de makelaar",
        lambda _: Plan(sign_response=Signing(by="vreemde")),
    ),
    Geval("sleutel-van-de-ad", _SLEUTEL, "Ondertekend door de authenticatiedienst", lambda _: _both(Signing(by="ad"))),
    Geval("geleende-handtekening", _SLEUTEL, "Met de handtekeningen van een ander antwoord", _borrowed_signature),
    Geval("rsa-sha1", _ZWAK, "Ondertekend met RSA-SHA1", lambda _: _both(Signing(method=RSA_SHA1))),
    Geval("digest-sha1", _ZWAK, "Samengevat met SHA-1", lambda _: _both(Signing(digest=SHA1))),
    Geval(
        "assertie-sha1",
        _ZWAK,
        "Alleen de assertie met SHA-1",
        lambda _: Plan(sign_assertion=Signing(method=RSA_SHA1, digest=SHA1)),
    ),
    Geval("hmac", _ZWAK, "HMAC met de openbare sleutel", _hmac),
    Geval(
        "met-commentaar",
        _ZWAK,
        "Canonieke vorm met commentaar",
        lambda _: _both(Signing(c14n=f"{EXC_C14N}WithComments")),
    ),
    Geval(
        "xslt", _ZWAK, "Een transformatie met XSLT", lambda _: _both(Signing(transforms=(ENVELOPED, XSLT, EXC_C14N)))
    ),
    Geval(
        "rsa-1.5",
        _ZWAK,
        "Versleuteld met RSA 1.5",
        lambda toneel: Plan(attributes=identity(toneel, how=Encrypting(transport=RSA_15))),
    ),
    *(
        Geval(f"wrapping-{wrap.__name__.replace('_', '-')}", _WRAPPING, tekst, _wrapped(wrap))
        for wrap, tekst in (
            (wrapping.xsw1, "XSW1: het echte antwoord in de handtekening van een vals"),
            (wrapping.xsw2, "XSW2: het echte antwoord naast de handtekening van een vals"),
            (wrapping.xsw3, "XSW3: een valse assertie vóór de echte"),
            (wrapping.xsw4, "XSW4: de echte assertie in een valse"),
            (wrapping.xsw5, "XSW5: een valse assertie met de handtekening van de echte"),
            (wrapping.xsw6, "XSW6: de echte assertie in de handtekening van een valse"),
            (wrapping.xsw7, "XSW7: een valse assertie in Extensions"),
            (wrapping.xsw8, "XSW8: de echte assertie in een Object van de handtekening"),
            (wrapping.into_advice, "De echte assertie als Advice van een valse"),
            (wrapping.signed_into_advice, "De ondertekende assertie als Advice van een valse"),
            (wrapping.evil_in_advice, "Een valse assertie in Advice van de echte"),
            (wrapping.response_into_object, "Het echte antwoord in een Object van de handtekening"),
            (wrapping.response_into_key_info, "Het echte antwoord in KeyInfo"),
            (wrapping.response_into_extensions, "Het echte antwoord in Extensions van een vals"),
            (wrapping.same_id_twice, "Een valse assertie met dezelfde ID"),
            (wrapping.xml_id, "Een valse assertie met dezelfde xml:id"),
            (wrapping.evil_beside, "Een valse assertie achter de echte"),
            (wrapping.evil_in_attribute, "Een valse assertie in een attribuut van de echte"),
            (wrapping.evil_encrypted_beside, "Een valse versleutelde assertie naast de echte"),
        )
    ),
    Geval(
        "commentaar-in-niveau",
        _COMMENTAAR,
        "Commentaar knipt een onbekend niveau af tot EH3",
        _text(lambda _: Plan(levels=[f"{LOA}loa3-niet"]), lambda _: f"{LOA}loa3", "<!-- -->"),
    ),
    Geval(
        "commentaar-in-audience",
        _COMMENTAAR,
        "Commentaar knipt een andere dienstverlener af tot ons",
        _text(lambda toneel: Plan(audience=f"{toneel.dv}0"), lambda toneel: f"<saml:Audience>{toneel.dv}", "<!-- -->"),
    ),
    Geval(
        "commentaar-in-dienst",
        _COMMENTAAR,
        "Commentaar knipt een andere dienst af tot die van ons",
        _text(_other_service, lambda toneel: f">{toneel.dienst}", "<!-- -->"),
    ),
    Geval(
        "instructie",
        _COMMENTAAR,
        "Een instructie (<?…?>) in de tekst",
        _text(lambda _: Plan(), lambda _: "voorbij", "<?x y?>"),
    ),
    Geval("cdata", _COMMENTAAR, "CDATA in de tekst", _text(lambda _: Plan(), lambda _: "voorbij", "<![CDATA[]]>")),
    Geval("onbekende-entiteit", _COMMENTAAR, "Een onbekende entiteit", _before("", "&onbekend;")),
    Geval("doctype", _DTD, "Een DOCTYPE", _before("<!DOCTYPE x>")),
    Geval("entiteit", _DTD, "Een eigen entiteit", _before('<!DOCTYPE x [<!ENTITY e "x">]>', "&e;")),
    Geval(
        "bestand",
        _DTD,
        "XXE: een bestand van de server",
        _before('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
    ),
    Geval(
        "dtd-van-elders", _DTD, "Een DTD van een ander adres", _before('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')
    ),
    Geval(
        "parameter-entiteit",
        _DTD,
        "XXE: een parameter-entiteit",
        _before('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'),
    ),
    Geval("miljard-keer", _DTD, "Een entiteit die zich miljoenen keren herhaalt", _before(f"{_BOM}]>", "&i;")),
)

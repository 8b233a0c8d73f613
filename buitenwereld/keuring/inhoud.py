"""Cases about when a well-signed message is good, for whom and in answer to what; and the good answers."""

from buitenwereld.keuring.bouwstenen import AES256_GCM, OAEP_11, RSA_SHA512, SHA512, Encrypting, Signing
from buitenwereld.keuring.edits import CONFIRMATION, add, drop, familie, plan, set_attribute, signed
from buitenwereld.keuring.geval import Geval, Verwacht
from buitenwereld.keuring.vervalsing import AD, LOA, Plan, identity

JAAR = 365 * 24 * 3600
DATA = f"{CONFIRMATION}/saml:SubjectConfirmationData"
CONDITIONS = "saml:Conditions"
RESTRICTION = f"{CONDITIONS}/saml:AudienceRestriction"

_GOED = familie(
    "goede antwoorden",
    ("goed-eh3", "Een gewoon antwoord op EH3", plan()),
    ("goed-eh4", "Een hoger niveau, EH4", plan(levels=[f"{LOA}loa4"])),
    ("goed-advice", "Met het bewijs van AD en MR in Advice", plan(advice=True)),
    (
        "goed-gcm",
        "Versleuteld met AES-256-GCM",
        lambda toneel: Plan(attributes=identity(toneel, how=Encrypting(data=AES256_GCM))),
    ),
    (
        "goed-oaep",
        "Sleutel in RSA-OAEP met SHA-256",
        lambda toneel: Plan(attributes=identity(toneel, how=Encrypting(transport=OAEP_11))),
    ),
    ("goed-versleuteld", "De hele assertie versleuteld", plan(encrypt_assertion=Encrypting())),
    (
        "goed-sha512",
        "Ondertekend met SHA-512",
        plan(
            sign_response=Signing(method=RSA_SHA512, digest=SHA512),
            sign_assertion=Signing(method=RSA_SHA512, digest=SHA512),
        ),
    ),
    (
        "goed-klok-voor",
        "De klok van de makelaar loopt 45 seconden voor",
        plan(issued=45, not_before=45, not_on_or_after=165, authn=45),
    ),
    (
        "goed-klok-achter",
        "De klok van de makelaar loopt 45 seconden achter",
        plan(issued=-75, not_before=-80, not_on_or_after=-45, authn=-80),
    ),
    verwacht=Verwacht.TOEGANG,
)

_TWEEDE_SLEUTEL = Geval(
    "goed-tweede-sleutel",
    "goede antwoorden",
    "Ondertekend met de tweede sleutel van de makelaar",
    lambda _: Plan(sign_response=Signing(by="hm-2"), sign_assertion=Signing(by="hm-2")),
    verwacht=Verwacht.TOEGANG,
    tweede_sleutel=True,
)

_TIJD = (
    *familie(
        "verlopen",
        ("kwartier-oud", "Een kwartier oud", plan(issued=-900, not_before=-905, not_on_or_after=-780, authn=-920)),
        ("net-verlopen", "Anderhalve minuut geleden verlopen", plan(not_before=-300, not_on_or_after=-90)),
        (
            "conditions-verlopen",
            "Alleen Conditions is verlopen",
            lambda toneel: Plan(edit_assertion=set_attribute(CONDITIONS, "NotOnOrAfter", toneel.moment(-90))),
        ),
        (
            "bevestiging-verlopen",
            "Alleen SubjectConfirmationData is verlopen",
            lambda toneel: Plan(edit_assertion=set_attribute(DATA, "NotOnOrAfter", toneel.moment(-90))),
        ),
        ("geen-einde", "Zonder einde in SubjectConfirmationData", signed(set_attribute(DATA, "NotOnOrAfter", None))),
        ("oude-inlog", "De persoon logde een uur geleden in", plan(authn=-3600)),
        ("jaar-geldig", "Een jaar lang geldig", plan(not_on_or_after=JAAR)),
    ),
    *familie(
        "uit de toekomst",
        ("nog-niet-geldig", "Pas over vijf minuten geldig", plan(not_before=300, not_on_or_after=420)),
        ("later-gemaakt", "Gemaakt over vijf minuten", plan(issued=300)),
        ("later-ingelogd", "Ingelogd over vijf minuten", plan(authn=300)),
    ),
)

_BESTEMMING = (
    *familie(
        "voor een ander bestemd (Audience)",
        ("audience-ander", "Een andere dienstverlener", lambda toneel: Plan(audience=f"{toneel.dv}9")),
        ("audience-geen", "Geen enkele dienstverlener", signed(drop(RESTRICTION))),
        (
            "audience-twee",
            "Twee dienstverleners",
            add(RESTRICTION, lambda toneel: f"<saml:Audience>{toneel.dv}9</saml:Audience>"),
        ),
        ("audience-blanco", "Die van ons met een spatie erachter", lambda toneel: Plan(audience=f"{toneel.dv} ")),
        (
            "audience-twee-eisen",
            "Een tweede eis met een andere dienstverlener",
            add(
                CONDITIONS,
                lambda toneel: (
                    f"<saml:AudienceRestriction><saml:Audience>{toneel.dv}9</saml:Audience></saml:AudienceRestriction>"
                ),
            ),
        ),
    ),
    *familie(
        "ander adres (Recipient)",
        ("recipient-ander", "Een ander adres", plan(recipient="https://anders.example/acs/")),
        ("recipient-geen", "Geen adres", signed(set_attribute(DATA, "Recipient", None))),
        ("recipient-langer", "Ons adres met iets erachter", lambda toneel: Plan(recipient=f"{toneel.acs}?x=1")),
        (
            "recipient-bevat",
            "Een adres waar het onze in staat",
            lambda toneel: Plan(recipient=f"https://anders.example/?{toneel.acs}"),
        ),
    ),
    *familie(
        "ander adres (Destination)",
        ("destination-ander", "Een ander adres", plan(destination="https://anders.example/acs/")),
        ("destination-geen", "Geen adres", lambda _: Plan(edit_response=set_attribute(".", "Destination", None))),
        (
            "destination-langer",
            "Ons adres met iets erachter",
            lambda toneel: Plan(destination=f"{toneel.acs}.anders.example"),
        ),
    ),
    *familie(
        "andere afzender (Issuer)",
        ("issuer-antwoord", "Het antwoord is van een andere makelaar", lambda toneel: Plan(issuer=f"{toneel.hm}9")),
        (
            "issuer-assertie",
            "De assertie is van een andere makelaar",
            lambda toneel: Plan(assertion_issuer=f"{toneel.hm}9"),
        ),
        ("issuer-ad", "Van de authenticatiedienst", plan(issuer=AD, assertion_issuer=AD)),
        ("issuer-leeg", "Zonder afzender", plan(issuer="", assertion_issuer="")),
    ),
    *familie(
        "InResponseTo ontbreekt of is vreemd",
        (
            "vraag-geen",
            "Het antwoord noemt geen vraag",
            lambda _: Plan(edit_response=set_attribute(".", "InResponseTo", None)),
        ),
        ("vraag-geen-in-assertie", "De assertie noemt geen vraag", signed(set_attribute(DATA, "InResponseTo", None))),
        ("vraag-vreemd", "Een vraag die niemand stelde", plan(in_response_to="_niemand-vroeg-dit")),
        (
            "vraag-verschilt",
            "De assertie noemt een andere vraag",
            signed(set_attribute(DATA, "InResponseTo", "_een-andere")),
        ),
    ),
)

INHOUD = (*_GOED, _TWEEDE_SLEUTEL, *_TIJD, *_BESTEMMING)

"""The metadata that a makelaar publishes, good and odd."""

from tests.eherkenning import forge


def hm_metadata(
    *signing: str, entity_id: str = forge.HM, sso_url: str = forge.SSO, use: str = 'use="signing"', extra: str = ""
) -> bytes:
    keys = "".join(
        f'<md:KeyDescriptor {use}><ds:KeyInfo xmlns:ds="{forge.NS["ds"]}">'
        f"<ds:KeyName>{forge.key(name).key_name}</ds:KeyName><ds:X509Data><ds:X509Certificate>{forge.key(name).cert_base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for name in signing
    )
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity_id}">'
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="{forge.NS["samlp"]}">{keys}'
        f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{sso_url}"/>'
        f"</md:IDPSSODescriptor>{extra}</md:EntityDescriptor>"
    ).encode()

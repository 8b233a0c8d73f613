"""A makelaar for tests through Django's client: its answers are signed with the key that the tests' settings trust."""

import base64
from dataclasses import replace
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from buitenwereld.keys import KeyPair
from buitenwereld.saml import Answer, Reader, build_response, build_status_response
from koppeling.services.eherkenning import load_eherkenning
from tests.formulier import Pagina
from tests.hm import ENTITY_ID
from tests.instellingen import HM_CERT, HM_KEY

SIGNER = KeyPair(HM_KEY.read_bytes(), HM_CERT.read_bytes())
PSEUDONIEM = f"{'A1' * 32}@{'0F' * 16}"
KVK = "90001354"


class Makelaar:
    """To the makelaar and back, in one browser; call it for the whole round, or take its steps one by one.

    What is stated replaces fields of `buitenwereld.saml.Answer`: by default a good login at EH3 of one person for the
    organisatie of tests.factories.
    """

    def __init__(self, browser: Client) -> None:
        self.browser = browser

    def __call__(self, **stated: Any) -> Pagina:
        """Ask for a login, be answered, and come back: the last page that the browser gets."""
        return self.come_back(self.post(self.answer(self.ask(), **stated)))

    def cancel(self, *codes: str) -> Pagina:
        """Ask for a login and be sent back without one: the page that the browser gets."""
        return self.post(self.refuse(self.ask(), *(codes or ("Responder", "AuthnFailed"))))

    def ask(self, **query: str) -> str:
        """Log in met eHerkenning: the ID of the request that this browser brought to the makelaar."""
        before = set(self.browser.session.get("socialaccount_states", ()))
        response = self.browser.get(reverse("inloggen_eherkenning"), query)
        assert response.status_code == 302
        (request_id,) = set(self.browser.session["socialaccount_states"]) - before
        return str(request_id)

    def answer(self, request_id: str, **stated: Any) -> bytes:
        """The makelaar's answer to that request."""
        config = load_eherkenning()
        good = Answer(
            in_response_to=request_id,
            destination=config.acs_url,
            reader=Reader(config.entity_id, config.sleutels[0].cert.encode(), config.sleutels[0].naam),
            audience=config.entity_id,
            service_id=config.service_id,
            pseudonym=PSEUDONIEM,
            kvk=KVK,
            company="Stichting De Regenboog",
            now=timezone.now(),
            issuer=ENTITY_ID,
        )
        return build_response(replace(good, **stated), signer=SIGNER)

    def refuse(self, request_id: str, *codes: str) -> bytes:
        """The makelaar's answer without a login: a first and a second status code."""
        return build_status_response(
            in_response_to=request_id,
            destination=load_eherkenning().acs_url,
            codes=(codes[0], codes[1]),
            message="The user cancelled.",
            signer=SIGNER,
            now=timezone.now(),
            issuer=ENTITY_ID,
        )

    def post(self, message: bytes) -> Pagina:
        """Deliver an answer as a browser does: across sites, so without a cookie of ours (SameSite=Lax)."""
        form = {"SAMLResponse": base64.b64encode(message).decode(), "RelayState": "x"}
        return Client().post(reverse("eherkenning_acs"), form)

    def come_back(self, response: Pagina) -> Pagina:
        """Follow the hop from the ACS to our own site, with our cookie; a page of the ACS itself is the last one."""
        if response.status_code != 302:
            return response
        return self.browser.get(response["Location"])

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from koppeling.services.eherkenning import load_eherkenning
from tests.koppeling.makelaar import answer, posted


@pytest.fixture
def makelaar(client: Client) -> Callable[..., HttpResponse]:
    """Goes to the makelaar and back: asks for a login, posts the answer across sites, and finishes in this browser."""

    def _makelaar(*, browser: Client = client, now: datetime | None = None, **stated: object) -> HttpResponse:
        start = browser.get(reverse("inloggen_eherkenning"))
        assert start.status_code == 302
        assert "SAMLRequest" in parse_qs(urlsplit(start["Location"]).query)
        request_id = next(iter(browser.session["socialaccount_states"]))
        message = answer(
            in_response_to=request_id, config=load_eherkenning(), now=now or timezone.now(), **stated
        )
        # No cookie of ours comes along with a cross-site POST (SameSite=Lax): another client posts it.
        response = Client().post(reverse("eherkenning_acs"), {"SAMLResponse": posted(message)})
        if response.status_code != 302:
            return response
        return browser.get(response["Location"])

    return _makelaar

"""R08, R13, R16: from the entrance over the makelaar to the overzicht, the chooser or the koppelproces."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import link, make_account, make_middel, make_organisatie
from tests.koppeling.makelaar import PSEUDONIEM

pytestmark = pytest.mark.django_db


def test_R08_a_middel_with_one_account_goes_straight_to_the_overzicht(makelaar, client: Client) -> None:
    account = make_account()
    link(account, make_middel(pseudoniem=PSEUDONIEM))

    response = makelaar()

    assert response.status_code == 302
    assert response["Location"] == reverse("overzicht")
    assert client.session["_auth_user_id"] == str(account.pk)


def test_R08_a_middel_without_an_account_goes_to_the_koppelproces_and_makes_no_account(makelaar) -> None:
    response = makelaar()

    assert response["Location"] == reverse("koppelen")

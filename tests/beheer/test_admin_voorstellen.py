"""D22: staff read what waits for a second person, and who decided."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.factories import NOW, make_beheerder
from verantwoording.models import Voorstel

pytestmark = pytest.mark.django_db


def test_staff_read_who_proposed_and_who_decided(staf_client: Client, staf: Account) -> None:
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    voorstel = Voorstel.objects.create(
        soort="proef",
        sleutel="proef:1",
        organisatie_id=beheerder.organisatie_id,
        gemaakt_op=NOW,
        verloopt_op=NOW.replace(year=2027),
        voorsteller_soort="account",
        voorsteller_id=beheerder.pk,
        voorsteller_reden="Zij vervangt mij.",
    )
    page = reverse("admin:verantwoording_voorstel_change", args=[voorstel.pk])
    text = staf_client.get(page).content.decode()
    assert beheerder.get_full_name() in text
    assert "Zij vervangt mij." in text
    Voorstel.objects.update(staat="akkoord", besloten_op=NOW, besluiter_soort="staf", besluiter_id=staf.pk)
    assert "Dana Duo" in staf_client.get(page).content.decode()
    Voorstel.objects.update(besluiter_soort="gezag", besluiter_id=beheerder.organisatie_id)
    assert "het bevoegd gezag" in staf_client.get(page).content.decode()
    assert (
        beheerder.organisatie.naam
        in staf_client.get(reverse("admin:verantwoording_voorstel_changelist")).content.decode()
    )
    assert staf_client.post(page, {"staat": "open"}).status_code == 403

"""R16, D13: DUO staff and the beheerder enter a foutreferentie and read what happened; the beheerder of her own."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.factories import make_organisatie
from tests.formulier import text_of
from tests.makelaar import Makelaar
from verantwoording.models import Foutreferentie

pytestmark = pytest.mark.django_db
NIET_BEKEND = "Bij uw organisatie is deze foutreferentie niet bekend"


def look_up(client: Client, referentie: str) -> str:
    return text_of(client.get(reverse("foutreferentie"), {"referentie": referentie}))


def refused(makelaar: Makelaar, **stated: object) -> Foutreferentie:
    """Somebody who could not log in, in a browser of his own."""
    Makelaar(Client())(**stated)
    return Foutreferentie.objects.latest("pk")


def test_the_beheerder_reads_what_happened_in_words(beheerder_client: Client, makelaar: Makelaar) -> None:
    found = look_up(beheerder_client, refused(makelaar, loa="loa2").referentie.lower().replace("-", " "))

    assert "De bezoeker zag de pagina ‘Het niveau van uw middel is te laag’" in found
    assert "Het middel had niveau EH2. Nodig is EH3 of hoger" in found
    assert "opgelost door uw machtigingenbeheerder of de leverancier van uw middel" in found
    assert NIET_BEKEND not in found


def test_anothers_a_nameless_and_an_unknown_reference_are_the_same_to_her(
    beheerder_client: Client, makelaar: Makelaar
) -> None:
    make_organisatie("Gemeente Zonderdam", "90009999")
    others = refused(makelaar, loa="loa2", kvk="90009999").referentie
    nameless = refused(makelaar, sign_response=False).referentie

    pages = [look_up(beheerder_client, typed) for typed in (others, nameless, "AAAA-AAAA", "x")]

    assert all(NIET_BEKEND in page for page in pages)
    assert len(set(pages)) == 1


def test_a_row_of_another_organisatie_with_the_same_kvk_is_not_hers(
    beheerder_client: Client, beheerder: Account, now: datetime
) -> None:
    school = make_organisatie("School De Regenboog")
    Foutreferentie.objects.create(
        referentie="F7K2-9MQX",
        op=now,
        bron="middel",
        oorzaak="machtiging_gestopt",
        kvk_nummer=school.kvk_nummer,
        organisatie_id=school.pk,
    )

    assert NIET_BEKEND in look_up(beheerder_client, "F7K2-9MQX")


def test_the_logboek_leads_to_it(beheerder_client: Client) -> None:
    assert reverse("foutreferentie") in beheerder_client.get(reverse("logboek")).content.decode()


def test_r32_staff_find_it_in_the_admin_by_reference_and_by_kvk_and_change_nothing(
    staf_client: Client, makelaar: Makelaar, clock: Callable[[datetime], None]
) -> None:
    row = refused(makelaar, loa="loa2")
    other = refused(makelaar, sign_response=False)
    lijst = reverse("admin:verantwoording_foutreferentie_changelist")

    for typed in (row.referentie, row.referentie.lower().replace("-", ""), row.kvk_nummer):
        page = staf_client.get(lijst, {"q": typed}).content.decode()
        assert row.referentie in page
        assert other.referentie not in page
    detail = reverse("admin:verantwoording_foutreferentie_change", args=[other.pk])
    assert "Er was geen ondertekend antwoord van eHerkenning" in staf_client.get(detail).content.decode()
    assert staf_client.post(detail, {"oorzaak": "x"}).status_code == 403

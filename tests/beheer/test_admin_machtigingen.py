"""R30, R32: what staff do with machtigingen in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Machtiging
from accounts.services.staf import register_staf
from autorisatie.models import Machtigingsaanbod
from tests.factories import NOW, make_beheerder, make_kenmerk, make_machtiging, make_organisatie, make_rol, make_staf
from tests.formulier import text_of
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped(clock: object) -> None:
    """The clock stands still."""


def member(groep: str) -> Account:
    return register_staf(
        gebruikersnaam=f"{groep}@duo",
        voornaam="Dana",
        achternaam="Duo",
        email="dana@mijnduo.example",
        wachtwoord="een heel lang wachtwoord 3",
        groep=groep,
        actor=Actor(ActorSoort.STAF),
        now=NOW,
    )


def given() -> Machtiging:
    """A machtiging between two organisaties with a beheerder each."""
    bestuur, kantoor = make_organisatie(), make_organisatie("Kantoor De Teller", "90005555")
    make_beheerder(bestuur)
    make_beheerder(kantoor)
    return make_machtiging(bestuur, kantoor, [make_rol()], [make_kenmerk(bestuur)])


def test_staff_stop_one_with_a_reason_and_both_sides_hear_it(login_staf: Callable[[Account], Client]) -> None:
    machtiging, staf = given(), member("DUO beheer")
    client, page = login_staf(staf), reverse("admin:accounts_machtiging_stoppen", args=[machtiging.pk])
    assert "Aantal mensen dat ermee werkt: 0" in text_of(client.get(page))
    client.post(page, {"toelichting": " "})
    machtiging.refresh_from_db()
    assert machtiging.tot > NOW
    client.post(page, {"toelichting": "Fraude gemeld."})
    machtiging.refresh_from_db()
    assert machtiging.tot == NOW
    lines = Logregel.objects.filter(gebeurtenis="machtiging_gestopt", actor_id=staf.pk, reden="Fraude gemeld.")
    assert lines.count() == 2
    assert Bericht.objects.filter(soort="machtiging_gestopt").count() == 2


def test_who_may_only_look_stops_nothing(login_staf: Callable[[Account], Client]) -> None:
    machtiging = given()
    client = login_staf(member("DUO inzage"))
    assert client.get(reverse("admin:accounts_machtiging_change", args=[machtiging.pk])).status_code == 200
    page = reverse("admin:accounts_machtiging_stoppen", args=[machtiging.pk])
    assert client.post(page, {"toelichting": "Zomaar."}).status_code == 403


def test_a_paper_form_takes_two_members_of_staff(login_staf: Callable[[Account], Client]) -> None:
    """R30, D22."""
    bestuur, kantoor = make_organisatie(), make_organisatie("Kantoor De Teller", "90005555")
    rol, school = make_rol(), make_kenmerk(bestuur)
    first, second = login_staf(member("DUO beheer")), login_staf(make_staf())
    form: dict[str, Any] = {
        "soort": Machtiging.Soort.VERWERKING,
        "code": kantoor.code,
        "kvk_nummer": "90001111",
        "rollen": [rol.pk],
        "kenmerken": [school.pk],
        "van": "2026-03-02",
        "tot_en_met": "2026-12-31",
    }
    enter = reverse("admin:accounts_organisatie_machtiging", args=[bestuur.pk])
    assert "geen organisatie met deze code" in text_of(first.post(enter, form))
    first.post(enter, form | {"kvk_nummer": kantoor.kvk_nummer})
    aanbod = Machtigingsaanbod.objects.get()
    decide = reverse("admin:autorisatie_machtigingsaanbod_goedkeuren", args=[aanbod.pk])
    first.post(decide, {"toelichting": "Getekend."})
    assert not Machtiging.objects.exists()
    second.post(decide, {"toelichting": "Getekend."})
    assert Machtiging.objects.get().gemachtigde == kantoor
    assert second.post(decide, {"toelichting": "Nog eens."}).status_code == 200
    assert Machtiging.objects.count() == 1

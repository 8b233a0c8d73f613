"""The organisatie's own page, and what its beheerders keep there (D23)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Contactpersoon, Contract, Machtiging, Organisatie, OrganisatieKenmerk
from accounts.services.organisaties import delete_old_contactpersonen
from accounts.tasks import run_contactpersonen
from autorisatie.services import end_autorisaties
from beheer.services.gezag import VRAAG, WIJZIGING
from beheer.services.hercertificering import start_hercertificering
from beheer.services.hercertificering_taak import run_hercertificering
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_contactpersoon,
    make_contract,
    make_kenmerk,
    make_organisatie,
    make_rol,
)
from tests.formulier import submit, text_of
from verantwoording.haken import berichtsoorten, logzinnen
from verantwoording.models import Bericht, Logregel, Voorstel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(beheerder: Account) -> Organisatie:
    assert beheerder.organisatie is not None
    return beheerder.organisatie


def last_line() -> str:
    row = Logregel.objects.latest("id")
    return logzinnen[row.gebeurtenis](row.gegevens)


def test_everything_of_the_organisatie_stands_on_its_page(beheerder_client: Client, own: Organisatie) -> None:
    school = make_kenmerk(own, "22BB", naam="De Vlieger")
    OrganisatieKenmerk.objects.filter(kenmerk=school).update(tot=NOW + timedelta(days=30))
    make_beheerder(own, make_rol("RIO beheerder"), voornaam="Piet", tussenvoegsel="", achternaam="Bakker")
    make_contactpersoon(own)
    make_contract(own)
    kantoor = make_organisatie("Kantoor Telraam", "90001111")
    Machtiging.objects.create(
        verlener=own, gemachtigde=kantoor, soort="verwerking", van=NOW, tot=NOW + timedelta(days=10)
    )
    text = text_of(beheerder_client.get(reverse("organisatie")))
    for words in [
        own.naam,
        own.bevoegd_gezag_email,
        "Vries, Jolanda de",
        "Beheerder Mijn DUO",
        "Bakker, Piet",
        "Beheerder RIO Algemeen",
        "Sanne Visser",
        "Administratiekantoor Telraam",
        "22BB De Vlieger",
        "tot 1 april 2026",
        "Kantoor Telraam mag voor u werken",
    ]:
        assert words in text
    other = make_organisatie("Stichting De Zon", "90002222")
    make_contactpersoon(other, naam="Iemand Anders")
    assert "Iemand Anders" not in text_of(beheerder_client.get(reverse("organisatie")))


def test_the_page_takes_the_same_queries_however_much_there_is(
    beheerder_client: Client, own: Organisatie, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = reverse("organisatie")
    beheerder_client.get(page)
    with django_assert_num_queries(15):
        beheerder_client.get(page)
    for number in range(5):
        make_beheerder(own)
        make_contactpersoon(own)
        make_contract(own)
        make_kenmerk(own, f"3{number}AA")
    with django_assert_num_queries(15):
        beheerder_client.get(page)


def test_it_says_when_the_rollen_are_looked_at_again(beheerder_client: Client, own: Organisatie) -> None:
    """The day of the next round, how far the one is that runs, and the way to it."""
    page = reverse("organisatie")
    assert "De volgende ronde begint binnenkort" in text_of(beheerder_client.get(page))
    Organisatie.objects.update(gemaakt_op=NOW - timedelta(days=100))
    assert "De volgende ronde begint op 22 november 2026." in text_of(beheerder_client.get(page))
    account = make_account(own)
    grant(account, make_rol(), make_kenmerk(own))
    grant(account, make_rol("ROD beheerder"), make_kenmerk(own))
    actor = Actor(ActorSoort.TAAK, naam="hercertificering")
    ronde = start_hercertificering(organisatie=own, actor=actor, now=NOW)
    assert ronde is not None
    shown = text_of(beheerder_client.get(page))
    assert "antwoorden tot en met 1 april 2026. Nog te beoordelen: 2 van de 2 rollen." in shown
    assert reverse("hercertificering") in beheerder_client.get(page).content.decode()
    end_autorisaties(account=account, actor=actor, now=NOW)
    run_hercertificering(now=NOW)
    shown = text_of(beheerder_client.get(page))
    assert "begint op 2 maart 2027. De vorige ronde was klaar op 2 maart 2026." in shown


@pytest.mark.parametrize("soort", ["contactpersoon", "contract"])
def test_a_row_is_added_changed_and_removed_and_the_log_says_so(
    beheerder_client: Client, own: Organisatie, soort: str
) -> None:
    values: dict[str, dict[str, Any]] = {
        "contactpersoon": {"onderwerp": "verzuim", "naam": "Sanne Visser", "email": "sanne@regenboog.example"},
        "contract": {"partij": "Telraam", "waarover": "salarissen", "begint_op": "2026-01-01"},
    }
    filled = values[soort]
    page = reverse(f"organisatie_{soort}_toevoegen")
    refused = submit(beheerder_client, page, "Opslaan", **filled | {"telefoon": "x", "eindigt_op": "2020-01-01"})
    assert refused.status_code == 200
    assert submit(beheerder_client, page, "Opslaan", **filled).status_code == 302
    assert "toegevoegd" in last_line()
    rows: Any = Contactpersoon.objects if soort == "contactpersoon" else Contract.objects
    row = rows.get()
    change = reverse(f"organisatie_{soort}", args=[row.pk])
    new = filled | {"naam": "Anders", "waarover": "verzuim"}
    assert submit(beheerder_client, change, "Opslaan", **new).status_code == 302
    assert "gewijzigd" in last_line()
    assert rows.get().versie == 2
    lines = Logregel.objects.count()
    submit(beheerder_client, change, "Opslaan", **new)
    assert Logregel.objects.count() == lines
    remove = reverse(f"organisatie_{soort}_verwijderen", args=[row.pk])
    assert beheerder_client.get(remove).status_code == 200
    assert rows.exists()
    submit(beheerder_client, remove, "Verwijderen")
    assert not rows.exists()
    assert "verwijderd" in last_line()


def test_d23_who_saves_second_sees_what_the_first_one_changed(beheerder_client: Client, own: Organisatie) -> None:
    row = make_contactpersoon(own)
    page = reverse("organisatie_contactpersoon", args=[row.pk])
    shown = beheerder_client.get(page)
    Contactpersoon.objects.update(telefoon="0501234567", versie=2)
    filled = {"onderwerp": "bekostiging", "naam": "Sanne de Boer", "email": row.email}
    stale = submit(beheerder_client, shown, "Opslaan", **filled)
    assert "Een collega was u voor" in text_of(stale)
    assert "nu “0501234567”, u vulde in “leeg”" in text_of(stale)
    assert Contactpersoon.objects.get().naam == "Sanne Visser"
    assert submit(beheerder_client, stale, "Opslaan", **filled).status_code == 302
    assert Contactpersoon.objects.get().naam == "Sanne de Boer"


def test_a_row_that_a_colleague_removed_or_of_another_organisatie_is_a_404(
    beheerder_client: Client, own: Organisatie
) -> None:
    foreign = make_contactpersoon(make_organisatie("Stichting De Zon", "90002222"))
    gone = make_contactpersoon(own)
    gone.delete()
    for pk in (foreign.pk, 10**6):
        for name in ("organisatie_contactpersoon", "organisatie_contactpersoon_verwijderen"):
            assert beheerder_client.get(reverse(name, args=[pk])).status_code == 404
    assert Contactpersoon.objects.filter(pk=foreign.pk).exists()


def test_r01_a_beheerder_can_only_ask_for_another_bevoegd_gezag(beheerder_client: Client, own: Organisatie) -> None:
    page = reverse("organisatie_gezag_vragen")
    same = {"naam": own.bevoegd_gezag_naam, "email": own.bevoegd_gezag_email, "functie": ""}
    submit(beheerder_client, page, "Vraag versturen", **same)
    assert not Voorstel.objects.exists()
    new = {"naam": "A. Nieuw", "email": "nieuw@regenboog.example"}
    assert submit(beheerder_client, page, "Vraag versturen", **new).status_code == 302
    own.refresh_from_db()
    assert own.bevoegd_gezag_naam == "M. Bestuur"
    assert Voorstel.objects.get().soort == VRAAG
    assert not Voorstel.objects.filter(soort=WIJZIGING).exists()
    post = berichtsoorten["gezag_gevraagd"].render(Bericht.objects.get(soort="gezag_gevraagd"), NOW)
    assert post is not None
    assert post.aan == own.bevoegd_gezag_email
    assert "DUO beslist daarover" in text_of(beheerder_client.get(reverse("organisatie")))
    other = submit(beheerder_client, page, "Vraag versturen", **new | {"naam": "B. Ander"})
    assert "Er wacht al een andere wijziging" in text_of(other)


def test_who_is_no_beheerder_does_not_find_the_page(login: Callable[[Account], Client], clock: object) -> None:
    assert login(make_account()).get(reverse("organisatie")).status_code == 404


def test_r34_contactpersonen_go_a_year_after_the_organisatie_ended(clock: Callable[..., None]) -> None:
    ended = make_organisatie(beeindigd_op=NOW)
    make_contactpersoon(ended)
    make_contactpersoon(make_organisatie())
    run = delete_old_contactpersonen(now=NOW + timedelta(days=364))
    assert run is not None
    assert run.tellingen == {"contactpersonen": 0}
    clock(NOW + timedelta(days=365))
    run_contactpersonen()
    assert Contactpersoon.objects.count() == 1

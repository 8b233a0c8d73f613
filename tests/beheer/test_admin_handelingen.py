"""R03, R19, R20, R32: what staff do to accounts and middelen, and what they cannot see or do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Beheerderschap
from accounts.services.staf import register_staf
from autorisatie.models import Rol, TaakRol
from koppeling.models import Koppeling, Middel, TekstVersie
from koppeling.rules import Reden
from tests.factories import NOW, link, make_account, make_beheerder, make_rol, make_staf, make_taak
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[datetime], None]) -> None:
    """The clock stands still."""


def act(client: Client, account: Account, handeling: str, **form: str) -> Any:
    return client.post(reverse(f"admin:accounts_account_{handeling}", args=[account.pk]), form, follow=True)


def mail(soort: str) -> str:
    """The text of the one mail of this kind."""
    bericht = Bericht.objects.get(soort=soort)
    post = berichtsoorten[soort].render(bericht, NOW)
    assert post is not None
    return f"{post.aan}\n{post.tekst}"


def test_r19_staff_unlink_a_sole_beheerder_and_the_bevoegd_gezag_is_told(staf_client: Client, staf: Account) -> None:
    beheerder = make_beheerder()
    link(beheerder)
    act(staf_client, beheerder, "ontkoppelen", reden="verloren", toelichting="Gebeld door mevrouw De Vries.")
    koppeling = Koppeling.objects.get()
    assert koppeling.reden == Reden.VERLOREN
    line = Logregel.objects.get(gebeurtenis="ontkoppeld")
    assert (line.actor_soort, line.actor_id, line.reden) == ("staf", staf.pk, "Gebeld door mevrouw De Vries.")
    text = mail("ontkoppeld_gezag")
    assert text.startswith("bestuur@regenboog.example")
    assert "Gebeld door mevrouw De Vries." in text
    assert beheerder.gebruikersnaam not in text


def test_r19_without_a_reason_nothing_happens(staf_client: Client) -> None:
    beheerder = make_beheerder()
    link(beheerder)
    response = act(staf_client, beheerder, "ontkoppelen", reden="verloren", toelichting=" ")
    assert "Vul in waarom u dit doet." in response.content.decode()
    assert Koppeling.objects.live().exists()


def test_r19_of_a_gebruiker_with_a_beheerder_the_bevoegd_gezag_hears_nothing(staf_client: Client) -> None:
    beheerder = make_beheerder()
    link(beheerder)
    gebruiker = make_account(beheerder.organisatie)
    link(gebruiker)
    act(staf_client, gebruiker, "ontkoppelen", reden="staf", toelichting="Melding van fraude.")
    assert not Bericht.objects.filter(soort="ontkoppeld_gezag").exists()


def test_r19_somebody_else_lifts_the_bar_on_a_stolen_middel(staf_client: Client) -> None:
    beheerder = make_beheerder()
    middel = link(beheerder).middel
    act(staf_client, beheerder, "ontkoppelen", reden="gestolen", toelichting="Tas gestolen.")
    page = reverse("admin:koppeling_middel_vrijgeven", args=[middel.pk])
    refused = staf_client.post(page, {"toelichting": "Teruggevonden."})
    assert "Iemand anders dan de melder" in refused.content.decode()
    assert Middel.objects.filter(gestolen_op__isnull=False).exists()

    Middel.objects.update(gestolen_door_id=make_staf("collega.duo").pk)
    assert staf_client.post(page, {"toelichting": "Teruggevonden."}).status_code == 302
    assert not Middel.objects.filter(gestolen_op__isnull=False).exists()
    assert Logregel.objects.get(gebeurtenis="middel_vrijgegeven").reden == "Teruggevonden."
    assert "Teruggevonden." in mail("vrijgegeven_gezag")


def test_r03_the_last_beheerder_is_withdrawn_by_a_decision_of_staff(staf_client: Client) -> None:
    beheerder = make_beheerder()
    act(staf_client, beheerder, "beheer_intrekken", toelichting="")
    assert Beheerderschap.objects.filter(tot=None).exists()
    act(staf_client, beheerder, "beheer_intrekken", toelichting="De school is opgeheven.")
    assert not Beheerderschap.objects.filter(tot=None).exists()
    assert Logregel.objects.get(gebeurtenis="beheerder_ingetrokken").reden == "De school is opgeheven."


def test_r20_staff_end_an_account(staf_client: Client) -> None:
    beheerder = make_beheerder()
    link(beheerder)
    act(staf_client, beheerder, "beeindigen", toelichting="Overleden.")
    beheerder.refresh_from_db()
    assert not beheerder.is_active
    assert not Koppeling.objects.live().exists()


@pytest.mark.parametrize("handeling", ["brief", "code", "ontkoppelen", "vrijgeven", "beheer_intrekken", "beeindigen"])
def test_asking_for_the_page_of_an_act_changes_nothing(staf_client: Client, handeling: str) -> None:
    beheerder = make_beheerder()
    link(beheerder)
    lines = Logregel.objects.count()
    page = reverse(f"admin:accounts_account_{handeling}", args=[beheerder.pk])
    assert staf_client.get(page).status_code == 200
    assert Logregel.objects.count() == lines
    assert Koppeling.objects.live().exists()
    assert not Bericht.objects.exists()


def test_r32_no_page_shows_a_password_a_pseudonym_or_a_gebruikersnaam(staf_client: Client) -> None:
    beheerder = make_beheerder()
    koppeling = link(beheerder)
    pages = [
        reverse("admin:accounts_account_changelist"),
        reverse("admin:accounts_account_change", args=[beheerder.pk]),
        reverse("admin:koppeling_middel_changelist"),
        reverse("admin:koppeling_middel_change", args=[koppeling.middel_id]),
        reverse("admin:koppeling_koppeling_changelist"),
        reverse("admin:koppeling_koppeling_change", args=[koppeling.pk]),
    ]
    for page in pages:
        text = staf_client.get(page).content.decode()
        assert beheerder.gebruikersnaam not in text
        assert beheerder.password not in text
        assert beheerder.sessiestempel not in text
        assert koppeling.middel.pseudoniem not in text


def test_r32_staff_have_no_page_of_their_own_kind_in_the_admin(staf_client: Client, staf: Account) -> None:
    assert staf_client.get(reverse("admin:accounts_account_change", args=[staf.pk])).status_code == 302
    assert act(staf_client, staf, "beeindigen", toelichting="x").status_code == 404


@pytest.mark.parametrize(
    "name", ["accounts_account", "koppeling_koppeling", "koppeling_middel", "verantwoording_logregel"]
)
def test_rows_that_the_portal_writes_are_read_only(staf_client: Client, name: str) -> None:
    koppeling = link(make_beheerder())
    Logregel.objects.create(op=NOW, gebeurtenis="ingelogd", actor_soort="account")
    pk = {
        "accounts_account": koppeling.account_id,
        "koppeling_koppeling": koppeling.pk,
        "koppeling_middel": koppeling.middel_id,
    }.get(name) or Logregel.objects.latest("pk").pk
    assert staf_client.get(reverse(f"admin:{name}_add")).status_code == 403
    for url in [reverse(f"admin:{name}_change", args=[pk]), reverse(f"admin:{name}_delete", args=[pk])]:
        assert staf_client.post(url, {"post": "yes"}).status_code == 403


def test_a_text_that_somebody_accepted_is_never_edited(staf_client: Client) -> None:
    koppeling = link(make_beheerder())
    accepted = reverse("admin:koppeling_tekstversie_change", args=[koppeling.privacy_id])
    form = {"soort": "privacy", "versie": 2, "ingang": "2026-03-01T00:00", "tekst": "Een andere tekst."}
    assert staf_client.post(accepted, form).status_code == 403
    assert staf_client.post(reverse("admin:koppeling_tekstversie_add"), form).status_code == 302
    newer = TekstVersie.objects.get(soort="privacy", versie=2)
    form["tekst"] = "Nog een andere tekst."
    page = reverse("admin:koppeling_tekstversie_change", args=[newer.pk])
    assert staf_client.post(page, form).status_code == 302


def test_r33_a_change_of_the_catalogue_leaves_a_line_with_the_names_of_the_fields(
    staf_client: Client, staf: Account
) -> None:
    rol = make_rol()
    form = {"naam": rol.naam, "omschrijving": "Kijken.", "domein": "rod", "kenmerksoorten": ["brin", "vestiging"]}
    page = reverse("admin:autorisatie_rol_change", args=[rol.pk])
    assert staf_client.post(page, {**form, "sleutel": "anders"}).status_code == 302
    changed = Rol.objects.get()
    assert (changed.sleutel, changed.kenmerksoorten) == (rol.sleutel, ["brin", "vestiging"])
    line = Logregel.objects.get(gebeurtenis="beheer_gewijzigd")
    assert (line.actor_id, line.object_soort, line.object_id) == (staf.pk, "rol", rol.pk)
    assert line.gegevens["model"] == "autorisatie.rol"
    assert {veld.lower() for veld in line.gegevens["velden"]} >= {"omschrijving", "kenmerksoorten"}


def test_d20_of_what_a_rol_opens_only_the_end_can_be_filled_in(staf_client: Client) -> None:
    rol, other = make_rol(), make_rol("RIO beheerder")
    taak = make_taak("Leerlingdossier", rol)
    row = TaakRol.objects.get()
    form = {
        "naam": taak.naam,
        "onderwerp": taak.onderwerp_id,
        "kenmerksoorten": taak.kenmerksoorten,
        "volgorde": 0,
        "taakrollen-TOTAL_FORMS": 1,
        "taakrollen-INITIAL_FORMS": 1,
        "taakrollen-0-id": row.pk,
        "taakrollen-0-taak": taak.pk,
        "taakrollen-0-rol": other.pk,
        "taakrollen-0-van": "2026-02-01T00:00",
        "taakrollen-0-tot": "2026-03-01T00:00",
    }
    assert staf_client.post(reverse("admin:autorisatie_taak_change", args=[taak.pk]), form).status_code == 302
    before = row.van
    row.refresh_from_db()
    assert (row.rol, row.van) == (rol, before)
    assert row.tot is not None


def test_who_may_only_look_cannot_act(login_staf: Callable[[Account], Client]) -> None:
    staf = register_staf(
        gebruikersnaam="kijker.duo",
        voornaam="Kim",
        achternaam="Kijker",
        email="kijker@mijnduo.example",
        wachtwoord="een lang wachtwoord voor de test",
        groep="DUO inzage",
        actor=Actor(ActorSoort.TAAK, naam="test"),
        now=NOW,
    )
    assert [group.name for group in Group.objects.all()] == ["DUO inzage"]
    client = login_staf(staf)
    beheerder = make_beheerder()
    assert client.get(reverse("admin:accounts_account_change", args=[beheerder.pk])).status_code == 200
    for handeling in ["brief", "code", "ontkoppelen", "beheer_intrekken", "beeindigen"]:
        url = reverse(f"admin:accounts_account_{handeling}", args=[beheerder.pk])
        assert client.get(url).status_code == 403
        assert client.post(url, {"toelichting": "x", "reden": "staf"}).status_code == 403
    assert client.post(reverse("admin:accounts_organisatie_add")).status_code == 403

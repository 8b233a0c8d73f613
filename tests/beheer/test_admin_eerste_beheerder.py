"""Issue 2, step 1: staff make an organisatie and its first beheerder, print her letter and request her code."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import Account, Beheerderschap, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk
from autorisatie.models import AutorisatieKenmerk, BeheerderBevoegdheid
from beheer.models import Aanvraag
from koppeling.models import Activatiecode
from koppeling.services.activatiecodes import issue_activatiecode
from tests.beheer.aanvraag import confirm, full_rol, submit
from tests.factories import (
    KVK,
    LONG_AGO,
    grant,
    link,
    make_account,
    make_beheerder,
    make_beheerdersrol,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_soort,
    make_staf,
)
from verantwoording.models import Bericht, Logregel

pytestmark = pytest.mark.django_db

VAN = "2026-01-01T00:00"


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[datetime], None]) -> None:
    """The clock stands still."""


def organisatie_form(*kenmerken: dict[str, str], existing: int = 0, **kwargs: Any) -> dict[str, Any]:
    """What the admin's page of an organisatie posts."""
    rows = {
        f"organisatiekenmerken-{number}-{veld}": waarde
        for number, kenmerk in enumerate(kenmerken)
        for veld, waarde in kenmerk.items()
    }
    return {
        "naam": "Stichting De Regenboog",
        "code_soort": "bestuursnummer",
        "code": "41234",
        "kvk_nummer": KVK,
        "soorten": [make_soort().pk],
        "bevoegd_gezag_naam": "M. Bestuur",
        "bevoegd_gezag_email": "bestuur@regenboog.example",
        "versie": 1,
        "organisatiekenmerken-TOTAL_FORMS": len(kenmerken),
        "organisatiekenmerken-INITIAL_FORMS": existing,
        **rows,
        **kwargs,
    }


def beheerder_form(*rollen: Any, **kwargs: Any) -> dict[str, Any]:
    return {
        "voornaam": "Jolanda",
        "tussenvoegsel": "de",
        "achternaam": "Vries",
        "email": "jolanda@regenboog.example",
        "soort": "aanmelden",
        "toelichting": "Per post, getekend op 1 maart.",
        "beheerdersrollen": [rol.pk for rol in rollen],
        **kwargs,
    }


def act(client: Client, account: Account, handeling: str, **form: str) -> Any:
    return client.post(reverse(f"admin:accounts_account_{handeling}", args=[account.pk]), form, follow=True)


def test_staff_make_an_organisatie_with_kenmerken(staf_client: Client, staf: Account) -> None:
    kenmerk = {"soort": "brin", "waarde": "21 az", "naam": "De Regenboog", "van": VAN}
    response = staf_client.post(reverse("admin:accounts_organisatie_add"), organisatie_form(kenmerk))
    assert response.status_code == 302
    organisatie = Organisatie.objects.get()
    assert (organisatie.code, organisatie.kvk_nummer) == ("41234", KVK)
    assert [soort.pk for soort in organisatie.soorten.all()] == [make_soort().pk]
    assert organisatie.organisatiekenmerken.get().kenmerk == Kenmerk.objects.get(soort="brin", waarde="21AZ")
    line = Logregel.objects.get(gebeurtenis="beheer_gewijzigd")
    assert (line.actor_id, line.organisatie_id, line.object_id) == (staf.pk, organisatie.pk, organisatie.pk)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kvk_nummer": "1234567"}, "KVK-nummer van 8 cijfers"),
        ({"code": "4123"}, "bestuursnummer van 5 cijfers"),
        ({"code_soort": "brin", "code": "21AZ00"}, "instellingscode"),
        ({"organisatiekenmerken-0-waarde": "21A"}, "instellingscode"),
        ({"organisatiekenmerken-0-soort": "rsin", "organisatiekenmerken-0-waarde": "123456789"}, "geldig RSIN"),
    ],
)
def test_a_code_of_the_wrong_form_is_refused_with_its_sentence(
    staf_client: Client, wrong: dict[str, Any], sentence: str
) -> None:
    kenmerk = {"soort": "brin", "waarde": "21AZ", "van": VAN}
    response = staf_client.post(reverse("admin:accounts_organisatie_add"), organisatie_form(kenmerk, **wrong))
    assert sentence in response.content.decode()
    assert not Organisatie.objects.exists()


def test_a_kenmerk_cannot_run_twice(staf_client: Client) -> None:
    kenmerk = {"soort": "brin", "waarde": "21AZ", "van": VAN}
    response = staf_client.post(reverse("admin:accounts_organisatie_add"), organisatie_form(kenmerk, kenmerk))
    assert "twee keer" in response.content.decode()
    assert not Organisatie.objects.exists()


def test_d3_of_a_kenmerk_only_the_end_can_be_filled_in(staf_client: Client) -> None:
    organisatie = make_organisatie()
    make_kenmerk(organisatie)
    row = OrganisatieKenmerk.objects.get()
    posted = {"id": str(row.pk), "soort": "brin", "waarde": "99ZZ", "van": VAN, "tot": "2026-03-01T00:00"}
    page = reverse("admin:accounts_organisatie_change", args=[organisatie.pk])
    form = organisatie_form(posted, existing=1, **{"organisatiekenmerken-0-organisatie": organisatie.pk})
    assert staf_client.post(page, form).status_code == 302
    row.refresh_from_db()
    assert row.tot is not None
    assert (row.kenmerk.waarde, row.van) == ("21AZ", LONG_AGO)


@pytest.mark.parametrize("by_machtiging", [False, True])
def test_d22_one_person_does_not_end_a_kenmerk_on_which_a_grant_or_machtiging_rests(
    staf_client: Client, *, by_machtiging: bool
) -> None:
    organisatie, rol = make_organisatie(), make_rol()
    kenmerk = make_kenmerk(organisatie)
    if by_machtiging:
        make_machtiging(organisatie, make_organisatie("Kantoor De Teller", "90005555"), [rol], [kenmerk])
    else:
        grant(make_account(organisatie), rol, kenmerk)
    row = OrganisatieKenmerk.objects.get()
    posted = {"id": str(row.pk), "soort": "brin", "waarde": "21AZ", "van": VAN, "tot": "2026-03-01T00:00"}
    page = reverse("admin:accounts_organisatie_change", args=[organisatie.pk])
    form = organisatie_form(posted, existing=1, **{"organisatiekenmerken-0-organisatie": organisatie.pk})
    assert "Gebruik ‘Kenmerken overdragen’" in staf_client.post(page, form).content.decode()
    row.refresh_from_db()
    assert row.tot is None
    Machtiging.objects.update(tot=datetime(2026, 2, 1, tzinfo=UTC))
    AutorisatieKenmerk.objects.update(tot=datetime(2026, 2, 1, tzinfo=UTC))
    assert staf_client.post(page, form).status_code == 302


def test_r01_the_bevoegd_gezag_stays_as_it_was_entered(staf_client: Client) -> None:
    organisatie = make_organisatie()
    page = reverse("admin:accounts_organisatie_change", args=[organisatie.pk])
    form = organisatie_form(plaats="Groningen", bevoegd_gezag_email="ander@adres.example", code="49999")
    assert staf_client.post(page, form).status_code == 302
    changed = Organisatie.objects.get()
    assert changed.plaats == "Groningen"
    assert (changed.bevoegd_gezag_email, changed.code) == (organisatie.bevoegd_gezag_email, organisatie.code)
    line = Logregel.objects.get(gebeurtenis="beheer_gewijzigd")
    assert "Plaats" in line.gegevens["velden"]


def test_d23_who_saves_an_organisatie_that_somebody_else_changed_is_told(staf_client: Client) -> None:
    organisatie = make_organisatie(versie=2)
    page = reverse("admin:accounts_organisatie_change", args=[organisatie.pk])
    response = staf_client.post(page, organisatie_form(plaats="Groningen", versie=1))
    assert "Iemand anders" in response.content.decode()
    assert Organisatie.objects.get().plaats == ""


def test_r01_staff_enter_a_form_for_the_first_beheerder_and_a_colleague_grants_it(
    staf_client: Client, staf: Account, login_staf: Callable[[Account], Client]
) -> None:
    organisatie = make_organisatie()
    rol = make_beheerdersrol()
    rol.soorten.add(make_soort())
    page = reverse("admin:accounts_organisatie_beheerder", args=[organisatie.pk])
    assert "Aanvraag voor een beheerder invoeren" in staf_client.get(page).content.decode()
    assert staf_client.post(page, beheerder_form(rol)).status_code == 302
    assert not Account.objects.of_organisatie(organisatie).exists()
    grant = reverse("admin:beheer_aanvraag_toekennen", args=[Aanvraag.objects.get().pk])
    decision = {"beheerdersrollen": [rol.pk], "toelichting": "Gebeld met het bevoegd gezag."}
    refused = staf_client.post(grant, decision)
    assert "U hebt dit zelf voorgesteld" in refused.content.decode()
    colleague = make_staf("collega.duo")
    assert login_staf(colleague).post(grant, decision).status_code == 302
    account = Account.objects.of_organisatie(organisatie).get()
    assert BeheerderBevoegdheid.objects.get().beheerderschap == Beheerderschap.objects.get(account=account)
    assert not account.has_usable_password()
    events = Logregel.objects.filter(account_id=account.pk).order_by("id").values_list("gebeurtenis", "actor_id")
    assert list(events) == [
        ("account_aangemeld", colleague.pk),
        ("beheerder_aangesteld", colleague.pk),
        ("bevoegdheden_gewijzigd", colleague.pk),
    ]


def test_r01_who_added_the_organisatie_does_not_decide_on_what_its_bevoegd_gezag_confirmed(
    staf_client: Client, login_staf: Callable[[Account], Client]
) -> None:
    """She chose the address to confirm from: the form, the organisatie and the decision would be hers."""
    staf_client.post(reverse("admin:accounts_organisatie_add"), organisatie_form())
    rol = full_rol()
    aanvraag = submit(Organisatie.objects.get())
    confirm(aanvraag)
    grant = reverse("admin:beheer_aanvraag_toekennen", args=[aanvraag.pk])
    decision = {"beheerdersrollen": [rol.pk], "toelichting": "Gebeld met het bevoegd gezag."}
    assert "U hebt deze organisatie zelf toegevoegd" in staf_client.post(grant, decision).content.decode()
    assert login_staf(make_staf("collega.duo")).post(grant, decision).status_code == 302


def test_a_beheerder_needs_a_beheerdersrol_and_staff_say_how_the_form_came(staf_client: Client) -> None:
    organisatie = make_organisatie()
    page = reverse("admin:accounts_organisatie_beheerder", args=[organisatie.pk])
    text = staf_client.post(page, beheerder_form(toelichting="")).content.decode()
    assert "Kies minstens één mogelijkheid." in text
    assert "Vul in hoe en wanneer DUO dit formulier kreeg." in text
    assert not Aanvraag.objects.exists()


def test_r05_the_letter_shows_the_gebruikersnaam_and_is_logged(staf_client: Client, staf: Account) -> None:
    beheerder = make_beheerder()
    page = reverse("admin:accounts_account_brief", args=[beheerder.pk])
    assert beheerder.gebruikersnaam not in staf_client.get(page).content.decode()
    response = staf_client.post(page)
    assert beheerder.gebruikersnaam in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert Logregel.objects.get(gebeurtenis="brief_gemaakt").actor_id == staf.pk


def test_r05_the_letter_comes_as_pdf_too(staf_client: Client) -> None:
    beheerder = make_beheerder()
    response = staf_client.post(reverse("admin:accounts_account_brief", args=[beheerder.pk]), {"vorm": "pdf"})
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="brief-mijn-duo.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert beheerder.gebruikersnaam in PdfReader(BytesIO(response.content)).pages[0].extract_text()
    assert Logregel.objects.filter(gebeurtenis="brief_gemaakt").count() == 1


def test_r07_the_code_is_requested_and_the_admin_shows_that_it_was_sent(
    staf_client: Client, now: datetime, mailoutbox: list[Any]
) -> None:
    beheerder = make_beheerder()
    asked = act(staf_client, beheerder, "code").content.decode()
    assert "De activatiecode is aangevraagd." in asked
    assert "wacht op verzending" in asked
    bericht = Bericht.objects.get(soort="activatiecode")
    post = issue_activatiecode(bericht, now)
    assert post is not None
    Bericht.objects.update(status=Bericht.Status.VERZONDEN, verzonden_op=now)
    shown = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", post.tekst)
    assert shown is not None
    code = shown[0]
    row = Activatiecode.objects.get()
    pages = [
        reverse("admin:accounts_account_change", args=[beheerder.pk]),
        reverse("admin:verantwoording_bericht_change", args=[bericht.pk]),
        reverse("admin:verantwoording_bericht_changelist"),
        reverse("admin:verantwoording_logregel_changelist"),
    ]
    texts = [staf_client.get(page).content.decode() for page in pages]
    assert ": verzonden op 2 maart 2026" in texts[0]
    for text in texts:
        assert code not in text
        assert code.replace("-", "") not in text
        assert row.hash not in text
        assert beheerder.gebruikersnaam not in text


def test_r07_what_a_colleague_beheerder_can_do_is_not_done_by_staff(staf_client: Client) -> None:
    organisatie = make_organisatie()
    beheerder, colleague = make_beheerder(organisatie), make_beheerder(organisatie)
    gebruiker = make_account(organisatie)
    link(colleague)
    for account in [beheerder, gebruiker]:
        for handeling in ["brief", "code"]:
            assert "DUO doet het niet" in act(staf_client, account, handeling).content.decode()
    assert not Bericht.objects.exists()
    assert not Logregel.objects.filter(gebeurtenis="brief_gemaakt").exists()


def test_r07_two_first_beheerders_who_cannot_log_in_yet_are_both_helped(staf_client: Client) -> None:
    organisatie = make_organisatie()
    for beheerder in [make_beheerder(organisatie), make_beheerder(organisatie)]:
        assert "is aangevraagd" in act(staf_client, beheerder, "code").content.decode()

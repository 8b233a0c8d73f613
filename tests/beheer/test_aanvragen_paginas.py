"""R01: the pages for the bevoegd gezag. What they show never tells whether we know the organisatie or the person."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Organisatie
from beheer.models import Aanvraag
from tests.beheer.aanvraag import confirm, full_rol, make_formulier, submit, token_of
from tests.factories import make_beheerder, make_organisatie, make_sector, make_staf
from tests.formulier import submit as press
from tests.formulier import text_of
from verantwoording.models import Logregel, Voorstel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[datetime], None]) -> None:
    """The clock stands still, and nobody was counted yet."""
    cache.clear()


def fill_in(organisatie: Organisatie | None = None, **kwargs: Any) -> dict[str, Any]:
    form = {**make_formulier(organisatie), "beheerdersrollen": [full_rol().pk], "middel_bevestigd": "on", **kwargs}
    return {veld: waarde for veld, waarde in form.items() if waarde is not None}


def test_the_form_is_found_from_the_login_page_and_from_the_problem_pages(client: Client) -> None:
    make_sector()
    link = reverse("beheerder_aanvragen")
    refused = f"{reverse('eherkenning_afronden')}?h=x"
    pages = [reverse("inloggen"), reverse("inloggen_sector", args=["primair-onderwijs"]), refused]
    for page in pages:
        assert link in client.get(page).content.decode()


def test_the_answer_is_the_same_whether_we_know_the_organisatie_or_not(client: Client) -> None:
    organisatie = make_organisatie()
    texts = []
    for known in (organisatie, None):
        response = client.post(reverse("beheerder_aanvragen"), fill_in(known), follow=True)
        aanvraag = Aanvraag.objects.latest("pk")
        status = press(client, reverse("beheerder_aanvragen_status"), "Bekijken", referentie=aanvraag.referentie)
        texts.append([text_of(page).replace(aanvraag.referentie, "R") for page in (response, status)])
    assert texts[0] == texts[1]
    assert "Uw referentie is R" in texts[0][0]
    assert "wacht op bevestiging" in texts[0][1]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"soort": ""}, "Kies wat u wilt doen."),
        ({"kvk_nummer": "123"}, "KVK-nummer van 8 cijfers"),
        ({"code": "123"}, "bestuursnummer van 5 cijfers"),
        ({"gezag_email": "geen adres"}, "Vul een e-mailadres in"),
        ({"beheerdersrollen": []}, "Kies minstens één mogelijkheid."),
        ({"middel_bevestigd": ""}, "Zonder middel kan het niet."),
        ({"nood_tot": "2026-03-01"}, "Kies een dag vanaf vandaag, binnen 3 maanden."),
        ({"nood_tot": "2027-03-01"}, "Kies een dag vanaf vandaag, binnen 3 maanden."),
        ({"achternaam": "Sm\u202eit"}, "niet leesbaar"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_kept(
    client: Client, wrong: dict[str, Any], sentence: str
) -> None:
    response = client.post(reverse("beheerder_aanvragen"), fill_in(**wrong))
    assert sentence in response.content.decode()
    assert not Aanvraag.objects.exists()


def test_withdrawing_asks_no_domain_and_no_middel(client: Client) -> None:
    form = fill_in(soort="intrekken", beheerdersrollen=[], middel_bevestigd="", code_soort="", code="onzin")
    assert client.post(reverse("beheerder_aanvragen"), form).status_code == 302
    assert Aanvraag.objects.get().code == ""


def test_who_sends_many_forms_or_tries_references_is_held_up(client: Client) -> None:
    form = reverse("beheerder_aanvragen")
    statuses = [client.post(form, fill_in()).status_code for _ in range(12)]
    assert statuses == [302] * 10 + [429] * 2
    tries = [client.post(reverse("beheerder_aanvragen_status"), {"referentie": "x"}).status_code for _ in range(21)]
    assert tries == [200] * 20 + [429]


def test_getting_the_link_changes_nothing_and_pressing_confirms(client: Client) -> None:
    aanvraag = submit(make_organisatie())
    page = reverse("beheerder_aanvragen_bevestigen", args=[token_of(aanvraag)])
    for _ in range(2):
        assert "Noor Smit" in text_of(client.get(page))
    assert client.post(page).status_code == 200
    assert not Voorstel.objects.exists()
    assert "U hebt de aanvraag bevestigd" in text_of(press(client, page, "Ja, bevestigen", keuze="ja"))
    line = Logregel.objects.get()
    assert (line.gebeurtenis, line.actor_soort, line.adres) == ("aanvraag_voorgesteld", "gezag", "127.0.0.1")
    again = client.get(page)
    assert "al beantwoord" in text_of(again)
    assert "Noor" not in text_of(again)


def test_a_link_that_is_late_or_not_ours_says_so(client: Client, clock: Callable[[datetime], None]) -> None:
    aanvraag = submit(make_organisatie())
    page = reverse("beheerder_aanvragen_bevestigen", args=[token_of(aanvraag)])
    clock(aanvraag.geldig_tot)
    assert client.get(page).status_code == 410
    assert client.post(page, {"keuze": "ja"}).status_code == 410
    assert client.get(reverse("beheerder_aanvragen_bevestigen", args=["onzin"])).status_code == 404
    assert not Voorstel.objects.exists()


def test_the_form_is_printed_for_signature_and_the_link_opens_nothing_else(client: Client) -> None:
    client.post(reverse("beheerder_aanvragen"), fill_in(nood_tot="2026-04-01", opvolger_van="J. de Vries"))
    ontvangen = client.get(reverse("beheerder_aanvragen_ontvangen"))
    page = client.get(reverse("beheerder_aanvragen_afdrukken", args=[ontvangen.context["afdrukken"]]))
    for text in ["Noor Smit", "Handtekening", "1 april 2026", "J. de Vries", Aanvraag.objects.get().referentie]:
        assert text in text_of(page)
    other = reverse("beheerder_aanvragen_bevestigen", args=[ontvangen.context["afdrukken"]])
    assert client.get(other).status_code == 404


def test_the_status_page_says_how_far_and_nothing_about_anybody(client: Client) -> None:
    aanvraag = submit(make_organisatie())
    confirm(aanvraag)
    typed = f" {aanvraag.referentie.lower().replace('-', ' ')} "
    text = text_of(press(client, reverse("beheerder_aanvragen_status"), "Bekijken", referentie=typed))
    assert "wacht op een besluit van DUO" in text
    assert not [name for name in ("Noor", "Smit", "Regenboog", "M. Bestuur", "@") if name in text]
    unknown = client.post(reverse("beheerder_aanvragen_status"), {"referentie": "ABCD-EFGH-JKMN"})
    assert "We vinden geen aanvraag" in unknown.content.decode()


def test_a_beheerder_who_is_logged_in_can_use_it_too(login: Callable[[Account], Client]) -> None:
    client = login(make_beheerder())
    assert press(client, reverse("beheerder_aanvragen"), "Versturen", **fill_in()).status_code == 302


def test_staff_see_how_it_came_in_and_why_it_was_decided(staf_client: Client, staf: Account) -> None:
    known, unknown, unconfirmed = submit(make_organisatie(), nood_tot=date(2026, 3, 31)), submit(), submit()
    confirm(known)
    confirm(unknown)
    texts = [
        staf_client.get(reverse("admin:beheer_aanvraag_change", args=[row.pk])).content.decode()
        for row in (known, unknown, unconfirmed)
    ]
    assert "het e-mailadres dat DUO al had" in texts[0]
    assert "DUO kende deze organisatie nog niet" in texts[1]
    assert "nog niemand" in texts[2]
    grant = reverse("admin:beheer_aanvraag_toekennen", args=[known.pk])
    asked = staf_client.get(grant).content.decode()
    assert "een beheerder aanmelden als noodbeheerder, tot en met 31 maart 2026, voor Stichting" in asked
    assert "Dit staat in het logboek" in asked
    refuse = reverse("admin:beheer_aanvraag_afwijzen", args=[known.pk])
    assert "Vul in waarom" in staf_client.post(refuse, {"toelichting": " "}).content.decode()
    response = staf_client.post(refuse, {"toelichting": "Niet bevoegd volgens het register."}, follow=True)
    assert "afgewezen, door Dana Duo: Niet bevoegd volgens het register." in response.content.decode()
    again = staf_client.post(grant, {"toelichting": "Toch wel."})
    assert "Hierover is al besloten" in again.content.decode()


def test_r02_staff_ask_for_other_beheerdersrollen_and_a_colleague_decides(
    staf_client: Client, login_staf: Callable[[Account], Client]
) -> None:
    beheerder = make_beheerder()
    rol = full_rol()
    page = reverse("admin:accounts_account_beheerdersrollen", args=[beheerder.pk])
    assert beheerder.email in staf_client.get(page).content.decode()
    form = {"soort": "wijzigen", "voornaam": "J", "achternaam": beheerder.achternaam, "email": beheerder.email}
    given = {**form, "beheerdersrollen": [rol.pk], "toelichting": "Per post."}
    assert staf_client.post(page, given).status_code == 302
    aanvraag = Aanvraag.objects.get()
    decide = reverse("admin:beheer_aanvraag_toekennen", args=[aanvraag.pk])
    colleague = login_staf(make_staf("collega.duo"))
    shown = colleague.get(decide)
    assert shown.context["form"].initial["account"] == beheerder
    decision = {"account": beheerder.pk, "beheerdersrollen": [rol.pk], "toelichting": "Gecontroleerd."}
    assert colleague.post(decide, decision).status_code == 302
    aanvraag.refresh_from_db()
    assert aanvraag.staat == Aanvraag.Staat.TOEGEKEND

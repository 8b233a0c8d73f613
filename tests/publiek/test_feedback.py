"""The feedback panel (R31): asks first, no tracking, kept without who it was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from publiek.models import Feedback
from publiek.services.opruimen import forget_bezoekers
from tests.factories import NOW, make_account, make_pagina

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_the_panel_asks_first_and_leads_to_the_form_with_the_page(client: Client) -> None:
    make_pagina()
    response = client.get("/informatie/uitleg/")
    html = response.content.decode()
    assert "Ja, ik doe mee" in html
    assert "/feedback/?pagina=/informatie/uitleg/" in html
    assert 'href="#feedback"' in html
    assert not response.cookies


def test_who_is_logged_in_is_not_asked(login: Callable[[Account], Client]) -> None:
    assert b"Ja, ik doe mee" not in login(make_account()).get("/contact/").content


def test_an_opinion_is_kept_with_its_page_and_nothing_else(client: Client) -> None:
    html = client.get("/feedback/?pagina=/contact/").content.decode()
    assert 'value="/contact/"' in html
    response = client.post("/feedback/", {"cijfer": "4", "tekst": "Mooi.", "pagina": "/contact/"})
    assert response.headers["Location"] == reverse("feedback_bedankt")
    assert list(Feedback.objects.values_list("op", "pagina", "cijfer", "tekst")) == [(NOW, "/contact/", 4, "Mooi.")]
    assert {field.name for field in Feedback._meta.get_fields()} == {"id", "op", "pagina", "cijfer", "tekst"}


@pytest.mark.parametrize(
    "pagina",
    ["/nieuwsbrieven/afmelden/geheim/", "https://elders.example/", "/onzin/", "x" * 400, "/gebruikers/5/", "\x00"],
)
def test_a_page_that_is_not_public_is_not_kept(client: Client, pagina: str) -> None:
    client.post("/feedback/", {"cijfer": "1", "pagina": pagina})
    assert not Feedback.objects.exclude(pagina="").exists()


@pytest.mark.parametrize(
    "data", [{}, {"cijfer": "0"}, {"cijfer": "6"}, {"cijfer": "x"}, {"cijfer": "1", "tekst": "x" * 2001}]
)
def test_odd_input_is_asked_again(client: Client, data: dict[str, str]) -> None:
    assert client.post("/feedback/", data).status_code == 200
    assert not Feedback.objects.exists()


def test_a_visitor_is_held_up_after_ten_opinions_an_hour(client: Client) -> None:
    answers = [client.post("/feedback/", {"cijfer": "5"}).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]


def test_staff_read_them_and_change_nothing(client: Client, staf_client: Client) -> None:
    client.post("/feedback/", {"cijfer": "2", "tekst": "Kan beter."})
    assert b"Kan beter." in staf_client.get(reverse("admin:publiek_feedback_changelist")).content


def test_r34_an_opinion_is_forgotten_after_a_year() -> None:
    for days in (364, 365):
        Feedback.objects.create(op=NOW - timedelta(days=days), cijfer=3)
    run = forget_bezoekers(now=NOW)
    assert run is not None
    assert run.tellingen["meningen"] == 1
    assert Feedback.objects.count() == 1

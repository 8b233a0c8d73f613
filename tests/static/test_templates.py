import re
from pathlib import Path

import pytest
from django import forms
from django.template.loader import get_template, render_to_string

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SPRITE = (TEMPLATES.parent / "static" / "img" / "iconen.svg").read_text()
ALL = sorted(str(p.relative_to(TEMPLATES)) for p in TEMPLATES.rglob("*.html"))
# Parts of a page stand in a folder deel/, and Django's and allauth's own names are theirs.
PARTS = {"admin/color_theme_toggle.html"}
PAGES = [n for n in ALL if n not in PARTS and ("deel/" not in n or n == "deel/bevestig.html") and "django/" not in n]


def source(name: str) -> str:
    return re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", (TEMPLATES / name).read_text(), flags=re.DOTALL)


class Melding(forms.Form):
    middel = forms.CharField(label="Middel", help_text="Zoals het op uw pas staat.")
    telefoon = forms.CharField(label="Telefoon", required=False)
    reden = forms.ChoiceField(label="Reden", choices=[("v", "Verloren"), ("g", "Gestolen")], widget=forms.RadioSelect)
    zeker = forms.BooleanField(label="Ik weet het zeker")
    middel.hulp = "De naam van uw middel.\n\nVraag het de leverancier."  # type: ignore[attr-defined]  # read by hulp.html


@pytest.mark.parametrize("name", ALL)
def test_every_template_compiles(name: str) -> None:
    assert get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_a_language_and_a_title_or_takes_them_from_a_base(name: str) -> None:
    text = source(name)
    base = re.search(r'{% extends "(.+?)" %}', text)
    if base is None:
        assert '<html lang="nl"' in text
        assert "<title>" in text
    elif not base[1].startswith("admin/"):  # Django's views give the admin's pages their title
        own_or_inherited = text if base[1] == "basis.html" else text + source(base[1])
        assert re.search(r"{% block titel %}\s*\S", own_or_inherited)


@pytest.mark.parametrize("name", ALL)
def test_no_template_carries_inline_style_or_script_or_loads_from_another_site(name: str) -> None:
    text = source(name)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|javascript:", text)
    assert not re.search(r"<(link|script|img|use|source|iframe)\b[^>]*?(src|href)=\"(https?:)?//", text)


@pytest.mark.parametrize("name", ALL)
def test_every_icon_that_a_template_names_is_in_the_sprite(name: str) -> None:
    for icon in re.findall(r'deel/icoon\.html" with naam="([^"]+)"', source(name)):
        assert f'id="{icon}"' in SPRITE


@pytest.mark.parametrize("name", ALL)
def test_every_posted_form_carries_its_hidden_fields(name: str) -> None:
    text = source(name)
    posted = len(re.findall(r'<form\b[^>]*method="post"', text))
    assert text.count("{% csrf_token %}") + text.count("{% post_velden %}") >= posted


@pytest.mark.parametrize("name", PAGES)
def test_who_shows_a_whole_form_also_shows_what_is_wrong_with_it(name: str) -> None:
    text = source(name)
    if "{{ form }}" in text:
        assert "deel/foutoverzicht.html" in text


def test_the_page_for_a_server_error_needs_nothing_to_be_shown() -> None:
    page = render_to_string("500.html")
    assert "Er ging iets mis bij ons" in page
    assert "{% url" not in source("500.html")


def test_a_field_has_its_help_behind_a_question_mark() -> None:
    """R24."""
    veld = Melding()["middel"].as_field_group()
    assert 'popovertarget="id_middel_hulp" aria-label="Uitleg bij Middel"' in re.sub(r"\s+", " ", veld)
    assert "<p>Vraag het de leverancier.</p>" in veld
    assert "_hulp" not in Melding()["telefoon"].as_field_group()


def test_help_text_and_error_are_tied_to_the_field() -> None:
    veld = Melding({})["middel"].as_field_group()
    assert 'aria-describedby="id_middel_helptext id_middel_error"' in veld
    assert 'aria-invalid="true"' in veld
    assert 'id="id_middel_helptext"' in veld
    assert 'id="id_middel_error"' in veld


def test_words_say_which_field_may_stay_empty() -> None:
    assert "(niet verplicht)" in Melding()["telefoon"].as_field_group()
    assert "(niet verplicht)" not in Melding()["middel"].as_field_group()


def test_the_error_summary_links_to_each_field_that_is_wrong() -> None:
    form = Melding({"middel": "", "telefoon": ""})
    form.add_error(None, "Er klopt iets niet.")
    overzicht = render_to_string("deel/foutoverzicht.html", {"form": form})
    assert re.findall(r'href="#([^"]+)"', overzicht) == ["id_middel", "id_reden_0", "id_zeker"]
    assert "<p>Er klopt iets niet.</p>" in re.sub(r"\s*(<[^>]+>)\s*", r"\1", overzicht)
    rendered = str(form)
    assert all(f'id="{name}"' in rendered for name in ("id_middel", "id_reden_0", "id_zeker"))


def test_a_form_without_errors_has_no_error_summary() -> None:
    assert not render_to_string("deel/foutoverzicht.html", {"form": Melding()}).strip()


def test_what_a_user_typed_is_escaped_in_field_and_summary() -> None:
    form = Melding({"middel": '"><script>', "reden": "<b>"})
    assert "<script>" not in str(form)
    assert "<b>" not in render_to_string("deel/foutoverzicht.html", {"form": form})


def test_the_letter_holds_the_gebruikersnaam_of_each_sheet_and_no_code() -> None:
    """R05."""
    brieven = [
        {"naam": n, "gebruikersnaam": g, "beheerder_naam": "J. de Vries"} for n, g in (("A", "MD1"), ("B", "MD2"))
    ]
    page = render_to_string("brief/gebruikersnaam.html", {"brieven": brieven, "terug_url": "/gebruikers/"})
    assert page.count('class="vel"') == 2
    assert re.findall(r"<dd>\s*(MD\d)\s*</dd>", page) == ["MD1", "MD2"]
    assert page.count("Uw beheerder, J. de Vries, geeft u deze brief zelf.") == 2

"""R34: every model says why and for how long it holds what it holds; personal data never without a term."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from accounts.models import Account
from verantwoording.rules import Bewaarregel

OURS = [
    model
    for name in ("verantwoording", "accounts", "koppeling", "autorisatie", "beheer", "planning", "publiek")
    for model in apps.get_app_config(name).get_models()
]
PERSONAL = {
    "email",
    "voornaam",
    "achternaam",
    "telefoon",
    "pseudoniem",
    "gebruikersnaam",
    "account_id",
    "actor_id",
    "bevoegd_gezag_email",
    "nieuw_adres",
}


def is_personal(model: type[Model]) -> bool:
    """Holds somebody's data, or refers to somebody."""
    fields: Any = model._meta.get_fields()
    return any(
        getattr(field, "attname", "") in PERSONAL or (field.concrete and field.related_model is Account)
        for field in fields
    )


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_r34_every_model_declares_its_bewaarregel(model: type[Model]) -> None:
    assert "bewaarregel" in vars(model)
    regel = vars(model)["bewaarregel"]
    assert regel is None or isinstance(regel, Bewaarregel)


@pytest.mark.parametrize("model", [model for model in OURS if is_personal(model)], ids=lambda model: model.__name__)
def test_r34_personal_data_have_a_purpose_and_a_term(model: type[Model]) -> None:
    regel = vars(model)["bewaarregel"]
    assert regel is not None
    assert regel.doel.endswith(".")
    assert regel.termijn[0].isdigit()
    assert regel.vanaf


def test_the_test_knows_personal_data_when_it_sees_them() -> None:
    names = {model.__name__ for model in OURS if is_personal(model)}
    assert {"Account", "Organisatie", "Koppeling", "Middel", "Logregel", "Bericht", "Autorisatie"} <= names
    assert not {"Soort", "Rol", "Kenmerk", "TekstVersie"} & names


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_d6_no_model_speaks_of_itself_by_gebruikersnaam_pseudonym_or_code(model: type[Model]) -> None:
    secret = {"gebruikersnaam", "pseudoniem", "hash", "handvat_hash"}
    fields = {field.attname: "GEHEIM" for field in model._meta.concrete_fields if field.attname in secret}
    if fields:
        assert "GEHEIM" not in str(model(**fields))

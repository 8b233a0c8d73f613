"""One line about a person is judged by the same rules on a form and in a file (R04)."""

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from accounts.rules import GEGEVENS, check_gegeven, normalise_regel
from beheer.forms import GegevensForm

GOOD = {"voornaam": "Henk", "achternaam": "Zande", "email": "henk@school.example"}


def test_the_lengths_are_those_of_the_table() -> None:
    assert {veld: gegeven.lengte for veld, gegeven in GEGEVENS.items()} == {
        veld: getattr(Account._meta.get_field(veld), "max_length", None) for veld in GEGEVENS
    }


@given(st.sampled_from(list(GEGEVENS)), st.text(max_size=130))
def test_the_form_refuses_what_the_rules_refuse_and_nothing_else(veld: str, text: str) -> None:
    form = GegevensForm(GOOD | {veld: text})
    fout = check_gegeven(veld, normalise_regel(text))
    assert form.is_valid() == (fout is None)
    assert form.errors.get(veld, []) == ([fout] if fout else [])
    if fout is None:
        assert form.cleaned_data[veld] == normalise_regel(text)


@given(st.from_regex(r"[-+a-z.é'\"0-9]{1,8}@[-a-z.é0-9_\[\]:]{1,12}\.?[a-z1-]{0,4}", fullmatch=True))
def test_an_address_that_we_keep_can_be_mailed_to(email: str) -> None:
    if check_gegeven("email", email) is None:
        validate_email(email)


@pytest.mark.parametrize(
    "email", ["henk@school.example", "H.van-den+z@a-b.co.uk", "o'neil@xn--bcher-kva.example", "a@bücher.example"]
)
def test_usual_addresses_are_right(email: str) -> None:
    assert check_gegeven("email", email) is None


@pytest.mark.parametrize("email", ["henk", "henk@", "henk@school", "a@b..nl", "a b@c.nl", "a@b.nl, c@d.nl", "a@-b.nl"])
def test_what_is_no_address_is_refused_as_django_does(email: str) -> None:
    assert check_gegeven("email", email) is not None
    with pytest.raises(ValidationError):
        validate_email(email)


@pytest.mark.parametrize("naam", ["Zoë", "Ömer", "Nguyễn", "王小明", "محمد", "O’Brien", "D'Angelo", "Żółć"])
def test_any_script_is_a_name(naam: str) -> None:
    assert check_gegeven("achternaam", normalise_regel(naam)) is None


def test_signs_that_one_does_not_see_are_refused() -> None:
    assert check_gegeven("voornaam", "He\u202enk") == "Er staan tekens in die niet leesbaar zijn. Typ de tekst opnieuw."
    assert check_gegeven("voornaam", normalise_regel(" Jan\u00a0\tPeter\n")) is None

import re
import secrets
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import (
    ALFABET,
    KENMERKSOORTEN,
    check_kenmerk,
    is_bestuursnummer,
    is_brin,
    is_gebruikersnaam,
    is_gemeentecode,
    is_kvk_nummer,
    is_rsin,
    is_vestiging,
    make_gebruikersnaam,
    normalise_gebruikersnaam,
    normalise_kenmerk,
)

signs = st.lists(st.integers(0, 30), min_size=7, max_size=7)


def from_signs(numbers: list[int]) -> str:
    """The gebruikersnaam of these seven signs, as make_gebruikersnaam makes it."""
    return make_gebruikersnaam(lambda n: sum(sign * 31**place for place, sign in enumerate(numbers)) % n)


RIGHT = [
    *((soort, regel.voorbeeld) for soort, regel in KENMERKSOORTEN.items()),
    ("kvk_nummer", "00000001"),
    ("brin", "00AA"),
    ("vestiging", "21AZ99"),
    ("gemeentecode", "0363"),
    ("rsin", "111222333"),
    ("onderwijsbestuur", "999B999"),
]

WRONG = [
    ("kvk_nummer", "1234567"),
    ("kvk_nummer", "123456789"),
    ("kvk_nummer", "1234567A"),
    ("kvk_nummer", "12345678\n"),
    ("kvk_nummer", "１２３４５６７８"),
    ("kvk_vestigingsnummer", "12345678"),
    ("rsin", "123456789"),
    ("rsin", "000000000"),
    ("rsin", "12345678"),
    ("brin", "2AZ1"),
    ("brin", "21az"),
    ("brin", "21AZ00"),
    ("vestiging", "21AZ"),
    ("vestiging", "21AZ0"),
    ("bestuursnummer", "1234"),
    ("bestuursnummer", "123456"),
    ("gemeentecode", "363"),
    ("gemeentecode", "G363"),
    ("rmc_regiocode", "3"),
    ("onderwijsbestuur", "123A456"),
    ("onderwijsaanbieder", "123B456"),
    ("aanbiedersgroep", "123X456"),
    ("onderwijslocatie", "123T456"),
    ("begeleidingsaanbieder", "123G456"),
    ("lrk_nummer", "12345678"),
]


@pytest.mark.parametrize(("soort", "waarde"), RIGHT)
def test_a_code_of_the_right_form_has_no_error(soort: str, waarde: str) -> None:
    assert check_kenmerk(soort, waarde) is None


@pytest.mark.parametrize(("soort", "waarde"), [*WRONG, *((soort, "") for soort in KENMERKSOORTEN)])
def test_a_code_of_the_wrong_form_gets_the_sentence_of_its_soort(soort: str, waarde: str) -> None:
    assert check_kenmerk(soort, waarde) == KENMERKSOORTEN[soort].fout


def test_an_unknown_soort_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        check_kenmerk("schoolnummer", "1")


@given(soort=st.sampled_from(sorted(KENMERKSOORTEN)), invoer=st.text(max_size=30))
def test_whatever_is_typed_gets_a_judgement_and_never_a_crash(soort: str, invoer: str) -> None:
    waarde = normalise_kenmerk(invoer)
    judgement = check_kenmerk(soort, waarde)
    assert judgement in {None, KENMERKSOORTEN[soort].fout}
    assert (judgement is None) <= (re.fullmatch("[0-9A-Z]+", waarde) is not None)


def test_the_named_checks_ask_for_their_own_soort() -> None:
    checks = {
        is_kvk_nummer: "kvk_nummer",
        is_rsin: "rsin",
        is_brin: "brin",
        is_vestiging: "vestiging",
        is_bestuursnummer: "bestuursnummer",
        is_gemeentecode: "gemeentecode",
    }
    for check, own in checks.items():
        assert check(KENMERKSOORTEN[own].voorbeeld)
        assert [soort for soort in checks.values() if check(KENMERKSOORTEN[soort].voorbeeld)] == [own]


@given(digits=st.text("0123456789", min_size=9, max_size=9), place=st.integers(0, 8), other=st.integers(1, 9))
def test_an_rsin_with_one_wrong_digit_is_refused(digits: str, place: int, other: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + other) % 10) + digits[place + 1 :]
    assert not (is_rsin(digits) and is_rsin(wrong))


def test_one_in_eleven_numbers_is_an_rsin() -> None:
    """Neither none nor all pass: the elfproef really counts."""
    assert sum(is_rsin(f"{number:09}") for number in range(100_000_000, 100_001_100)) == 100


@pytest.mark.parametrize("invoer", ["21az00", " 21 AZ 00 ", "21AZ-00", "21.az.00", "21\u00a0AZ00"])
def test_spaces_dots_dashes_and_case_do_not_matter(invoer: str) -> None:
    assert normalise_kenmerk(invoer) == "21AZ00"


def test_leading_zeros_are_kept_and_never_added() -> None:
    assert normalise_kenmerk(" 0363") == "0363"
    assert normalise_kenmerk("363") == "363"


def test_each_sentence_names_an_example_that_is_right() -> None:
    for soort, regel in KENMERKSOORTEN.items():
        assert check_kenmerk(soort, regel.voorbeeld) is None
        assert regel.voorbeeld in regel.fout or soort == "rsin"


def test_the_alphabet_has_31_signs_and_none_that_look_alike() -> None:
    """D6: A–Z and 2–9 without O, I and L."""
    assert len(set(ALFABET)) == len(ALFABET) == 31
    assert not set("OIL01") & set(ALFABET)


@given(signs)
def test_a_made_gebruikersnaam_is_right_and_has_the_form_of_d6(numbers: list[int]) -> None:
    gebruikersnaam = from_signs(numbers)
    assert re.fullmatch("MD[A-HJKMNP-Z2-9]{8}", gebruikersnaam)
    assert is_gebruikersnaam(gebruikersnaam)


@given(signs)
def test_any_single_wrong_sign_shows(numbers: list[int]) -> None:
    """D6: all places, all other signs, MD included."""
    gebruikersnaam = from_signs(numbers)
    for place, right in enumerate(gebruikersnaam):
        for sign in ALFABET.replace(right, ""):
            assert not is_gebruikersnaam(gebruikersnaam[:place] + sign + gebruikersnaam[place + 1 :])


@given(signs)
def test_any_two_neighbours_that_changed_places_show(numbers: list[int]) -> None:
    gebruikersnaam = from_signs(numbers)
    for place, (left, right) in enumerate(pairwise(gebruikersnaam)):
        swapped = gebruikersnaam[:place] + right + left + gebruikersnaam[place + 2 :]
        assert is_gebruikersnaam(swapped) == (left == right)


@given(signs)
def test_a_sign_too_few_or_too_many_shows(numbers: list[int]) -> None:
    gebruikersnaam = from_signs(numbers)
    assert not is_gebruikersnaam(gebruikersnaam[:-1])
    assert not any(is_gebruikersnaam(gebruikersnaam + sign) for sign in ALFABET)


@given(st.text(max_size=14))
def test_any_text_can_be_asked(invoer: str) -> None:
    assert is_gebruikersnaam(normalise_gebruikersnaam(invoer)) in {True, False}


def test_gebruikersnamen_are_not_sequential() -> None:
    made = [make_gebruikersnaam(secrets.randbelow) for _ in range(200)]
    assert len(set(made)) == 200
    assert made != sorted(made)


def test_case_and_spaces_of_a_gebruikersnaam_are_ignored() -> None:
    gebruikersnaam = from_signs([0, 5, 10, 15, 20, 25, 30])
    typed = f" {gebruikersnaam[:2].lower()} {gebruikersnaam[2:6]}-{gebruikersnaam[6:].lower()} "
    assert normalise_gebruikersnaam(typed) == gebruikersnaam
    assert not is_gebruikersnaam(gebruikersnaam.lower())

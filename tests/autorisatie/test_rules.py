"""Every link of the chain that may be missing (R22, D20, D24)."""

from dataclasses import replace
from datetime import date, time

import pytest

from autorisatie.rules import Feiten, Inlog, KenmerkFeit, RolFeit, VoorbijeRol, decide, end_of_day, last_day
from koppeling.rules import AMSTERDAM

EH2_PLUS = "urn:etoegang:core:assurance-class:loa2plus"
EH3 = "urn:etoegang:core:assurance-class:loa3"
EH4 = "urn:etoegang:core:assurance-class:loa4"

KENMERK = KenmerkFeit(id=7, soort="brin", waarde="21AZ", vestigingsnummer="", eigen=True)
ROL = RolFeit("ROD raadpleger", frozenset({"brin"}), frozenset({7}))
FEITEN = Feiten(
    naam="Fatima El Amrani",
    organisatie="De Regenboog",
    taak="Leerlingdossier",
    belet="",
    kenmerksoorten=frozenset({"brin"}),
    portaal="rod",
    niveau="EH3",
    openers=("ROD medewerker", "ROD raadpleger"),
    rollen=(ROL,),
)
INLOG = Inlog(EH3)


def test_yes_comes_with_the_whole_chain() -> None:
    besluit = decide(FEITEN, KENMERK, INLOG)
    assert besluit.mag
    assert besluit.keten == (
        "Het account van Fatima El Amrani bij De Regenboog is actief.",
        "De login heeft minstens niveau EH3.",
        "De taak Leerlingdossier is er voor wie een van deze rollen heeft: ROD medewerker en ROD raadpleger.",
        "Fatima El Amrani heeft de rol ROD raadpleger.",
        "De taak werkt met een kenmerk van de soort Instellingscode (BRIN).",
        "De rol ROD raadpleger werkt met een kenmerk van de soort Instellingscode (BRIN).",
        "De rol ROD raadpleger geldt voor kenmerk 21AZ.",
        "Kenmerk 21AZ hoort bij De Regenboog.",
    )


VESTIGING = replace(KENMERK, vestigingsnummer="000012345678")


@pytest.mark.parametrize(
    ("feiten", "kenmerk", "inlog", "missing"),
    [
        (
            replace(FEITEN, belet="is beëindigd"),
            KENMERK,
            INLOG,
            "Het account van Fatima El Amrani bij De Regenboog is beëindigd.",
        ),
        (FEITEN, KENMERK, Inlog(EH2_PLUS), "vraagt om een login met niveau EH3"),
        (FEITEN, KENMERK, Inlog("loa4"), "vraagt om een login met niveau EH3"),
        (replace(FEITEN, niveau="EH4"), KENMERK, INLOG, "vraagt om een login met niveau EH4"),
        (replace(FEITEN, niveau=""), KENMERK, INLOG, "is er niet meer"),
        (replace(FEITEN, niveau=""), KENMERK, None, "is er niet meer"),
        (replace(FEITEN, openers=(), rollen=()), KENMERK, INLOG, "Geen enkele rol opent de taak Leerlingdossier"),
        (replace(FEITEN, rollen=()), KENMERK, INLOG, "heeft geen van deze rollen"),
        (
            replace(FEITEN, rollen=(), voorbij=(VoorbijeRol("ROD raadpleger", "31 juli 2026"),)),
            KENMERK,
            INLOG,
            "De rol ROD raadpleger eindigde op 31 juli 2026.",
        ),
        (FEITEN, None, INLOG, "is een kenmerk nodig van de soort Instellingscode (BRIN)"),
        (replace(FEITEN, kenmerksoorten=frozenset()), KENMERK, INLOG, "werkt zonder kenmerk"),
        (
            FEITEN,
            replace(KENMERK, soort="vestiging"),
            INLOG,
            "De taak werkt niet met een kenmerk van de soort Vestiging",
        ),
        (
            replace(FEITEN, kenmerksoorten=frozenset({"brin", "vestiging"})),
            replace(KENMERK, soort="vestiging"),
            INLOG,
            "De rol werkt niet met een kenmerk van de soort Vestiging",
        ),
        (FEITEN, replace(KENMERK, id=8, waarde="30XX"), INLOG, "geldt niet voor kenmerk 30XX"),
        (FEITEN, replace(KENMERK, eigen=False), INLOG, "Kenmerk 21AZ hoort niet bij De Regenboog"),
        (FEITEN, replace(KENMERK, eigen=False, sinds="3 maart 2026"), INLOG, "hoort sinds 3 maart 2026 niet meer bij"),
        (FEITEN, VESTIGING, Inlog(EH3, frozenset({"000099999999"})), "geldt niet voor vestiging 000012345678"),
    ],
)
def test_each_missing_link_is_a_no_that_ends_with_its_sentence(
    feiten: Feiten, kenmerk: KenmerkFeit | None, inlog: Inlog | None, missing: str
) -> None:
    """R22, D20."""
    besluit = decide(feiten, kenmerk, inlog)
    assert not besluit.mag
    assert missing in besluit.keten[-1]


@pytest.mark.parametrize(
    ("feiten", "kenmerk", "inlog"),
    [
        (FEITEN, KENMERK, None),
        (FEITEN, KENMERK, Inlog(EH4)),
        (replace(FEITEN, niveau=None), KENMERK, Inlog("")),
        (replace(FEITEN, kenmerksoorten=frozenset()), None, INLOG),
        (FEITEN, VESTIGING, INLOG),
        (FEITEN, VESTIGING, Inlog(EH3, frozenset({"000012345678"}))),
        (FEITEN, KENMERK, Inlog(EH3, frozenset({"000099999999"}))),
    ],
    ids=[
        "no login asked",
        "higher level",
        "no portaal",
        "no kenmerk needed",
        "login for the whole",
        "this vestiging",
        "a kenmerk of no vestiging",
    ],
)
def test_nothing_else_is_asked(feiten: Feiten, kenmerk: KenmerkFeit | None, inlog: Inlog | None) -> None:
    """D24: a login limited to vestigingen keeps from it only the kenmerken of another vestiging."""
    assert decide(feiten, kenmerk, inlog).mag


def test_rol_and_kenmerk_must_come_from_one_grant() -> None:
    """R22: the rol of one grant and the kenmerk of another do not add up."""
    fits_but_not_granted = RolFeit("ROD raadpleger", frozenset({"brin"}), frozenset())
    granted_but_does_not_fit = RolFeit("Verzuim", frozenset({"vestiging"}), frozenset({7}))
    feiten = replace(FEITEN, rollen=(fits_but_not_granted, granted_but_does_not_fit))
    assert not decide(feiten, KENMERK, INLOG).mag


def test_without_a_login_the_chain_says_which_level_it_will_take() -> None:
    assert "Voor de taak is een login met niveau EH3 of hoger nodig." in decide(FEITEN, KENMERK, None).keten


def test_a_rol_with_an_end_says_until_when() -> None:
    feiten = replace(FEITEN, rollen=(replace(ROL, tot="31 juli 2026"),))
    assert (
        "Fatima El Amrani heeft de rol ROD raadpleger, tot en met 31 juli 2026." in decide(feiten, KENMERK, None).keten
    )


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)])
def test_a_day_ends_at_midnight_in_amsterdam_and_is_the_last_one(day: date) -> None:
    """D18: also on the days on which the clock is changed."""
    end = end_of_day(day)
    assert end.astimezone(AMSTERDAM).time() == time()
    assert last_day(end) == day

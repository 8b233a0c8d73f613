"""R26: how an overstap moves, and until when tokens work. Pure."""

from datetime import UTC, date, datetime, timedelta

import pytest

from planning.rules import midnight
from planning.rules.overstap import (
    Dagen,
    OverstapFeit,
    Stand,
    Zet,
    ZetMagNiet,
    check_uitzondering,
    due_zet,
    next_stand,
    weigh,
)

VANDAAG = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALLOWED = {
    (Stand.GEPLAND, Zet.AANKONDIGEN): Stand.AANGEKONDIGD,
    (Stand.AANGEKONDIGD, Zet.OPENEN): Stand.OPEN,
    (Stand.AANGEKONDIGD, Zet.PAUZEREN): Stand.GEPAUZEERD,
    (Stand.AANGEKONDIGD, Zet.TERUGDRAAIEN): Stand.TERUGGEDRAAID,
    (Stand.OPEN, Zet.AFRONDEN): Stand.KLAAR,
    (Stand.OPEN, Zet.PAUZEREN): Stand.GEPAUZEERD,
    (Stand.OPEN, Zet.TERUGDRAAIEN): Stand.TERUGGEDRAAID,
    (Stand.KLAAR, Zet.TERUGDRAAIEN): Stand.TERUGGEDRAAID,
    (Stand.GEPAUZEERD, Zet.HERVATTEN): Stand.OPEN,
    (Stand.GEPAUZEERD, Zet.TERUGDRAAIEN): Stand.TERUGGEDRAAID,
    (Stand.TERUGGEDRAAID, Zet.AANKONDIGEN): Stand.AANGEKONDIGD,
}


@pytest.mark.parametrize("zet", Zet)
@pytest.mark.parametrize("stand", Stand)
def test_r26_only_these_moves_are_allowed(stand: Stand, zet: Zet) -> None:
    if (stand, zet) in ALLOWED:
        assert next_stand(stand, zet, voor_pauze=Stand.OPEN) is ALLOWED[stand, zet]
    else:
        with pytest.raises(ZetMagNiet, match=f"is {stand}"):
            next_stand(stand, zet, voor_pauze=Stand.OPEN)


@pytest.mark.parametrize("stand", Stand)
def test_r26_without_a_day_of_staff_no_date_moves_anything(stand: Stand) -> None:
    for later in range(0, 4000, 500):
        assert due_zet(stand, Dagen(), VANDAAG + timedelta(days=later)) is None


@pytest.mark.parametrize(
    ("stand", "zet"),
    [(Stand.GEPLAND, Zet.AANKONDIGEN), (Stand.AANGEKONDIGD, Zet.OPENEN), (Stand.OPEN, Zet.AFRONDEN)],
)
def test_r26_the_day_that_staff_set_moves_it_and_a_late_job_makes_up(stand: Stand, zet: Zet) -> None:
    dagen = Dagen(VANDAAG, VANDAAG, VANDAAG)
    assert due_zet(stand, dagen, VANDAAG - timedelta(days=1)) is None
    assert due_zet(stand, dagen, VANDAAG) is zet
    assert due_zet(stand, dagen, VANDAAG + timedelta(days=30)) is zet


@pytest.mark.parametrize("stand", [Stand.GEPAUZEERD, Stand.TERUGGEDRAAID, Stand.KLAAR])
def test_r26_what_is_paused_rolled_back_or_done_no_day_moves(stand: Stand) -> None:
    assert due_zet(stand, Dagen(VANDAAG, VANDAAG, VANDAAG), VANDAAG) is None


def test_days_follow_one_another_and_are_still_to_come() -> None:
    one, two, three = (VANDAAG + timedelta(days=days) for days in (1, 2, 3))
    assert Dagen(one, two, three).check(VANDAAG, Dagen()) == ""
    assert Dagen(one, one, one).check(VANDAAG, Dagen()) == ""
    assert Dagen(None, None, three).check(VANDAAG, Dagen()) == ""
    assert "op elkaar volgen" in Dagen(two, one, three).check(VANDAAG, Dagen())
    assert "op elkaar volgen" in Dagen(three, None, two).check(VANDAAG, Dagen())
    assert "die nog komen" in Dagen(VANDAAG, two, three).check(VANDAAG, Dagen())
    assert Dagen(VANDAAG, two, three).check(VANDAAG, Dagen(VANDAAG)) == ""


def test_r26_once_the_general_end_is_past_an_overstap_with_days_keeps_an_end_of_its_own() -> None:
    one, two = VANDAAG + timedelta(days=1), VANDAAG + timedelta(days=2)
    for dagen, vorige in ((Dagen(one), Dagen()), (Dagen(openen_op=one), Dagen()), (Dagen(), Dagen(einde_token=two))):
        assert "algemene dag is al voorbij" in dagen.check(VANDAAG, vorige)
        assert dagen.check(VANDAAG, vorige, klaar=True) == ""
    assert Dagen().check(VANDAAG, Dagen()) == ""
    assert Dagen(date(2022, 12, 30)).check(date(2022, 12, 29), Dagen()) == ""


def test_r26_the_general_end_leaves_30_december_2022_as_last_day() -> None:
    einde = weigh([], [], NOW).einde
    assert einde == datetime(2022, 12, 30, 23, 0, tzinfo=UTC)
    assert weigh([OverstapFeit(Stand.OPEN, None, None)], [], NOW).einde == einde


def test_d3_of_several_soorten_the_latest_end_counts() -> None:
    done = OverstapFeit(Stand.KLAAR, date(2026, 2, 1), midnight(date(2026, 2, 1)))
    still_open = OverstapFeit(Stand.OPEN, date(2026, 6, 1), None)
    for order in ([done, still_open], [still_open, done]):
        stand = weigh(order, [], NOW)
        assert (stand.stand, stand.einde, stand.klaar) == (Stand.OPEN, midnight(date(2026, 6, 1)), False)
    assert weigh([done], [], NOW).klaar


def test_r26_rounded_off_before_its_day_the_token_ended_then() -> None:
    early = NOW - timedelta(days=3)
    assert weigh([OverstapFeit(Stand.KLAAR, date(2026, 6, 1), early)], [], NOW).einde == early


def test_r26_an_exception_that_runs_longer_goes_before_it() -> None:
    done = OverstapFeit(Stand.KLAAR, date(2026, 2, 1), midnight(date(2026, 2, 1)))
    longer = weigh([done], [date(2026, 3, 10), date(2026, 4, 1)], NOW)
    assert longer.uitzondering
    assert longer.open
    assert not longer.klaar
    assert longer.einde == midnight(date(2026, 4, 1))
    assert weigh([], [date(2026, 4, 1)], NOW).uitzondering
    over = weigh([done], [date(2026, 3, 2)], NOW)
    assert not over.uitzondering
    assert over.klaar
    shorter = weigh([OverstapFeit(Stand.OPEN, date(2026, 6, 1), None)], [date(2026, 4, 1)], NOW)
    assert shorter.einde == midnight(date(2026, 6, 1))


def test_an_exception_ends_within_a_year() -> None:
    assert check_uitzondering(VANDAAG + timedelta(days=1), VANDAAG) == ""
    assert check_uitzondering(VANDAAG + timedelta(days=366), VANDAAG) == ""
    assert check_uitzondering(VANDAAG, VANDAAG)
    assert check_uitzondering(VANDAAG + timedelta(days=367), VANDAAG)

"""Until when a token counts: pure rules (R14, R15, R26, D14)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from koppeling.rules import AMSTERDAM
from planning.rules.token import Overgang, Tokenstand, judge_token, token_einde, token_portalen, token_telt

MADE = datetime(2020, 5, 1, tzinfo=UTC)
GENERAL_END = datetime(2022, 12, 31, tzinfo=AMSTERDAM)
BEFORE = GENERAL_END - timedelta(microseconds=1)
MIJN_DUO = Overgang("mijn-duo")


def geldig(*overgangen: Overgang, now: datetime = BEFORE, **kwargs: object) -> bool:
    no = dict.fromkeys(("ingetrokken", "beeindigd", "geblokkeerd", "gekoppeld"), False)
    facts: dict[str, Any] = {"gemaakt_op": MADE, "koppelingen": 0, **no, **kwargs}
    return judge_token(overgangen=overgangen, now=now, **facts) is Tokenstand.GELDIG


def test_D14_a_token_counts_until_the_last_moment_of_30_december_2022() -> None:
    assert geldig(MIJN_DUO)
    assert not geldig(MIJN_DUO, now=GENERAL_END)
    assert BEFORE.astimezone(AMSTERDAM).date() == date(2022, 12, 30)


@pytest.mark.parametrize("fact", [{"ingetrokken": True}, {"koppelingen": 1}])
def test_D14_not_once_it_was_withdrawn_and_never_again_once_linked(fact: dict[str, Any]) -> None:
    assert not geldig(MIJN_DUO, **fact)


def test_R15_an_account_made_since_1_january_2022_never_has_one() -> None:
    new_year = datetime(2022, 1, 1, tzinfo=AMSTERDAM)
    assert geldig(MIJN_DUO, gemaakt_op=new_year - timedelta(microseconds=1))
    assert not geldig(MIJN_DUO, gemaakt_op=new_year)


def test_R26_a_day_in_the_planning_comes_before_the_general_end() -> None:
    row = Overgang("mijn-duo", verplicht=date(2022, 1, 1))
    new_year = datetime(2022, 1, 1, tzinfo=AMSTERDAM)
    assert token_telt(row, new_year - timedelta(microseconds=1))
    assert not token_telt(row, new_year)


def test_R26_an_overstap_that_is_done_comes_before_any_day() -> None:
    assert not geldig(Overgang("mijn-duo", gedaan=True))
    assert not geldig(Overgang("mijn-duo", gedaan=True, algemeen_einde=False))


def test_R26_an_exception_gives_more_time_than_day_general_end_and_act() -> None:
    end = datetime(2026, 6, 1, tzinfo=AMSTERDAM)
    for overgang in (
        Overgang("mijn-duo", uitzondering=end),
        Overgang("mijn-duo", verplicht=date(2022, 1, 1), uitzondering=end),
        Overgang("mijn-duo", gedaan=True, uitzondering=end),
    ):
        assert geldig(overgang, now=end - timedelta(microseconds=1))
        assert not geldig(overgang, now=end)


def test_R26_an_exception_that_ended_early_takes_nothing_away() -> None:
    assert geldig(Overgang("mijn-duo", uitzondering=datetime(2021, 1, 1, tzinfo=UTC)))


def test_R26_a_row_that_knows_no_general_end_ends_by_an_act_alone() -> None:
    later = GENERAL_END + timedelta(days=1000)
    assert token_telt(Overgang("mijn-duo", algemeen_einde=False), later)
    assert not token_telt(Overgang("mijn-duo", algemeen_einde=False, gedaan=True), later)


def test_R26_the_moment_at_which_tokens_end_is_that_of_mijn_duo() -> None:
    later = datetime(2026, 6, 1, tzinfo=AMSTERDAM)
    assert token_einde([MIJN_DUO, Overgang("verzuim", verplicht=date(2023, 1, 1))], BEFORE) == GENERAL_END
    assert token_einde([MIJN_DUO, Overgang("mijn-duo", gedaan=True, uitzondering=later)], BEFORE) == later
    assert token_einde([MIJN_DUO, Overgang("mijn-duo", algemeen_einde=False)], BEFORE) is None
    assert token_einde([Overgang("verzuim", uitzondering=later)], BEFORE) == later
    assert token_einde([Overgang("mijn-duo", gedaan=True)], BEFORE) == BEFORE


def test_D3_of_several_soorten_the_latest_end_counts() -> None:
    school = Overgang("mijn-duo", verplicht=date(2022, 1, 1))
    board = Overgang("mijn-duo")
    now = datetime(2022, 6, 1, tzinfo=UTC)
    assert token_portalen([school], now) == frozenset()
    assert token_portalen([school, board], now) == {"mijn-duo"}
    assert geldig(school, board, now=now)


def test_D14_it_opens_the_portalen_that_have_not_moved_yet_alone() -> None:
    now = datetime(2022, 6, 1, tzinfo=UTC)
    moved, not_yet = Overgang("portal-inburgering", verplicht=date(2022, 1, 1)), Overgang("verzuim")
    assert token_portalen([moved, not_yet], now) == {"verzuim"}


def test_D14_an_organisatie_that_stands_nowhere_in_the_planning_has_no_tokens() -> None:
    assert not geldig()

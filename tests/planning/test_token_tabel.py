"""What each printed row does to a token user of that soort, around each obligation and the general end (R26, D14)."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Soort
from koppeling.rules import AMSTERDAM
from planning.models import Planningsregel
from planning.rules.token import Overgang, Tokenstand, token_telt
from planning.services.overgangen import read_overgangen
from planning.services.tokens import stand_of
from tests.factories import make_account, make_organisatie, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("planning")]

GENERAL_END = date(2022, 12, 31)
OBLIGATIONS = {2: date(2022, 1, 1), 5: date(2022, 1, 1)}
"""The rows that print a day: before it a token counts for their portalen, from it on it does not."""
NO_DAY = {
    1: date(2022, 6, 1),  # nu
    8: date(2022, 3, 1),  # 1 maart
    10: date(2022, 12, 1),  # eind 2022
    11: date(2022, 1, 1),  # begin 2022
    21: date(2022, 3, 1),  # 1 maart
    22: date(2022, 3, 1),  # 1 maart
}
"""The other rows with an obligation, and the day that one might read into it: none is guessed, so nothing ends then."""
WITHOUT_END = 23
WHOLE_SOORT_MOVED = "po-scholen"


def overgangen_of(soort: str, op: date) -> list[Overgang]:
    organisatie = make_organisatie()
    organisatie.soorten.set([Soort.objects.get(sleutel=soort)])
    return read_overgangen(organisaties=[organisatie.pk], now=noon(op))[organisatie.pk]


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=AMSTERDAM)


def days_around(day: date) -> list[date]:
    return [day - timedelta(days=1), day, day + timedelta(days=1)]


def test_R26_for_every_row_a_token_counts_until_the_day_before_its_obligation_or_the_general_end() -> None:
    assert {*OBLIGATIONS, *NO_DAY} == set(Planningsregel.objects.exclude(verplicht="").values_list("nummer", flat=True))
    for regel in Planningsregel.objects.select_related("soort").prefetch_related("portalen"):
        overgangen = {overgang.portaal: overgang for overgang in overgangen_of(regel.soort.sleutel, GENERAL_END)}
        end = OBLIGATIONS.get(regel.nummer, None if regel.nummer == WITHOUT_END else GENERAL_END)
        for portaal in regel.portalen.all():
            printed = NO_DAY.get(regel.nummer, end or GENERAL_END)
            for day in {*days_around(GENERAL_END), *days_around(printed), date(2023, 3, 31)}:
                expected = end is None or day < end
                assert token_telt(overgangen[portaal.sleutel], noon(day)) is expected, (regel.nummer, portaal, day)


def test_R15_for_every_soort_a_token_logs_in_up_to_and_including_30_december_2022() -> None:
    last_days = {WHOLE_SOORT_MOVED: date(2021, 12, 31), "meer-ruimte-voor-nieuwe-scholen": None}
    for soort in Soort.objects.all():
        organisatie = make_organisatie()
        organisatie.soorten.set([soort])
        token = make_token(make_account(organisatie))
        last = last_days.get(soort.sleutel, date(2022, 12, 30))
        for day in (date(2021, 12, 31), date(2022, 1, 1), date(2022, 12, 30), date(2022, 12, 31), date(2023, 1, 1)):
            stand = stand_of(token, token.account, noon(day))
            may = last is None or day <= last
            assert stand is (Tokenstand.GELDIG if may else Tokenstand.AFGELOPEN), (soort, day)


def test_R26_a_moment_without_a_year_ends_no_token() -> None:
    (overgang,) = overgangen_of("ggds", GENERAL_END)
    assert overgang.verplicht is None


def test_D3_a_board_with_a_school_keeps_its_tokens_as_long_as_the_later_of_both() -> None:
    organisatie = make_organisatie()
    organisatie.soorten.set(Soort.objects.filter(sleutel__in=["po-scholen", "po-besturen"]))
    for day, counts in ((date(2022, 6, 1), True), (GENERAL_END, False)):
        overgangen = read_overgangen(organisaties=[organisatie.pk], now=noon(day))[organisatie.pk]
        assert any(token_telt(o, noon(day)) for o in overgangen if o.portaal == "mijn-duo") is counts

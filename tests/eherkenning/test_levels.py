import pytest

from koppeling.eherkenning.levels import Niveau, meets


def test_levels_have_the_names_that_people_know() -> None:
    assert [niveau.naam for niveau in Niveau] == ["EH1", "EH2", "EH2+", "EH3", "EH4"]


@pytest.mark.parametrize("minimum", Niveau)
@pytest.mark.parametrize("received", Niveau)
def test_a_level_meets_itself_and_all_below_it_r13(received: Niveau, minimum: Niveau) -> None:
    assert meets(received, minimum) == (received.naam >= minimum.naam)


@pytest.mark.parametrize("received", ["", "loa4", "urn:etoegang:core:assurance-class:loa5", Niveau.EH4.upper()])
def test_an_unknown_level_is_below_everything_r13(received: str) -> None:
    assert not meets(received, Niveau.EH1)
    assert Niveau.of(received) is None

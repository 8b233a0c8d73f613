"""Issue 5, D22: every act that takes two persons, in one table.

Tried by one, by the same person twice, by who lost the right in between, by a bevoegd gezag that was replaced, and by
two at once. A new kind of Voorstel that has no row here fails.
"""

import pytest

from tests.beheer.daden import DADEN, Daad
from tests.parallel import in_parallel
from verantwoording.haken import logzinnen
from verantwoording.services import AlBesloten

SOORTEN = {event.removesuffix("_voorgesteld") for event in logzinnen if event.endswith("_voorgesteld")}
"""Every kind of Voorstel that the log has a sentence for: without one nothing can be proposed."""


def test_every_kind_of_voorstel_has_a_row() -> None:
    assert {soort for daad in DADEN for soort in daad.soorten} == SOORTEN


@pytest.fixture(params=DADEN, ids=lambda daad: daad.__name__)
def daad(request: pytest.FixtureRequest, db: None) -> Daad:
    made: Daad = request.param()
    return made


def test_by_two_it_is_done_and_a_third_comes_too_late(daad: Daad) -> None:
    daad.begin()
    assert not daad.is_gedaan()
    daad.besluit(daad.tweede)
    assert daad.is_gedaan()
    with pytest.raises(AlBesloten):
        daad.besluit(daad.derde)


def test_by_one_it_is_not_done_however_often_she_tries(daad: Daad) -> None:
    daad.begin()
    for _ in range(2):
        with pytest.raises(daad.zelf):
            daad.besluit(daad.eerste)
    assert not daad.is_gedaan()


def test_by_the_same_person_twice_it_is_not_done(daad: Daad) -> None:
    """She begins it again, as if it were the second time: it still waits for somebody else."""
    daad.begin()
    daad.begin()
    with pytest.raises(daad.zelf):
        daad.besluit(daad.eerste)
    assert not daad.is_gedaan()
    daad.besluit(daad.tweede)
    assert daad.is_gedaan()


def test_by_who_lost_the_right_in_between_it_is_not_done(daad: Daad) -> None:
    daad.begin()
    daad.verlies(daad.tweede)
    with pytest.raises(daad.kwijt):
        daad.besluit(daad.tweede)
    assert not daad.is_gedaan()


@pytest.mark.parametrize("soort", [daad for daad in DADEN if daad.gezag_kwijt], ids=lambda daad: daad.__name__)
def test_by_a_bevoegd_gezag_that_was_replaced_in_between_it_is_not_done(soort: type[Daad], db: None) -> None:
    daad = soort()
    daad.begin()
    daad.vervang_gezag()
    assert daad.gezag_kwijt is not None
    with pytest.raises(daad.gezag_kwijt):
        daad.besluit(daad.tweede)
    assert not daad.is_gedaan()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("soort", DADEN, ids=lambda daad: daad.__name__)
def test_by_two_at_once_it_is_done_once(soort: type[Daad]) -> None:
    daad = soort()
    daad.begin()
    results = in_parallel(lambda: daad.besluit(daad.tweede), lambda: daad.besluit(daad.derde))
    assert sum(isinstance(result, AlBesloten) for result in results) == 1
    assert daad.is_gedaan()

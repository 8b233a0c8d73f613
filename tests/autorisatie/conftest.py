import pytest

from tests.autorisatie.wereld import Wereld


@pytest.fixture
def wereld() -> Wereld:
    return Wereld()

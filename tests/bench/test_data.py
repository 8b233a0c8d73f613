import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from autorisatie.models import Autorisatie
from bench import golf
from bench.data import fill
from bench.gebruikers import TWO_SIZES
from verantwoording.models import Bericht

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogus() -> None:
    for name in ("laad_catalogus", "laad_teksten"):
        call_command(name, verbosity=0)


def test_readers_with_rollen_can_still_be_written() -> None:
    """A column that is new and compulsory stops every measurement: here it is seen at once."""
    with connection.cursor() as cursor:
        fill(cursor, accounts=200, rechten=True)
    assert Autorisatie.objects.count() == 800
    assert Account.objects.beheerders(timezone.now()).count() == 20


def test_a_large_and_a_small_organisatie_can_still_be_made() -> None:
    with connection.cursor() as cursor:
        fill(cursor, accounts=200, rechten=False)
        for statement in TWO_SIZES.split(";")[:-1]:  # without VACUUM, which wants no transaction
            cursor.execute(statement)
    assert Account.objects.filter(organisatie=1).count() == 200
    assert Account.objects.filter(pk=1).beheerders(timezone.now()).exists()


def test_a_golf_can_still_be_written() -> None:
    with connection.cursor() as cursor:
        fill(cursor, accounts=100, rechten=False)
        cursor.execute(golf.FILL, {"organisaties": 3, "beheerders": golf.BEHEERDERS})
        cursor.execute(golf.INSERT)
    assert Bericht.objects.count() == 3 * (golf.BEHEERDERS + 2)

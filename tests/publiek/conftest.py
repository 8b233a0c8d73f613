from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.factories import LONG_AGO


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The public site as it stands after `inrichten`: catalogue, texts and pages. Loaded once for a file of tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(LONG_AGO, tick=False):
            for name in ("laad_catalogus", "laad_planning", "laad_teksten", "laad_paginas"):
                call_command(name, stdout=StringIO())
        yield
        transaction.set_rollback(True)

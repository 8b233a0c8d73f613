from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from autorisatie.models import Taakgebruik
from autorisatie.services.opruimen import forget_taakgebruik
from tests.factories import make_account, make_taak

pytestmark = pytest.mark.django_db


def test_R34_what_was_opened_is_forgotten_after_90_days_and_not_before(now: datetime) -> None:
    account, taak = make_account(), make_taak()
    today = timezone.localdate(now)
    for days in (0, 89, 90, 400):
        Taakgebruik.objects.create(account=account, taak=taak, dag=today - timedelta(days=days))

    run = forget_taakgebruik(now=now)

    assert run is not None
    assert run.tellingen == {"taakgebruik": 2}
    assert {row.dag for row in Taakgebruik.objects.all()} == {today, today - timedelta(days=89)}
    assert forget_taakgebruik(now=now) is None

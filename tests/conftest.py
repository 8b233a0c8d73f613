import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pyotp
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import settings

from accounts.adapter import MFAAdapter
from accounts.models import Account
from autorisatie.services import mededelingen
from koppeling.models import Koppeling
from planning.services import tabel
from tests.factories import NOW, link, make_staf
from tests.makelaar import Makelaar

# Playwright's sync API runs an event loop in the main thread, which Django takes for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# How long one example takes says something about the machine, not about the portal.
settings.register_profile("poort", deadline=None)
settings.load_profile("poort")

# What a shell starts in the background ignores Ctrl-C, and the programs that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_onderhoud() -> None:
    """No maintenance, as if this process had just looked: a page then takes as many queries every time.

    Of the planning it has not: what an earlier test left there is gone.
    """
    mededelingen._onderhoud["nu"] = (time.monotonic(), "")
    tabel.forget_planning()


@pytest.fixture
def now() -> datetime:
    """The moment at which a test begins; the clock does not move unless the test moves it."""
    return NOW


@pytest.fixture
def clock(now: datetime) -> Iterator[Callable[[datetime], None]]:
    """Stops the clock at `now`; call it to move the clock."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def login(client: Client) -> Callable[[Account], Client]:
    """Logs an account in as if it came from eHerkenning at EH3: a live koppeling and its session."""

    def _login(account: Account) -> Client:
        koppeling = Koppeling.objects.live().filter(account=account).select_related("middel").first() or link(account)
        client.force_login(account)
        session = client.session
        session["eherkenning"] = {
            "middel": koppeling.middel_id,
            "kvk": koppeling.middel.kvk_nummer,
            "loa": "urn:etoegang:core:assurance-class:loa3",
            "vestigingen": [],
            "op": timezone.now().isoformat(),
            "aantal": 1,
        }
        session.save()
        return client

    return _login


@pytest.fixture
def makelaar(client: Client) -> Makelaar:
    """The makelaar, for the browser of this test."""
    return Makelaar(client)


@pytest.fixture
def staf() -> Account:
    """A member of DUO staff."""
    return make_staf()


@pytest.fixture
def login_staf() -> Callable[[Account], Client]:
    """Logs a member of staff in with a second factor (R32), in a browser of its own."""

    def _login(staf: Account) -> Client:
        secret = pyotp.random_base32()
        data = {"secret": MFAAdapter().encrypt(secret)}
        Authenticator.objects.create(user=staf, type=Authenticator.Type.TOTP, data=data)
        client = Client()
        client.force_login(staf)
        client.post(reverse("mfa_reauthenticate"), {"code": pyotp.TOTP(secret).now()})
        return client

    return _login


@pytest.fixture
def staf_client(staf: Account, login_staf: Callable[[Account], Client]) -> Client:
    """A browser in which staff is logged in with a second factor."""
    return login_staf(staf)

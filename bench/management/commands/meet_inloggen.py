import json
import random
import sys
import time
from threading import Event, Thread
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from bench.data import DUE_EVERY
from koppeling.models import Koppeling
from koppeling.services.inloggen import record_login
from verantwoording.rules import Actor, ActorSoort

LOGINS = 100  # a second
KANDIDATEN = 2_000  # of each kind


class Command(BaseCommand):
    """Log accounts in, a hundred a second, until stdin closes: by turns one in use and one that is due to be unlinked.

    Says "klaar" when it begins. Prints as JSON of each login when it began (s, monotonic), how long it took (s), and
    whether the koppeling was still there.
    """

    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        order = random.Random(1)
        last = Koppeling.objects.latest("id").pk
        due = [DUE_EVERY * number for number in order.sample(range(1, last // DUE_EVERY), KANDIDATEN)]
        kinds = [list(Koppeling.objects.filter(pk__in=pks)) for pks in (due, [pk + 1 for pk in due])]
        stop = Event()
        Thread(target=_set_when_stdin_closes, args=[stop], daemon=True).start()
        actor = Actor(ActorSoort.BEZOEKER, adres="192.0.2.1")
        logins: list[tuple[float, float, bool]] = []
        self.stdout.write("klaar")
        self.stdout.flush()
        while not stop.is_set():
            koppeling = order.choice(kinds[len(logins) % 2])
            begin = time.monotonic()
            found = record_login(koppeling=koppeling, inlog={}, actor=actor, now=timezone.now())
            took = time.monotonic() - begin
            logins.append((begin, took, found))
            stop.wait(max(0.0, 1 / LOGINS - took))
        self.stdout.write(json.dumps(logins))


def _set_when_stdin_closes(stop: Event) -> None:
    sys.stdin.read()
    stop.set()

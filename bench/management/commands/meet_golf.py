import json
import sys
import time
from typing import Any

from django.core.management import BaseCommand
from django.db import connection
from django.utils import timezone

from planning.models import Overstap
from planning.rules.overstap import Zet
from planning.services.overstappen import move_overstap
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort


class Command(BaseCommand):
    """Announce the one overstap there is, when a line comes in on stdin; say "klaar" when it may.

    Prints as JSON how long it took (s), and how many mails wait then.
    """

    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()
        overstap = Overstap.objects.get()
        self.stdout.write("klaar")
        self.stdout.flush()
        sys.stdin.readline()
        begin = time.monotonic()
        actor = Actor(ActorSoort.TAAK, naam="meet_golf")
        move_overstap(overstap=overstap, zet=Zet.AANKONDIGEN, actor=actor, now=timezone.now())
        took = time.monotonic() - begin
        self.stdout.write(json.dumps({"duur": took, "berichten": Bericht.objects.count()}))

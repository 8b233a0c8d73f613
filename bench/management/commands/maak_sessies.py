import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.management import BaseCommand
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.middleware import BEGONNEN
from accounts.models import Account
from bench.data import GEDEELD
from koppeling.eherkenning.levels import Niveau
from koppeling.models import Koppeling, Middel, TekstVersie
from koppeling.services.teksten import current_tekst
from koppeling.views.sessie import INLOG, PROCES, Proces


class Command(BaseCommand):
    """Make sessions as a login leaves them behind; prints their keys as JSON.

    `lezers`: accounts of as many organisaties, logged in. `koppelaars`: per middel as many browsers at step 5 of the
    koppelproces, and a gebruikersnaam of its organisatie to try. `accounts`: for each of these ids as many browsers,
    logged in.
    """

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lezers", type=int, default=0)
        parser.add_argument("--middelen", type=int, default=0)
        parser.add_argument("--koppelaars", type=int, default=0)
        parser.add_argument("--accounts", type=int, nargs="*", default=[])
        parser.add_argument("--browsers", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        apart = GEDEELD + 1  # the next one is of the next organisatie, and not always in the same place there
        lezers = Account.objects.order_by("id")[: options["lezers"] * apart : apart]
        linked = Koppeling.objects.select_related("account", "middel").order_by("id")[: options["middelen"]]
        answer = {
            "lezers": [key for account in lezers for key in _store(_reading(account))],
            "accounts": [
                _store(_reading(Account.objects.get(pk=pk)), options["browsers"]) for pk in options["accounts"]
            ],
            "koppelaars": [_store(_linking(koppeling.middel), options["koppelaars"]) for koppeling in linked],
            "gebruikersnamen": [koppeling.account.gebruikersnaam for koppeling in linked],
        }
        self.stdout.write(json.dumps(answer))


def _reading(account: Account) -> dict[str, Any]:
    return {
        SESSION_KEY: str(account.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: account.get_session_auth_hash(),
        BEGONNEN: timezone.now().isoformat(),
        INLOG: _inlog(account.pk, account.organisatie.kvk_nummer if account.organisatie else ""),
    }


def _linking(middel: Middel) -> dict[str, Any]:
    now = timezone.now()
    privacy, voorwaarden = (current_tekst(soort, now=now).pk for soort in TekstVersie.Soort)
    inlog = _inlog(middel.pk, middel.kvk_nummer)
    proces = Proces(
        inlog, now.isoformat(), stap=4, privacy=privacy, voorwaarden=voorwaarden, akkoord_op=now.isoformat()
    )
    return {PROCES: asdict(proces)}


def _inlog(middel_id: int, kvk: str) -> dict[str, Any]:
    return {"middel": middel_id, "kvk": kvk, "loa": Niveau.EH3, "vestigingen": [], "aantal": 1}


def _store(content: dict[str, Any], times: int = 1) -> list[str]:
    """Keep this content in as many sessions."""
    data, until = Session.objects.encode(content), timezone.now() + timedelta(hours=1)
    sessions = [Session(get_random_string(32).lower(), data, until) for _ in range(times)]
    return [session.session_key for session in Session.objects.bulk_create(sessions)]

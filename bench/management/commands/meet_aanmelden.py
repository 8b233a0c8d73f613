import base64
import cProfile
import json
import pstats
import secrets
import sys
import time
from argparse import ArgumentParser
from contextlib import nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from bench.data import GEDEELD
from bench.results import alternate
from bench.saml import Kaal, answer, read_signer
from koppeling.models import Koppeling
from koppeling.services.eherkenning import load_eherkenning

# The rows without which a login cannot be told from a replay, bound to a browser, remembered and accounted for (D8,
# R18, R33), in the two transactions that two requests take. In SQL, so that nothing but the writing is in it.
OP_DE_ACS = [
    "INSERT INTO koppeling_assertieclaim (sleutel, verloopt_op) VALUES (%(a)s, now()), (%(b)s, now())",
    "UPDATE koppeling_middel SET gezien_op = now() WHERE id = %(middel)s",
    (
        "INSERT INTO koppeling_geparkeerdelogin (handvat_hash, in_response_to, gegevens, verloopt_op) "
        "VALUES (%(a)s, %(b)s, '{}', now())"
    ),
]
ER_NA = [
    "UPDATE koppeling_geparkeerdelogin SET gebruikt_op = now() WHERE handvat_hash = %(a)s",
    "UPDATE koppeling_koppeling SET laatst_gebruikt = now() WHERE id = %(koppeling)s",
    (
        "INSERT INTO verantwoording_logregel (op, gebeurtenis, actor_soort, actor_naam, reden, object_soort, gegevens) "
        "VALUES (now(), 'ingelogd', 'account', '', '', '', '{}')"
    ),
    "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%(kort)s, %(data)s, now())",
]


class Command(BaseCommand):
    """Log in again and again, and by turns do only what is bare of it; prints the seconds of each side as JSON.

    Through Django's own handler, with its middleware; what a browser does before it comes back is not counted.
    """

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sleutel", type=Path, help="sleutel en certificaat van de makelaar")
        parser.add_argument("--aantal", type=int, default=100)
        parser.add_argument(
            "--profiel", action="store_true", help="toon op stderr waar de tijd van het inloggen blijft"
        )

    def handle(self, *args: Any, sleutel: Path, aantal: int, profiel: bool, **options: Any) -> None:
        signer, config = read_signer(sleutel), load_eherkenning()
        headers = {"host": settings.ALLOWED_HOSTS[0]}
        kaal = Kaal.of(hm_cert=signer.cert_pem, key=config.sleutels[0].key.encode())
        profile = cProfile.Profile()
        elsewhere = Client(headers=headers)  # a post across sites brings no cookies; one, for it loads all middleware
        _require(elsewhere.get(reverse("inloggen"), secure=True), HTTPStatus.OK)
        apart = GEDEELD + 1
        chosen = Koppeling.objects.live().select_related("middel").order_by("id")[: (aantal + 5) * apart : apart]
        seconds: dict[str, list[float]] = {"kaal": [], "login": []}
        for koppeling, order in zip(chosen, alternate(len(chosen), "kaal", "login"), strict=True):
            browser = Client(headers=headers)
            elsewhere.cookies.clear()
            request_id = _ask(browser)
            raw = answer(
                config,
                signer,
                request_id=request_id,
                pseudonym=koppeling.middel.pseudoniem,
                kvk=koppeling.middel.kvk_nummer,
            )
            form = {"SAMLResponse": base64.b64encode(raw).decode(), "RelayState": "x"}
            for side in order:
                with profile if profiel and side == "login" else nullcontext():
                    begin = time.perf_counter()
                    if side == "kaal":
                        kaal.read(raw)
                        _write_rows(koppeling)
                    else:
                        _log_in(elsewhere, browser, form)
                    seconds[side].append(time.perf_counter() - begin)
        if profiel:
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(70)
        self.stdout.write(json.dumps({side: found[5:] for side, found in seconds.items()}))  # the first ones warm up


def _ask(browser: Client) -> str:
    _require(browser.get(reverse("inloggen_eherkenning"), secure=True), HTTPStatus.FOUND)
    (request_id,) = browser.session["socialaccount_states"]
    return str(request_id)


def _log_in(elsewhere: Client, browser: Client, form: dict[str, str]) -> None:
    handed = elsewhere.post(reverse("eherkenning_acs"), form, secure=True)
    _require(handed, HTTPStatus.FOUND)
    back = browser.get(handed["Location"], secure=True)
    _require(back, HTTPStatus.FOUND)
    page = browser.get(back["Location"], secure=True)
    _require(page, HTTPStatus.OK)
    if b"/taken/" not in page.content:
        raise CommandError("Het inloggen eindigt niet op een overzicht met taken.")


def _write_rows(koppeling: Koppeling) -> None:
    values: dict[str, str | int] = {
        "a": secrets.token_hex(32),
        "b": secrets.token_hex(32),
        "kort": secrets.token_hex(16),
        "data": "x" * 600,
        "middel": koppeling.middel_id,
        "koppeling": koppeling.pk,
    }
    for statements in (OP_DE_ACS, ER_NA):
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, values)


def _require(response: Any, status: HTTPStatus) -> None:
    if response.status_code != status:
        raise CommandError(f"Een stap van het inloggen antwoordt met {response.status_code}.")

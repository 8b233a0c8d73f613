import csv
import json
import time
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from accounts.models import Account, Beheerderschap, Kenmerk, Organisatie, OrganisatieKenmerk
from accounts.rules import ALFABET, GEGEVENS
from autorisatie.models import AutorisatieKenmerk, BeheerderBevoegdheid, Beheerdersrol, Rol
from beheer.imports import read_tabel
from beheer.rules.aanmeldlijst import KOPPEN
from beheer.services.aanmeldlijsten import confirm_aanmeldlijst, register_aanmeldlijst, store_aanmeldlijst
from bench.data import GEDEELD
from bench.results import alternate
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

ROUNDS = 6
RIJEN = 10_000
COLUMNS = (
    "password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel, achternaam, email, telefoon,"
    " functie, werkgever, middel_bevestigd_op, is_staff, gemaakt_op, sessiestempel, versie"
)


class Command(BaseCommand):
    """Register 10,000 people from a CSV and, by turns, do only a COPY of as many accounts; prints seconds as JSON.

    Each time at another organisatie. Counted is everything from the bytes of the file to the last commit: reading,
    judging, keeping the rows, accounts, a rol for a kenmerk, log and mail rows.
    """

    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        seconds: dict[str, list[float]] = {"kaal": [], "bulk": []}
        rol = Rol.objects.filter(kenmerksoorten__contains=["brin"]).order_by("id")[0]
        for number, order in enumerate(alternate(ROUNDS, "kaal", "bulk")):
            for side in order:
                if side == "kaal":
                    seconds[side].append(_copy(number))
                else:
                    seconds[side].append(_register(number, rol))
        self.stdout.write(json.dumps({side: found[1:] for side, found in seconds.items()}))  # the first ones warm up


def _copy(number: int) -> float:
    now = timezone.now().isoformat()
    content = StringIO()
    writer = csv.writer(content)
    for place in range(RIJEN):
        row = ["!", "f", _naam(number, place), ROUNDS + 1 + number, *_persoon(place), now, "f", now, f"{place:032}", 1]
        writer.writerow(row)
    content.seek(0)
    with connection.cursor() as cursor:
        begin = time.perf_counter()
        cursor.copy_expert(
            f"COPY accounts_account ({COLUMNS}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL"
            " (tussenvoegsel, telefoon, functie, werkgever))",
            content,
        )
        return time.perf_counter() - begin


def _register(number: int, rol: Rol) -> float:
    organisatie = Organisatie.objects.order_by("id")[number]
    beheerder = Account.objects.get(pk=(organisatie.pk - 1) * GEDEELD + 1)
    _give(beheerder, organisatie, rol, f"{number:02}AZ")
    content = StringIO()
    writer = csv.writer(content, delimiter=";")
    writer.writerow([KOPPEN[veld][0] for veld in (*GEGEVENS, "rollen")])
    writer.writerows([*_persoon(place), f"{rol.naam}: {number:02}AZ"] for place in range(RIJEN))
    inhoud = content.getvalue().encode("utf-8-sig")
    before = Logregel.objects.count(), Bericht.objects.count()
    begin = time.perf_counter()
    lijst = store_aanmeldlijst(beheerder=beheerder, tabel=read_tabel(inhoud), now=timezone.now())
    actor = Actor(ActorSoort.ACCOUNT, id=beheerder.pk, namens=organisatie.pk)
    confirm_aanmeldlijst(lijst=lijst, alleen_goede=False, actor=actor, beheerder=beheerder, now=timezone.now())
    register_aanmeldlijst(lijst_id=lijst.pk, now=timezone.now())
    took = time.perf_counter() - begin
    made = (
        lijst.rijen.filter(uitkomst="nieuw").count(),
        AutorisatieKenmerk.objects.filter(kenmerk__waarde=f"{number:02}AZ").count(),
        Logregel.objects.count() - before[0],
        Bericht.objects.count() - before[1],
    )
    if made != (RIJEN, RIJEN, 2 * RIJEN + 1, RIJEN):
        raise CommandError(f"not everybody was registered with all that belongs to it: {made}")
    return took


def _give(beheerder: Account, organisatie: Organisatie, rol: Rol, waarde: str) -> None:
    since = timezone.now() - timedelta(days=1)
    kenmerk, _ = Kenmerk.objects.get_or_create(soort="brin", waarde=waarde)
    OrganisatieKenmerk.objects.create(organisatie=organisatie, kenmerk=kenmerk, van=since)
    organisatie.soorten.add(*rol.soorten.all())
    beheerdersrol = Beheerdersrol.objects.filter(alle_rollen=True)[0]
    beheerderschap = Beheerderschap.objects.create(account=beheerder, van=since)
    BeheerderBevoegdheid.objects.create(beheerderschap=beheerderschap, beheerdersrol=beheerdersrol, van=since)


def _persoon(place: int) -> list[str]:
    return ["Noor", "van der", f"Berg {place}", f"noor{place}@school.example", "0612345678", "Administratie", ""]


def _naam(number: int, place: int) -> str:
    signs = f"{ALFABET[number]}{ALFABET[place // 961]}{ALFABET[place // 31 % 31]}{ALFABET[place % 31]}"
    return f"MDZZZZ{signs}"

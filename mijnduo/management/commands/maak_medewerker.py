import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Account
from accounts.services.staf import GROEPEN, end_staf, forget_second_factor, register_staf
from verantwoording.rules import Actor, ActorSoort

ACTOR = Actor(ActorSoort.TAAK, naam="maak_medewerker")


class Command(BaseCommand):
    """Makes a member of DUO staff, gives one a new password, forgets a lost second factor, or ends one (R32).

    The password is asked, or read from MEDEWERKER_WACHTWOORD: never an argument, which others on the machine can see.
    """

    help = "Maakt een medewerker van DUO voor het beheer, of geeft een bestaande een nieuw wachtwoord."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("naam", help="waarmee de medewerker inlogt")
        parser.add_argument("--voornaam", default="")
        parser.add_argument("--achternaam", default="")
        parser.add_argument("--email", default="")
        parser.add_argument("--groep", choices=list(GROEPEN), default="DUO beheer")
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--wis-tweede-factor", action="store_true", help="app en herstelcodes zijn allebei kwijt")
        act.add_argument("--beeindig", action="store_true", help="de medewerker vertrekt")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        staf = Account.objects.filter(gebruikersnaam=options["naam"], is_staff=True).first()
        if options["wis_tweede_factor"] or options["beeindig"]:
            if staf is None:
                raise CommandError("Deze medewerker is er niet.")
            act = end_staf if options["beeindig"] else forget_second_factor
            act(staf=staf, actor=ACTOR, now=now)
            self.stdout.write("Klaar. Open sessies zijn beëindigd.")
            return
        given = {veld: options[veld] or getattr(staf, veld, "") for veld in ("voornaam", "achternaam", "email")}
        missing = [veld for veld, value in given.items() if not value]
        if missing:
            raise CommandError(f"Geef ook: {', '.join(f'--{veld}' for veld in missing)}.")
        try:
            register_staf(
                gebruikersnaam=options["naam"],
                **given,
                wachtwoord=_read_password(),
                groep=options["groep"],
                actor=ACTOR,
                now=now,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Klaar. De medewerker stelt bij het eerste inloggen een authenticator-app in.")


def _read_password() -> str:
    given = os.environ.get("MEDEWERKER_WACHTWOORD")
    if given:
        return given
    wachtwoord = getpass("Wachtwoord: ")
    if getpass("Nog een keer: ") != wachtwoord:
        raise CommandError("De wachtwoorden zijn niet hetzelfde.")
    return wachtwoord

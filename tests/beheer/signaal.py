"""An organisatie in which signalen can arise: two beheerders who can log in, a gebruiker, a bevoegd gezag."""

from datetime import datetime, timedelta

from accounts.models import Account, Organisatie
from autorisatie.rules import Vraag
from autorisatie.services.wijzigen import change_autorisaties, plan_autorisaties
from beheer.models import Signaal
from beheer.services.gebruikers import Gegevens, change_gebruiker
from beheer.services.signalen import raise_signalen
from koppeling.services.activatiecodes import issue_activatiecode, request_activatiecode
from tests.factories import NOW, link, make_account, make_beheerder, make_kenmerk, make_organisatie, make_rol
from verantwoording.haken import Post, berichtsoorten
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HENK = Gegevens(
    voornaam="Henk",
    tussenvoegsel="van den",
    achternaam="Zande",
    email="henk@regenboog.example",
    telefoon="",
    functie="",
    werkgever="",
)


def act(account: Account) -> Actor:
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    return Actor(soort, id=account.pk, namens=account.organisatie_id, reden="Nagevraagd.")


class Wereld:
    """Jolanda does things, Piet is her colleague; Henk is a gebruiker without a koppeling."""

    def __init__(self) -> None:
        self.organisatie: Organisatie = make_organisatie()
        self.jolanda = make_beheerder(self.organisatie)
        self.piet = make_beheerder(self.organisatie, voornaam="Piet", tussenvoegsel="", achternaam="Bakker")
        self.henk = make_account(self.organisatie, **HENK)
        link(self.jolanda)
        link(self.piet)

    def change_mail(self, email: str = "ander@elders.example", *, now: datetime = NOW) -> None:
        """Jolanda gives Henk another address."""
        self.henk.refresh_from_db()
        gegevens = Gegevens(**{**HENK, "email": email})
        change_gebruiker(
            account=self.henk, versie=self.henk.versie, gegevens=gegevens, actor=act(self.jolanda), now=now
        )

    def mail_code(self, *, now: datetime = NOW) -> None:
        """Piet asks for Henk's code, and it is mailed."""
        issue_activatiecode(request_activatiecode(account=self.henk, actor=act(self.piet), now=now), now)
        Bericht.objects.filter(soort="activatiecode").update(status=Bericht.Status.VERZONDEN, verzonden_op=now)

    def mail_signaal(self, *, now: datetime = NOW) -> Signaal:
        """A code to a new address, and the signaal that comes of it."""
        self.change_mail(now=now - HOUR)
        self.mail_code(now=now)
        raise_signalen(now=now)
        return Signaal.objects.get(soort="mail_voor_code", staat="open")

    def give(self, number: int, *, now: datetime = NOW, rol: str = "ROD raadpleger") -> list[Account]:
        """Jolanda gives a rol to so many new gebruikers, in one act."""
        found, kenmerk = make_rol(rol), make_kenmerk(self.organisatie)
        people = [make_account(self.organisatie, achternaam=f"Nummer {place}") for place in range(number)]
        vragen = [Vraag(one.pk, found.pk, erbij=frozenset({kenmerk.pk}), geven=True) for one in people]
        asked = {"organisatie": self.organisatie, "vragen": vragen, "beheerder": self.jolanda, "now": now}
        plan = plan_autorisaties(**asked)  # type: ignore[arg-type]  # the names are its own
        change_autorisaties(**asked, stand=plan.stand, actor=act(self.jolanda))  # type: ignore[arg-type]
        return people


def render(bericht: Bericht, now: datetime = NOW) -> Post | None:
    return berichtsoorten[bericht.soort].render(bericht, now)


def mails(soort: str = "signaal") -> list[Bericht]:
    return list(Bericht.objects.filter(soort=soort).order_by("pk"))

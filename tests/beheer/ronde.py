"""A round of the yearly look back, and who is in it, for the tests of it."""

from datetime import datetime, timedelta

from accounts.models import Account
from autorisatie.models import Autorisatie
from beheer.models import Beoordeling, Hercertificering
from beheer.services.hercertificering import answer_beoordelingen, start_hercertificering
from tests.factories import NOW, grant, make_account, make_beheerder, make_kenmerk, make_organisatie, make_rol
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

Antwoord = Beoordeling.Antwoord
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JOB = Actor(ActorSoort.TAAK, naam="hercertificering")


def actor(account: Account) -> Actor:
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    return Actor(soort, id=account.pk, namens=account.organisatie_id, reden="Nagevraagd.")


class Wereld:
    """An organisatie with two beheerders and two gebruikers; everybody has one rol."""

    def __init__(self) -> None:
        self.organisatie = make_organisatie()
        self.rol, self.school = make_rol(), make_kenmerk(self.organisatie)
        self.jolanda = make_beheerder(self.organisatie)
        self.sema = make_beheerder(self.organisatie, voornaam="Sema", tussenvoegsel="", achternaam="Yilmaz")
        self.henk = make_account(self.organisatie, voornaam="Henk", tussenvoegsel="", achternaam="Zande")
        self.els = make_account(self.organisatie, voornaam="Els", tussenvoegsel="", achternaam="Dijkstra")
        for one in (self.jolanda, self.sema, self.henk, self.els):
            grant(one, self.rol, self.school)

    def start(self, now: datetime = NOW) -> Hercertificering:
        ronde = start_hercertificering(organisatie=self.organisatie, actor=JOB, now=now)
        assert ronde is not None
        return ronde


def of(ronde: Hercertificering, account: Account) -> Beoordeling:
    return ronde.beoordelingen.get(autorisatie__account=account)


def answer(ronde: Hercertificering, beheerder: Account, antwoorden: dict[Account, str], now: datetime = NOW) -> int:
    wanted = {of(ronde, account).pk: antwoord for account, antwoord in antwoorden.items()}
    return answer_beoordelingen(ronde=ronde, antwoorden=wanted, beheerder=beheerder, actor=actor(beheerder), now=now)


def holds(account: Account, now: datetime = NOW) -> bool:
    return Autorisatie.objects.live(now).filter(account=account).exists()


def mails(soort: str) -> int:
    return Bericht.objects.filter(soort=f"hercertificering_{soort}").count()

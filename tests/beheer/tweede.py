"""Two acts of DUO staff that take two persons: another bevoegd gezag (R01), and kenmerken that move (D3, D22)."""

from datetime import UTC, date, datetime
from typing import Any

from accounts.models import Organisatie, OrganisatieKenmerk
from autorisatie.services.overgang import Overgang
from beheer.services.gezag import (
    WIJZIGING,
    Gezag,
    decide_gezag,
    open_voorstel,
    propose_gezag,
)
from beheer.services.overgang import decide_overgang, open_overgang, preview_voorstel, propose_overgang, stand_of
from tests.factories import (
    NOW,
    make_kenmerk,
    make_organisatie,
    make_staf,
)
from verantwoording.models import Voorstel
from verantwoording.rules import Actor, ActorSoort

NIEUW = Gezag(naam="A. Nieuw", functie="bestuurder", email="nieuw@regenboog.example")
DAG = date(2026, 4, 1)
PER = datetime(2026, 3, 31, 22, tzinfo=UTC)  # the first moment of 1 April in Amsterdam


def staf_actor(naam: str) -> Actor:
    return Actor(ActorSoort.STAF, id=make_staf(naam).pk, reden="Uittreksel gezien.")


class Twee:
    """An act of two: how it is proposed and decided, and whether it was carried out."""

    def __init__(self) -> None:
        self.van, self.naar = make_organisatie(), make_organisatie("Stichting De Zon", "90002222")
        self.kantoor = make_organisatie("Kantoor De Teller", "90005555")
        self.kenmerk = make_kenmerk(self.van)

    def propose(self, actor: Actor, now: datetime = NOW) -> Voorstel:
        raise NotImplementedError

    def decide(self, actor: Actor, *, akkoord: bool = True, now: datetime = NOW) -> Any:
        raise NotImplementedError

    def stand(self, now: datetime = NOW) -> str:
        """What somebody who opened the page has before her."""
        raise NotImplementedError

    def is_done(self) -> bool:
        raise NotImplementedError


class NieuwGezag(Twee):
    def propose(self, actor: Actor, now: datetime = NOW) -> Voorstel:
        return propose_gezag(organisatie=self.van, gezag=NIEUW, actor=actor, now=now)

    def decide(self, actor: Actor, *, akkoord: bool = True, now: datetime = NOW) -> Any:
        stand = self.stand(now)
        return decide_gezag(organisatie=self.van, akkoord=akkoord, stand=stand, actor=actor, now=now)

    def stand(self, now: datetime = NOW) -> str:
        voorstel = open_voorstel(self.van, WIJZIGING)
        return str(voorstel.pk) if voorstel else ""

    def is_done(self) -> bool:
        return Organisatie.objects.get(pk=self.van.pk).bevoegd_gezag_email == NIEUW["email"]


class Overdracht(Twee):
    def propose(self, actor: Actor, now: datetime = NOW) -> Voorstel:
        return propose_overgang(van=self.van, naar=self.naar, kenmerken=[self.kenmerk], dag=DAG, actor=actor, now=now)

    def decide(self, actor: Actor, *, akkoord: bool = True, now: datetime = NOW) -> Any:
        return decide_overgang(van=self.van, akkoord=akkoord, stand=self.stand(now), actor=actor, now=now)

    def stand(self, now: datetime = NOW) -> str:
        voorstel = open_overgang(self.van)
        return stand_of(voorstel, preview_voorstel(voorstel, now)[2]) if voorstel else ""

    def carry_out(self) -> Overgang:
        """By two persons, after a preview that said the same."""
        self.propose(staf_actor("eerste.duo"))
        voorstel = open_overgang(self.van)
        assert voorstel is not None
        shown = preview_voorstel(voorstel, NOW)[2]
        done: Overgang = self.decide(staf_actor("tweede.duo"))
        assert done == shown
        return done

    def is_done(self) -> bool:
        return OrganisatieKenmerk.objects.filter(organisatie=self.naar, kenmerk=self.kenmerk).exists()

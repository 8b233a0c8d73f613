"""Acts that take two persons, each with who begins it, who may decide and how one sees that it was done (D22)."""

from datetime import date
from typing import Any, ClassVar

from accounts.models import Account, Beheerderschap, Machtiging, Organisatie
from accounts.permissions import is_beheerder
from accounts.services.organisaties import change_bevoegd_gezag
from autorisatie.emails.machtiging import make_token
from autorisatie.models import Autorisatie
from autorisatie.services import Weigering, beheerdersrollen_of
from autorisatie.services.machtigingen import (
    Antwoord,
    Inhoud,
    accept_machtiging,
    answer_machtiging,
    decide_paper_machtiging,
    enter_paper_machtiging,
    prepare_machtiging,
)
from autorisatie.services.voorleggen import decide_eigen_rollen
from beheer.models import Aanvraag
from beheer.services.aanvragen import AanvraagKanNiet, grant_aanvraag
from beheer.services.gezag import VRAAG, ask_gezag, refuse_gezag_vraag
from beheer.services.staf import lift_bar_as_staf
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from tests.beheer.aanvraag import JOLANDA, confirm, enter, full_rol, submit
from tests.beheer.tweede import NIEUW, NieuwGezag, Overdracht, Twee
from tests.factories import (
    NOW,
    link,
    make_account,
    make_beheerder,
    make_beheerdersrol,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_staf,
    propose_rol,
)
from verantwoording.models import Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, ZelfdePersoon, write_logregel


def door(account: Account) -> Actor:
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    return Actor(soort, id=account.pk, namens=account.organisatie_id, reden="Gebeld met het bevoegd gezag.")


class Daad:
    """An act of two: eerste begins it, tweede or derde carries it out."""

    soorten: ClassVar[set[str]]
    zelf: ClassVar[type[Exception]] = ZelfdePersoon
    kwijt: ClassVar[type[Exception]] = PermissionError
    gezag_kwijt: ClassVar[type[Exception] | None] = None
    """What is raised when the bevoegd gezag that it rests on was replaced; None when it rests on none."""
    organisatie: Organisatie
    eerste: Account
    tweede: Account
    derde: Account

    def begin(self) -> None:
        raise NotImplementedError

    def besluit(self, wie: Account) -> Any:
        """Raises a refusal, also where the service returns one."""
        raise NotImplementedError

    def is_gedaan(self) -> bool:
        raise NotImplementedError

    def verlies(self, wie: Account) -> None:
        """Take away what somebody's say rests on."""
        Account.objects.filter(pk=wie.pk).update(beeindigd_op=NOW)
        Beheerderschap.objects.filter(account=wie).update(tot=NOW)

    def vervang_gezag(self) -> None:
        """Another bevoegd gezag than confirmed or signed it."""
        change_bevoegd_gezag(organisatie=self.organisatie, actor=Actor(ActorSoort.STAF, id=1), now=NOW, **NIEUW)


class DoorStaf(Daad):
    """By two members of DUO staff."""

    def __init__(self) -> None:
        self.eerste, self.tweede, self.derde = (make_staf(f"{naam}.duo") for naam in ("eerste", "tweede", "derde"))
        self.organisatie = make_organisatie()
        full_rol()


class Aanmelden(DoorStaf):
    """R01: a beheerder, entered from paper."""

    soorten = {"aanvraag"}
    gezag_kwijt = AanvraagKanNiet
    formulier: ClassVar[dict[str, Any]] = {}

    def begin(self) -> None:
        self.aanvraag = enter(self.organisatie, door(self.eerste), **self.formulier)

    def besluit(self, wie: Account) -> Any:
        return grant_aanvraag(
            aanvraag=self.aanvraag, account=self.over(), beheerdersrollen=[full_rol()], actor=door(wie), now=NOW
        )

    def over(self) -> Account | None:
        return None

    def is_gedaan(self) -> bool:
        new = Account.objects.filter(organisatie=self.organisatie, achternaam="Smit")
        assert new.count() <= 1
        return any(is_beheerder(account, NOW) for account in new)


class AanmeldenMetLink(Aanmelden):
    """R01: a beheerder, confirmed by the bevoegd gezag; not decided by who put that address on record."""

    zelf = AanvraagKanNiet

    def __init__(self) -> None:
        super().__init__()
        write_logregel(
            gebeurtenis="beheer_gewijzigd",
            actor=door(self.eerste),
            now=NOW,
            organisatie_id=self.organisatie.pk,
            object_soort="organisatie",
            object_id=self.organisatie.pk,
            gegevens={"wat": f"organisatie {self.organisatie} toegevoegd"},
        )

    def begin(self) -> None:
        self.aanvraag = submit(self.organisatie)
        confirm(self.aanvraag)


class Noodbeheerder(Aanmelden):
    """R03: one who stays for a while."""

    formulier: ClassVar = {"nood_tot": date(2026, 3, 31)}

    def is_gedaan(self) -> bool:
        return Beheerderschap.objects.filter(nood=True).exists()


class Beheerdersrollen(Aanmelden):
    """R02: what a beheerder may hand out."""

    formulier: ClassVar = {"soort": Aanvraag.Soort.WIJZIGEN, **JOLANDA}

    def __init__(self) -> None:
        super().__init__()
        self.beheerder = make_beheerder(self.organisatie, make_rol())

    def over(self) -> Account | None:
        return self.beheerder

    def is_gedaan(self) -> bool:
        return list(beheerdersrollen_of(account=self.beheerder, now=NOW)) == [make_beheerdersrol()]


class Intrekken(Beheerdersrollen):
    """R03: the last beheerder goes by a decision of DUO."""

    formulier: ClassVar = {"soort": Aanvraag.Soort.INTREKKEN, **JOLANDA}

    def is_gedaan(self) -> bool:
        return not is_beheerder(self.beheerder, NOW)


class Gezag(DoorStaf):
    """R01: another bevoegd gezag."""

    soorten = {"gezag_wijziging"}

    def __init__(self) -> None:
        super().__init__()
        self.twee: Twee = NieuwGezag()

    def begin(self) -> None:
        self.twee.propose(door(self.eerste))

    def besluit(self, wie: Account) -> Any:
        return self.twee.decide(door(wie))

    def is_gedaan(self) -> bool:
        return self.twee.is_done()


class Kenmerken(Gezag):
    """D3: kenmerken that go to another organisatie."""

    soorten = {"kenmerk_overgang"}

    def __init__(self) -> None:
        super().__init__()
        self.twee = Overdracht()


class GezagVragen(DoorStaf):
    """R01: a beheerder asks for another bevoegd gezag; she cannot answer it herself."""

    soorten = {"gezag_vraag"}
    zelf = PermissionError

    def __init__(self) -> None:
        super().__init__()
        self.eerste = make_beheerder(self.organisatie)

    def begin(self) -> None:
        ask_gezag(organisatie=self.organisatie, gezag=NIEUW, actor=door(self.eerste), now=NOW)

    def besluit(self, wie: Account) -> Any:
        return refuse_gezag_vraag(organisatie=self.organisatie, actor=door(wie), now=NOW)

    def is_gedaan(self) -> bool:
        return Voorstel.objects.filter(soort=VRAAG, staat=Voorstel.Staat.AFGEWEZEN).exists()


class EigenRol(Daad):
    """R02: a rol for herself, by a colleague."""

    soorten = {"eigen_rol"}
    kwijt = Weigering

    def __init__(self) -> None:
        self.organisatie = make_organisatie()
        self.rol, self.school = make_rol(), make_kenmerk(self.organisatie)
        self.eerste, self.tweede, self.derde = (make_beheerder(self.organisatie) for _ in range(3))

    def begin(self) -> None:
        if not Voorstel.objects.filter(soort="eigen_rol").exists():
            propose_rol(self.eerste, self.rol, self.school)

    def besluit(self, wie: Account) -> Any:
        voorstel = Voorstel.objects.get(soort="eigen_rol")
        return decide_eigen_rollen(voorstel=voorstel, akkoord=True, actor=door(wie), beheerder=wie, now=NOW)

    def is_gedaan(self) -> bool:
        return Autorisatie.objects.live(NOW).filter(account=self.eerste).exists()


class MetMachtiging(Daad):
    """R30: a board lets an office act for it."""

    zelf: ClassVar[type[Exception]] = Weigering
    kwijt: ClassVar[type[Exception]] = Weigering
    gezag_kwijt: ClassVar[type[Exception] | None] = Weigering

    def __init__(self) -> None:
        self.organisatie, self.kantoor = make_organisatie(), make_organisatie("Kantoor De Teller", "90005555")
        self.inhoud = Inhoud(
            verlener=self.organisatie,
            gemachtigde=self.kantoor,
            soort=Machtiging.Soort.VERWERKING,
            rollen=[make_rol()],
            kenmerken=[make_kenmerk(self.organisatie)],
            van=date(2026, 3, 2),
            tot_en_met=date(2026, 12, 31),
        )
        self.eerste = make_beheerder(self.organisatie)
        self.tweede, self.derde = make_beheerder(self.kantoor), make_beheerder(self.kantoor)

    def begin(self) -> None:
        actor = door(self.eerste)
        self.aanbod = prepare_machtiging(inhoud=self.inhoud, beheerder=self.eerste, actor=actor, now=NOW)

    def bevestig(self) -> None:
        answer = answer_machtiging(token=make_token(self.aanbod), akkoord=True, adres=None, now=NOW)
        if answer is not Antwoord.BEVESTIGD:
            raise AlBesloten

    def aanvaard(self, wie: Account) -> Any:
        return accept_machtiging(aanbod=self.aanbod, akkoord=True, beheerder=wie, actor=door(wie), now=NOW)


class MachtigingBevestigen(MetMachtiging):
    """Prepared by a beheerder, confirmed by the bevoegd gezag: who has no link has no way to confirm."""

    soorten = {"machtiging_bevestigen"}
    kwijt = AlBesloten
    gezag_kwijt = AlBesloten

    def besluit(self, wie: Account) -> Any:
        return self.aanvaard(wie) if wie == self.eerste else self.bevestig()

    def verlies(self, wie: Account) -> None:
        """The bevoegd gezag answers for what a beheerder prepared: she is the one who can lose it."""
        super().verlies(self.eerste)

    def is_gedaan(self) -> bool:
        return Voorstel.objects.filter(soort="machtiging_aanvaarden").exists()


class MachtigingAanvaarden(MetMachtiging):
    """Confirmed by the one bevoegd gezag, accepted by a beheerder of the other side."""

    soorten = {"machtiging_aanvaarden"}

    def begin(self) -> None:
        super().begin()
        self.bevestig()

    def besluit(self, wie: Account) -> Any:
        return self.aanvaard(wie)

    def is_gedaan(self) -> bool:
        return Machtiging.objects.exists()


class MachtigingOpPapier(MetMachtiging):
    """Entered by one member of staff, decided by another."""

    soorten = {"machtiging_papier"}
    zelf = ZelfdePersoon
    kwijt = PermissionError

    def __init__(self) -> None:
        super().__init__()
        self.eerste, self.tweede, self.derde = (make_staf(f"{naam}.duo") for naam in ("eerste", "tweede", "derde"))

    def begin(self) -> None:
        self.aanbod = enter_paper_machtiging(inhoud=self.inhoud, actor=door(self.eerste), now=NOW)

    def besluit(self, wie: Account) -> Any:
        return decide_paper_machtiging(aanbod=self.aanbod, akkoord=True, actor=door(wie), now=NOW)

    def is_gedaan(self) -> bool:
        return Machtiging.objects.exists()


class MiddelVrijgeven(DoorStaf):
    """R19: reported stolen by one, freed by another. The one two-person act that is a mark on a row, not a Voorstel."""

    soorten: ClassVar[set[str]] = set()
    zelf = PermissionError

    def begin(self) -> None:
        koppeling = link(make_account(self.organisatie))
        self.middel = koppeling.middel
        unlink_account(account=koppeling.account, reden=Reden.GESTOLEN, actor=door(self.eerste), now=NOW)

    def besluit(self, wie: Account) -> Any:
        if not lift_bar_as_staf(middel=self.middel, actor=door(wie), now=NOW):
            raise AlBesloten

    def is_gedaan(self) -> bool:
        self.middel.refresh_from_db()
        return self.middel.gestolen_op is None


DADEN: list[type[Daad]] = [
    Aanmelden,
    AanmeldenMetLink,
    Noodbeheerder,
    Beheerdersrollen,
    Intrekken,
    Gezag,
    Kenmerken,
    GezagVragen,
    EigenRol,
    MachtigingBevestigen,
    MachtigingAanvaarden,
    MachtigingOpPapier,
    MiddelVrijgeven,
]

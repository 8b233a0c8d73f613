"""Plays the past of the sample organisaties through the services, oldest day first, so that log and mail are true."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db.models import F
from django.utils import timezone

from accounts.models import Account, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk, Sector, Soort
from autorisatie.emails.machtiging import make_token
from autorisatie.models import Beheerdersrol, Machtigingsaanbod, Mededeling, Rol, Taak, TaakRol
from autorisatie.rules import Vraag, end_of_day
from autorisatie.services import record_taakgebruik, set_autorisatie
from autorisatie.services.machtigingen import Inhoud, accept_machtiging, answer_machtiging, prepare_machtiging
from autorisatie.services.voorleggen import propose_eigen_rollen, to_propose
from autorisatie.services.wijzigen import plan_autorisaties
from beheer.models import Hercertificering
from beheer.services.brieven import make_brief, record_overhandigd
from beheer.services.gebruikers import Gegevens, change_gebruiker, end_gebruiker, register_gebruiker
from beheer.services.hercertificering import answer_beoordelingen, start_hercertificering, to_judge
from beheer.services.leven import block_gebruiker
from beheer.services.signalen import raise_signalen
from beheer.services.staf import register_beheerder
from koppeling.models import Koppeling, Middel, TekstVersie
from koppeling.rules import MAX_POGINGEN, Poging, Reden, Uitkomst, next_werkdag
from koppeling.services.activatiecodes import issue_activatiecode, request_activatiecode
from koppeling.services.codeaanvragen import ask_activatiecode
from koppeling.services.inactiviteit import unlink_inactive_koppelingen
from koppeling.services.inloggen import record_login
from koppeling.services.koppelproces import link_middel
from koppeling.services.ontkoppelen import unlink_account
from koppeling.services.teksten import current_tekst
from koppeling.services.testen import Uitslag, record_test
from mijnduo.voorbeelden.aanmelden import leave_aanmeldlijst
from mijnduo.voorbeelden.handleidingen import make_handleidingen
from mijnduo.voorbeelden.overstappen import play_overstappen
from mijnduo.voorbeelden.publiek import play_publiek
from mijnduo.voorbeelden.tokens import give_token
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

FOLDER: Final = Path(__file__).parent
GEGEVENS: Final = tuple(Gegevens.__annotations__)
EH3: Final = "urn:etoegang:core:assurance-class:loa3"
CODE: Final = re.compile(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b")
WRONG_CODE: Final = "AAAAA-AAAAA"
SINCE: Final = timedelta(days=2_650)  # before 2022: only accounts of then can have a token (R15)
RUNS_OF_INACTIVITEIT: Final = (80, 66, 58, 20, 1)
"""How many days ago the job of R18 ran: it warned and unlinked Ingrid Smit, and has just warned Henk van den Zande."""

Persoon = dict[str, Any]


def read_json(naam: str) -> list[dict[str, Any]]:
    """A file beside this one: organisaties, gebruikers, mededelingen, handleidingen, publiek or overstappen."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / f"{naam}.json").read_text("utf-8"))
    return rows


def is_loaded() -> bool:
    """Whether the sample data are there: all of them, since they come in one transaction."""
    eerste = read_json("organisaties")[0]
    return Organisatie.objects.filter(code_soort=eerste["code_soort"], code=eerste["code"]).exists()


def load_voorbeelden(*, staf: Account, pseudoniemen: Mapping[tuple[str, str], str], now: datetime) -> None:
    """Make the sample data, up to `now`. Not safe to repeat: see `is_loaded`.

    pseudoniemen: (persona, KvK number) → what the makelaar calls that middel. KeyError for a persona it does not know.
    """
    TaakRol.objects.update(van=now - SINCE)  # the catalogue is as old as the organisaties: waarom asks about the past
    verleden = Verleden(
        staf, pseudoniemen, {row["sleutel"]: _make_organisatie(row, now) for row in read_json("organisaties")}
    )
    steps: list[tuple[int, Persoon | None, list[Any]]] = [(dagen, None, []) for dagen in RUNS_OF_INACTIVITEIT]
    steps += [(step[1], persoon, step) for persoon in read_json("gebruikers") for step in persoon["stappen"]]
    steps.sort(key=lambda step: -step[0])
    for place, (dagen, persoon, step) in enumerate(steps):
        # Later steps of a day come later in the log, and none of them in the future.
        moment = now - timedelta(days=dagen, seconds=len(steps) - place)
        if persoon is None:
            _mark_sent(moment)
            unlink_inactive_koppelingen(now=moment)
        else:
            verleden.play(persoon, step, moment)
    raise_signalen(now=now)
    make_handleidingen(rows=read_json("handleidingen"), now=now)
    play_overstappen(rows=read_json("overstappen"), staf=verleden.staf, now=now)
    play_publiek(rows=read_json("publiek"), staf=verleden.staf, now=now)
    _mark_sent(now - timedelta(hours=1))
    for row in read_json("mededelingen"):
        mededeling = Mededeling.objects.create(
            titel=row["titel"],
            tekst=row["tekst"],
            van=now - timedelta(days=row["van"]),
            tot=now + timedelta(days=row["nog"]),
            urgent=row.get("urgent", False),
            leesbevestiging=row.get("leesbevestiging", False),
        )
        mededeling.soorten.set(Soort.objects.filter(sleutel__in=row["soorten"]))
        mededeling.sectoren.set(Sector.objects.filter(sleutel__in=row.get("sectoren", [])))
        mededeling.rollen.set(Rol.objects.filter(sleutel__in=row.get("rollen", [])))
        mededeling.organisaties.set(Organisatie.objects.filter(code__in=row.get("organisaties", [])))
    leave_aanmeldlijst(beheerder=verleden.beheerder_of("vlieger"), now=now)


def _make_organisatie(row: Mapping[str, Any], now: datetime) -> Organisatie:
    velden = {naam: row[naam] for naam in row if naam not in {"sleutel", "soort", "kenmerken"}}
    organisatie = Organisatie.objects.create(**velden, gemaakt_op=now - SINCE)
    organisatie.soorten.add(Soort.objects.get(sleutel=row["soort"]))
    for soort, waarde, naam in row["kenmerken"]:
        kenmerk, _ = Kenmerk.objects.get_or_create(soort=soort, waarde=waarde, defaults={"naam": naam})
        OrganisatieKenmerk.objects.create(organisatie=organisatie, kenmerk=kenmerk, van=now - SINCE)
    return organisatie


def _mark_sent(until: datetime) -> None:
    """Mail of the past went out in the past: else the postvak of a first start would be full of it."""
    Bericht.objects.filter(gemaakt_op__lte=until, status=Bericht.Status.WACHT).update(
        status=Bericht.Status.VERZONDEN, verzonden_op=F("gemaakt_op")
    )


@dataclass(frozen=True)
class Beurt:
    """One step's turn: whose account, who does it (the first beheerder, else staff), and when."""

    verleden: "Verleden"
    account: Account
    gegevens: Gegevens
    beheerder: Account | None
    actor: Actor
    moment: datetime


class Verleden:
    """The story so far: who DUO's staff member is, the organisaties by their key, and the first beheerder of each."""

    def __init__(
        self, staf: Account, pseudoniemen: Mapping[tuple[str, str], str], organisaties: Mapping[str, Organisatie]
    ) -> None:
        self.staf = Actor(ActorSoort.STAF, id=staf.pk, reden="Aanvraag van het bevoegd gezag")
        self.pseudoniemen = pseudoniemen
        self.beheerders: dict[int, Account] = {}
        self._organisaties = organisaties

    def beheerder_of(self, sleutel: str) -> Account:
        """The first beheerder of the organisatie with this key."""
        return self.beheerders[self._organisaties[sleutel].pk]

    def play(self, persoon: Persoon, step: Sequence[Any], moment: datetime) -> None:
        """Do one step of somebody; the first is always that he is registered."""
        naam, _, *rest = step
        organisatie = self._organisaties[persoon["organisatie"]]
        gegevens = Gegevens(**{veld: persoon[veld] for veld in GEGEVENS})  # type: ignore[typeddict-item]  # its own names
        beheerder = self.beheerders.get(organisatie.pk)
        actor = Actor(ActorSoort.ACCOUNT, id=beheerder.pk, namens=organisatie.pk) if beheerder else self.staf
        account, _ = register_gebruiker(organisatie=organisatie, gegevens=gegevens, actor=actor, now=moment)
        STEPS[naam](Beurt(self, account, gegevens, beheerder, actor, moment), *rest)


def _appoint(beurt: Beurt, beheerdersrollen: list[str]) -> None:
    organisatie = beurt.account.organisatie
    if organisatie is None:
        raise TypeError("a beheerder has an organisatie")
    register_beheerder(
        organisatie=organisatie,
        gegevens=beurt.gegevens,
        beheerdersrollen=list(Beheerdersrol.objects.filter(sleutel__in=beheerdersrollen)),
        actor=beurt.verleden.staf,
        now=beurt.moment,
    )
    beurt.verleden.beheerders.setdefault(organisatie.pk, beurt.account)


def _give_rol(beurt: Beurt, sleutel: str, waarden: list[str], dagen: int | None = None) -> None:
    """By the beheerder; her own by DUO staff. dagen: after how many days it ends."""
    own = beurt.beheerder is None or beurt.beheerder.pk == beurt.account.pk
    kenmerken = Kenmerk.objects.filter(waarde__in=waarden, organisatiekenmerken__organisatie=beurt.account.organisatie)
    set_autorisatie(
        account=beurt.account,
        rol=Rol.objects.get(sleutel=sleutel),
        kenmerken=list(kenmerken),
        actor=beurt.verleden.staf if own else beurt.actor,
        beheerder=None if own else beurt.beheerder,
        now=beurt.moment,
        tot=end_of_day(timezone.localdate(beurt.moment) + timedelta(days=dagen)) if dagen else None,
    )


def _offer_machtiging(beurt: Beurt, code: str, rollen: list[str], waarden: list[str], dagen: int) -> None:
    """Prepare a machtiging as beheerder for the organisatie with this code; the bevoegd gezag confirms it."""
    organisatie = beurt.account.organisatie
    if organisatie is None:
        raise TypeError("a beheerder has an organisatie")
    vandaag = timezone.localdate(beurt.moment)
    inhoud = Inhoud(
        verlener=organisatie,
        gemachtigde=Organisatie.objects.get(code=code),
        soort=Machtiging.Soort.VERWERKING,
        rollen=list(Rol.objects.filter(sleutel__in=rollen)),
        kenmerken=list(Kenmerk.objects.filter(waarde__in=waarden)),
        van=vandaag,
        tot_en_met=vandaag + timedelta(days=dagen),
    )
    aanbod = prepare_machtiging(inhoud=inhoud, beheerder=beurt.account, actor=beurt.actor, now=beurt.moment)
    answer_machtiging(token=make_token(aanbod), akkoord=True, adres=None, now=beurt.moment)


def _accept_machtiging(beurt: Beurt) -> None:
    """As beheerder, what was offered to her organisatie."""
    aanbod = Machtigingsaanbod.objects.get(gemachtigde=beurt.account.organisatie)
    accept_machtiging(aanbod=aanbod, akkoord=True, beheerder=beurt.account, actor=beurt.actor, now=beurt.moment)


def _give_rol_namens(beurt: Beurt, sleutel: str, waarden: list[str]) -> None:
    """By the beheerder, under the machtiging that her organisatie has."""
    set_autorisatie(
        account=beurt.account,
        rol=Rol.objects.get(sleutel=sleutel),
        kenmerken=list(Kenmerk.objects.filter(waarde__in=waarden)),
        actor=beurt.actor,
        beheerder=beurt.beheerder,
        now=beurt.moment,
        machtiging=Machtiging.objects.get(gemachtigde=beurt.account.organisatie),
    )


def _ask_for_herself(beurt: Beurt, sleutel: str, waarden: list[str]) -> None:
    """A beheerder with a colleague puts a rol for herself before her."""
    organisatie = beurt.account.organisatie
    if organisatie is None:
        raise TypeError("a beheerder has an organisatie")
    kenmerken = Kenmerk.objects.filter(waarde__in=waarden, organisatiekenmerken__organisatie=organisatie)
    vraag = Vraag(
        beurt.account.pk, Rol.objects.get(sleutel=sleutel).pk, erbij=frozenset(kenmerken.values_list("pk", flat=True))
    )
    plan = plan_autorisaties(organisatie=organisatie, vragen=[vraag], beheerder=beurt.account, now=beurt.moment)
    propose_eigen_rollen(
        beheerder=beurt.account,
        regels=to_propose(plan),
        actor=Actor(ActorSoort.ACCOUNT, id=beurt.account.pk, namens=organisatie.pk),
        now=beurt.moment,
    )


def _begin_nakijken(beurt: Beurt) -> None:
    """The yearly look back at the organisatie's rollen, as the job begins it."""
    if beurt.account.organisatie is None:
        raise TypeError("a beheerder has an organisatie")
    actor = Actor(ActorSoort.TAAK, naam="hercertificering")
    start_hercertificering(organisatie=beurt.account.organisatie, actor=actor, now=beurt.moment)


def _judge(beurt: Beurt, antwoorden: dict[str, str]) -> None:
    """Answer as beheerder for these rollen: sleutel → antwoord. The rest waits."""
    ronde = Hercertificering.objects.get(organisatie=beurt.account.organisatie)
    rows = to_judge(ronde=ronde, beheerder=beurt.account, now=beurt.moment)
    chosen = {
        row.pk: antwoorden[row.autorisatie.rol.sleutel] for row in rows if row.autorisatie.rol.sleutel in antwoorden
    }
    actor = Actor(ActorSoort.ACCOUNT, id=beurt.account.pk, namens=beurt.account.organisatie_id)
    answer_beoordelingen(ronde=ronde, antwoorden=chosen, beheerder=beurt.account, actor=actor, now=beurt.moment)


def _issue(beurt: Beurt, status: Bericht.Status = Bericht.Status.VERZONDEN) -> str:
    """Request a code and read it in the mail, as a person does; or the mail was refused."""
    bericht = request_activatiecode(account=beurt.account, actor=beurt.actor, now=beurt.moment)
    post = issue_activatiecode(bericht, beurt.moment)
    Bericht.objects.filter(pk=bericht.pk).update(status=status, verzonden_op=beurt.moment)
    code = CODE.search(post.tekst if post else "")
    return code.group() if code else ""


def _issue_elsewhere(beurt: Beurt, email: str) -> None:
    """Give somebody another address and mail a code to it: a signaal. His last step, for he is known by the old one."""
    change_gebruiker(
        account=beurt.account,
        versie=beurt.account.versie,
        gegevens=Gegevens(**{**beurt.gegevens, "email": email}),
        actor=beurt.actor,
        now=beurt.moment,
    )
    _issue(beurt)


def _try(beurt: Beurt, persona: str, code: str) -> Poging:
    """Type a combination in step 5 with this persona's middel."""
    kvk = next(kvk for wie, kvk in beurt.verleden.pseudoniemen if wie == persona)
    middel, _ = Middel.objects.get_or_create(
        pseudoniem=beurt.verleden.pseudoniemen[persona, kvk], kvk_nummer=kvk, defaults={"gezien_op": beurt.moment}
    )
    return link_middel(
        middel=middel,
        gebruikersnaam=beurt.account.gebruikersnaam,
        activatiecode=code,
        privacy=current_tekst(TekstVersie.Soort.PRIVACY, now=beurt.moment),
        voorwaarden=current_tekst(TekstVersie.Soort.VOORWAARDEN, now=beurt.moment),
        akkoord_op=beurt.moment,
        actor=Actor(ActorSoort.BEZOEKER),
        now=beurt.moment,
    )


def _link(beurt: Beurt, persona: str) -> None:
    poging = _try(beurt, persona, _issue(beurt))
    if poging.uitkomst is not Uitkomst.GEKOPPELD:
        raise ValueError(f"{persona}: {poging.uitkomst}")


def _fail(beurt: Beurt, persona: str, keer: int = MAX_POGINGEN) -> None:
    for _ in range(keer):
        _try(beurt, persona, WRONG_CODE)


def _test(beurt: Beurt) -> None:
    """His eHerkenning works, says the test of the confirmation mail (D11)."""
    kvk = beurt.account.organisatie.kvk_nummer if beurt.account.organisatie else ""
    uitslag = Uitslag(in_response_to="", geweigerd=None, niveau="EH3", kvk=kvk)
    record_test(account_id=beurt.account.pk, uitslag=uitslag, now=beurt.moment)


def _log_in(beurt: Beurt) -> None:
    koppeling = Koppeling.objects.live().get(account=beurt.account)
    inlog = {"loa": EH3, "vestigingen": []}
    record_login(koppeling=koppeling, inlog=inlog, actor=Actor(ActorSoort.BEZOEKER), now=beurt.moment)


def _open_taken(beurt: Beurt, sleutels: list[str]) -> None:
    for taak in Taak.objects.filter(sleutel__in=sleutels):
        record_taakgebruik(account=beurt.account, taak=taak, now=beurt.moment)


STEPS: Final[Mapping[str, Callable[..., Any]]] = {
    "aanmelden": lambda _: None,  # every step begins with it
    "beheerder": _appoint,
    "rol": _give_rol,
    "machtigen": _offer_machtiging,
    "aanvaarden": _accept_machtiging,
    "rol namens": _give_rol_namens,
    "voorleggen": _ask_for_herself,
    "nakijken": _begin_nakijken,
    "beoordelen": _judge,
    "token": lambda b, nummer: give_token(account=b.account, serienummer=nummer, actor=b.actor, now=b.moment),
    "brief": lambda b: make_brief(account=b.account, beheerder=b.beheerder, actor=b.actor, now=b.moment),
    "code": lambda b: request_activatiecode(account=b.account, actor=b.actor, now=b.moment),
    "overhandigen": lambda b: record_overhandigd(account=b.account, overhandigd=True, actor=b.actor, now=b.moment),
    "testen": _test,
    "vragen": lambda b: ask_activatiecode(
        gebruikersnaam=b.account.gebruikersnaam, actor=Actor(ActorSoort.BEZOEKER), now=b.moment
    ),
    "plannen": lambda b: request_activatiecode(
        account=b.account, actor=b.actor, now=b.moment, moment=next_werkdag(b.moment)
    ),
    "verstuurde code": _issue,
    "code naar een ander adres": _issue_elsewhere,
    "geweigerde code": lambda b: _issue(b, Bericht.Status.GEWEIGERD),
    "koppelen": _link,
    "proberen": _fail,
    "inloggen": _log_in,
    "taken": _open_taken,
    "ontkoppelen": lambda b, reden: unlink_account(account=b.account, reden=Reden(reden), actor=b.actor, now=b.moment),
    "blokkeren": lambda b: block_gebruiker(
        account=b.account, actor=replace(b.actor, reden="Met verlof."), now=b.moment
    ),
    "beëindigen": lambda b: end_gebruiker(account=b.account, actor=b.actor, now=b.moment),
}
"""What a step in gebruikers.json does: its name → the act, with what else stands in the step."""

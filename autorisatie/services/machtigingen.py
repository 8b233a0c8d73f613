"""The life of a machtiging (R30): prepared, confirmed by the bevoegd gezag, accepted, stopped by either side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Account, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from accounts.services.staf import check_staf
from autorisatie.emails.machtiging import (
    MACHTIGING_AANGEBODEN,
    MACHTIGING_AFGEWEZEN,
    MACHTIGING_BEVESTIGEN,
    MACHTIGING_GESTOPT,
    MACHTIGING_INGEGAAN,
    mark_gezag,
    read_token,
)
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Machtigingsaanbod, Rol
from autorisatie.rules import MACHTIGING_BEANTWOORDEN, MACHTIGING_HOOGSTENS, MACHTIGING_VOORAF, end_of_day
from autorisatie.services.besluit import is_active
from autorisatie.services.grants import Weigering, end_rows, rollen_to_hand_out
from koppeling.models import Koppeling
from verantwoording.models import Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, decide, enqueue_bericht, propose, withdraw, write_logregel

BEVESTIGEN: Final = "machtiging_bevestigen"
AANVAARDEN: Final = "machtiging_aanvaarden"
PAPIER: Final = "machtiging_papier"
GEMEENTEN: Final = "gemeenten"
VOORBIJ: Final = "Een van de organisaties bestaat niet meer."
Stand = Machtigingsaanbod.Stand


class Antwoord(StrEnum):
    """What came of the link in the mail to the bevoegd gezag."""

    BEVESTIGD = "bevestigd"
    AFGEWEZEN = "afgewezen"
    AL_BEANTWOORD = "al_beantwoord"
    ONBEKEND = "onbekend"


@dataclass(frozen=True, slots=True)
class Gevolg:
    """What stopping a machtiging takes away: people who act by it, for how many kenmerken, and who logs in by it."""

    mensen: int
    kenmerken: int
    inloggers: int


@dataclass(frozen=True, slots=True)
class Inhoud:
    """What a machtiging is to be: its parties, kind and scope, from the first to the last day, both included."""

    verlener: Organisatie
    gemachtigde: Organisatie
    soort: str
    rollen: Sequence[Rol]
    kenmerken: Sequence[Kenmerk]
    van: date
    tot_en_met: date


def find_organisatie(*, code: str, kvk_nummer: str) -> Organisatie | None:
    """The organisatie with exactly this code and KvK number. There is no list to look through."""
    return Organisatie.objects.filter(code__iexact=code, kvk_nummer=kvk_nummer, beeindigd_op=None).first()


def soorten_of(verlener: Organisatie) -> list[Machtiging.Soort]:
    """The kinds of machtiging that this organisatie can give: outsourcing the Wet inburgering is a gemeente's alone."""
    if verlener.soorten.filter(sleutel=GEMEENTEN).exists():
        return list(Machtiging.Soort)
    return [Machtiging.Soort.VERWERKING]


def kenmerken_to_give(*, verlener: Organisatie, now: datetime) -> QuerySet[Kenmerk]:
    """The kenmerken that are its own at `now`: nobody passes on what she has by machtiging (R30)."""
    rows = OrganisatieKenmerk.objects.filter(live(now), organisatie=verlener)
    return Kenmerk.objects.filter(pk__in=rows.values("kenmerk")).order_by("soort", "waarde")


@transaction.atomic
def prepare_machtiging(*, inhoud: Inhoud, beheerder: Account, actor: Actor, now: datetime) -> Machtigingsaanbod:
    """Prepare a machtiging as beheerder of who gives it, and ask her bevoegd gezag to confirm (R30).

    Raises Weigering, and writes nothing, for what `_check` refuses and for a rol that is not this beheerder's to give.
    """
    _check(inhoud, now)
    allowed = set(rollen_to_hand_out(beheerder=beheerder, now=now).values_list("pk", flat=True))
    if beheerder.organisatie_id != inhoud.verlener.pk or not {rol.pk for rol in inhoud.rollen} <= allowed:
        raise Weigering("U kunt deze rollen niet meegeven: die horen niet bij uw beheerdersrol.")
    aanbod = _create(inhoud, now)
    _propose(BEVESTIGEN, aanbod, actor, now, aanbod.verlener_id)
    _mail(MACHTIGING_BEVESTIGEN, aanbod, now, organisatie_id=aanbod.verlener_id)
    return aanbod


@transaction.atomic
def enter_paper_machtiging(*, inhoud: Inhoud, actor: Actor, now: datetime) -> Machtigingsaanbod:
    """Enter a form that both sides signed on paper; another member of staff decides on it (R30).

    Raises Weigering, and PermissionError for who is not staff (any more).
    """
    check_staf(actor)
    _check(inhoud, now)
    aanbod = _create(inhoud, now)
    _propose(PAPIER, aanbod, actor, now, aanbod.verlener_id)
    return aanbod


def find_aanbod(*, token: str) -> Machtigingsaanbod | None:
    """The offer of a link in a mail to the bevoegd gezag; None when it is not ours, or they have changed since."""
    pk, is_for = read_token(token)
    aanbod = Machtigingsaanbod.objects.select_related("verlener", "gemachtigde").filter(pk=pk).first()
    return aanbod if aanbod is not None and is_for(aanbod.verlener.bevoegd_gezag_email) else None


@transaction.atomic
def answer_machtiging(*, token: str, akkoord: bool, adres: str | None, now: datetime) -> Antwoord:
    """Confirm or refuse a machtiging as bevoegd gezag (R30); a confirmed one goes to the other side. Once.

    AL_BEANTWOORD also when it ran out, or when who prepared it is no beheerder any more. Raises nothing.
    """
    found = find_aanbod(token=token)
    if found is None:
        return Antwoord.ONBEKEND
    aanbod = _lock(found)
    aanbod.verlener = found.verlener  # with the address that this link went to
    gezag = Actor(ActorSoort.GEZAG, id=aanbod.verlener_id, namens=aanbod.verlener_id, adres=adres)
    voorstel = open_voorstel(aanbod)
    if voorstel is None or voorstel.soort != BEVESTIGEN or not _may_still(voorstel.voorsteller, aanbod.verlener, now):
        return Antwoord.AL_BEANTWOORD
    try:
        decide(voorstel=voorstel, akkoord=akkoord, actor=gezag, now=now)
    except AlBesloten:
        return Antwoord.AL_BEANTWOORD
    if not akkoord:
        _set(aanbod, Stand.AFGEWEZEN)
        _mail_beheerders(MACHTIGING_AFGEWEZEN, aanbod, aanbod.verlener, now)
        return Antwoord.AFGEWEZEN
    _set(aanbod, Stand.BEVESTIGD, vervalt_op=now + MACHTIGING_BEANTWOORDEN)
    _propose(AANVAARDEN, aanbod, gezag, now, aanbod.gemachtigde_id)
    _mail_beheerders(MACHTIGING_AANGEBODEN, aanbod, aanbod.gemachtigde, now)
    return Antwoord.BEVESTIGD


@transaction.atomic
def accept_machtiging(
    *, aanbod: Machtigingsaanbod, akkoord: bool, beheerder: Account, actor: Actor, now: datetime
) -> Machtiging | None:
    """Accept or decline as beheerder of the organisatie that is gemachtigd; from then on it holds (R30).

    None when declined. Raises AlBesloten when it no longer waits for that, Weigering for who is not her beheerder now.
    """
    aanbod = _lock(aanbod)
    if beheerder.organisatie_id != aanbod.gemachtigde_id or not _is_beheerder(beheerder.pk, aanbod.gemachtigde, now):
        raise Weigering("Alleen een beheerder van de gemachtigde organisatie kan dit beantwoorden.")
    return _finish(AANVAARDEN, aanbod, actor, now, akkoord=akkoord)


@transaction.atomic
def decide_paper_machtiging(
    *, aanbod: Machtigingsaanbod, akkoord: bool, actor: Actor, now: datetime
) -> Machtiging | None:
    """Decide as second member of staff on a paper form (R30).

    Raises AlBesloten, ZelfdePersoon, Weigering, and PermissionError for who is not staff (any more).
    """
    check_staf(actor)
    return _finish(PAPIER, _lock(aanbod), actor, now, akkoord=akkoord)


@transaction.atomic
def withdraw_aanbod(*, aanbod: Machtigingsaanbod, beheerder: Account, actor: Actor, now: datetime) -> None:
    """Take back what the other side has not accepted yet, as who gives it. Raises AlBesloten, Weigering."""
    aanbod = _lock(aanbod)
    if beheerder.organisatie_id != aanbod.verlener_id:
        raise Weigering("Alleen een beheerder van de organisatie die machtigt, kan dit intrekken.")
    voorstel = open_voorstel(aanbod)
    if voorstel is None:
        raise AlBesloten
    withdraw(voorstel=voorstel, actor=actor, now=now)
    _set(aanbod, Stand.INGETROKKEN)


@transaction.atomic
def stop_machtiging(*, machtiging: Machtiging, beheerder: Account | None, actor: Actor, now: datetime) -> bool:
    """Stop a machtiging at once, by a beheerder of either side, or by DUO staff (beheerder None) with a reason (R30).

    What was granted under it ends with it; sessions that rest on it end at their next request (D4). Both sides hear it.
    False when it had ended already. Raises Weigering for anybody else, ValueError without staff's reason.
    """
    current = Machtiging.objects.select_for_update(no_key=True).get(pk=machtiging.pk)
    if beheerder is not None and beheerder.organisatie_id not in {current.verlener_id, current.gemachtigde_id}:
        raise Weigering("Alleen een beheerder van een van beide organisaties kan een machtiging stoppen.")
    if beheerder is None and (actor.soort is not ActorSoort.STAF or not actor.reden.strip()):
        raise ValueError("Vul een reden in.")
    if current.tot <= now:
        return False
    current.tot = max(current.van, now)
    current.save(update_fields=["tot"])
    end_rows(AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__machtiging=current), now)
    end_rows(Autorisatie.objects.not_ended(now).filter(machtiging=current), now)
    _log_both("machtiging_gestopt", current, actor, now)
    for organisatie in (current.verlener, current.gemachtigde):
        for account in Account.objects.of_organisatie(organisatie).beheerders(now):
            enqueue_bericht(
                soort=MACHTIGING_GESTOPT,
                sleutel=f"{MACHTIGING_GESTOPT}:{current.pk}:{account.pk}",
                now=now,
                account_id=account.pk,
                organisatie_id=organisatie.pk,
                object_id=current.pk,
            )
    return True


def impact_of(*, machtiging: Machtiging, now: datetime) -> Gevolg:
    """What stopping it takes away at `now`: "12 mensen verliezen 4 scholen" (R30)."""
    rows = AutorisatieKenmerk.objects.filter(
        live(now),
        live(now, "autorisatie__"),
        autorisatie__machtiging=machtiging,
        autorisatie__account__beeindigd_op=None,
    )
    kvk = machtiging.gemachtigde.kvk_nummer
    logins = Koppeling.objects.live().filter(organisatie=machtiging.verlener, middel__kvk_nummer=kvk)
    return Gevolg(
        mensen=rows.values("autorisatie__account").distinct().count(),
        kenmerken=rows.values("kenmerk").distinct().count(),
        inloggers=0 if kvk == machtiging.verlener.kvk_nummer else logins.count(),
    )


def open_voorstel(aanbod: Machtigingsaanbod) -> Voorstel | None:
    """What the offer waits for, None when it waits for nothing any more."""
    return Voorstel.objects.filter(sleutel=_key(aanbod), staat=Voorstel.Staat.OPEN).first()


def _check(inhoud: Inhoud, now: datetime) -> None:
    today = timezone.localdate(now)
    if inhoud.verlener.pk == inhoud.gemachtigde.pk:
        raise Weigering("Een organisatie kan zichzelf niet machtigen.")
    if inhoud.verlener.beeindigd_op is not None or inhoud.gemachtigde.beeindigd_op is not None:
        raise Weigering(VOORBIJ)
    if inhoud.soort not in soorten_of(inhoud.verlener):
        raise Weigering("Alleen een gemeente kan de Wet inburgering uitbesteden.")
    if inhoud.tot_en_met < max(inhoud.van, today):
        raise Weigering("De laatste dag moet na de eerste dag liggen, en niet in het verleden.")
    if inhoud.van - today > MACHTIGING_VOORAF:
        raise Weigering("Een machtiging begint hoogstens een jaar na vandaag. Kies een eerdere eerste dag.")
    if inhoud.tot_en_met - inhoud.van > MACHTIGING_HOOGSTENS:
        raise Weigering("Een machtiging geldt hoogstens vijf jaar. Kies een eerdere laatste dag.")
    if not inhoud.rollen or not inhoud.kenmerken:
        raise Weigering("Kies minstens één rol en één kenmerk.")
    if not set(inhoud.kenmerken) <= set(kenmerken_to_give(verlener=inhoud.verlener, now=now)):
        raise Weigering("U kunt alleen machtigen voor kenmerken van uw eigen organisatie.")
    kinds = {kenmerk.soort for kenmerk in inhoud.kenmerken}
    useless = [rol.naam for rol in inhoud.rollen if not kinds & set(rol.kenmerksoorten)]
    if useless:
        raise Weigering(f"Kies ook een kenmerk dat past bij deze rol: {', '.join(sorted(useless))}.")


def _create(inhoud: Inhoud, now: datetime) -> Machtigingsaanbod:
    aanbod = Machtigingsaanbod.objects.create(
        verlener=inhoud.verlener,
        gemachtigde=inhoud.gemachtigde,
        soort=inhoud.soort,
        van=end_of_day(inhoud.van - timedelta(days=1)),
        tot=end_of_day(inhoud.tot_en_met),
        gemaakt_op=now,
        vervalt_op=now + MACHTIGING_BEANTWOORDEN,
    )
    aanbod.rollen.set(inhoud.rollen)
    aanbod.kenmerken.set(inhoud.kenmerken)
    return aanbod


def _finish(soort: str, aanbod: Machtigingsaanbod, actor: Actor, now: datetime, *, akkoord: bool) -> Machtiging | None:
    voorstel = open_voorstel(aanbod)
    if voorstel is None or voorstel.soort != soort or (akkoord and aanbod.tot <= now):
        raise AlBesloten
    if akkoord:
        _check_still(aanbod, voorstel, now)
    decide(voorstel=voorstel, akkoord=akkoord, actor=actor, now=now)
    if not akkoord:
        _set(aanbod, Stand.AFGEWEZEN)
        _mail_beheerders(MACHTIGING_AFGEWEZEN, aanbod, aanbod.verlener, now)
        return None
    machtiging = Machtiging.objects.create(
        verlener=aanbod.verlener,
        gemachtigde=aanbod.gemachtigde,
        soort=aanbod.soort,
        van=max(aanbod.van, now),
        tot=aanbod.tot,
    )
    _set(aanbod, Stand.AANVAARD, machtiging=machtiging)
    _log_both("machtiging_ingegaan", machtiging, actor, now)
    for organisatie in (aanbod.verlener, aanbod.gemachtigde):
        _mail_beheerders(MACHTIGING_INGEGAAN, aanbod, organisatie, now)
    return machtiging


def _check_still(aanbod: Machtigingsaanbod, voorstel: Voorstel, now: datetime) -> None:
    """Whether there is anything left to agree to: both parties, who confirmed, a kenmerk still the verlener's."""
    if aanbod.verlener.beeindigd_op is not None or aanbod.gemachtigde.beeindigd_op is not None:
        raise Weigering(VOORBIJ)
    if voorstel.gegevens.get("gezag") != mark_gezag(aanbod.verlener.bevoegd_gezag_email):
        raise Weigering(
            f"Het bevoegd gezag van {aanbod.verlener.naam} is gewijzigd nadat het deze machtiging bevestigde. "
            f"{aanbod.verlener.naam} moet de machtiging opnieuw klaarzetten."
        )
    if not kenmerken_to_give(verlener=aanbod.verlener, now=now).filter(pk__in=aanbod.kenmerken.values("pk")).exists():
        raise Weigering(f"De kenmerken van deze machtiging horen niet meer bij {aanbod.verlener.naam}.")


def _lock(aanbod: Machtigingsaanbod) -> Machtigingsaanbod:
    rows = Machtigingsaanbod.objects.select_for_update(of=("self",)).select_related("verlener", "gemachtigde")
    return rows.get(pk=aanbod.pk)


def _set(aanbod: Machtigingsaanbod, stand: Machtigingsaanbod.Stand, **fields: object) -> None:
    aanbod.stand = stand
    for name, value in fields.items():
        setattr(aanbod, name, value)
    aanbod.save(update_fields=["stand", *fields])


def _key(aanbod: Machtigingsaanbod) -> str:
    return f"machtiging:{aanbod.pk}"


def _may_still(actor: Actor, organisatie: Organisatie, now: datetime) -> bool:
    return actor.soort is not ActorSoort.ACCOUNT or _is_beheerder(actor.id or 0, organisatie, now)


def _is_beheerder(account_id: int, organisatie: Organisatie, now: datetime) -> bool:
    rows = (
        Account.objects.of_organisatie(organisatie).beheerders(now).filter(pk=account_id).select_related("organisatie")
    )
    return any(is_active(account, now) for account in rows)


def _propose(soort: str, aanbod: Machtigingsaanbod, actor: Actor, now: datetime, organisatie_id: int) -> None:
    propose(
        soort=soort,
        sleutel=_key(aanbod),
        actor=actor,
        now=now,
        verloopt_op=now + MACHTIGING_BEANTWOORDEN,
        organisatie_id=organisatie_id,
        object_id=aanbod.pk,
        gegevens={"gezag": mark_gezag(aanbod.verlener.bevoegd_gezag_email)},
        loggegevens={"verlener": aanbod.verlener.naam, "gemachtigde": aanbod.gemachtigde.naam},
    )


def _mail(
    soort: str, aanbod: Machtigingsaanbod, now: datetime, *, organisatie_id: int, account_id: int | None = None
) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{aanbod.pk}:{account_id or 'gezag'}",
        now=now,
        account_id=account_id,
        organisatie_id=organisatie_id,
        object_id=aanbod.pk,
    )


def _mail_beheerders(soort: str, aanbod: Machtigingsaanbod, organisatie: Organisatie, now: datetime) -> None:
    for account in Account.objects.of_organisatie(organisatie).beheerders(now):
        _mail(soort, aanbod, now, organisatie_id=organisatie.pk, account_id=account.pk)


def _log_both(gebeurtenis: str, machtiging: Machtiging, actor: Actor, now: datetime) -> None:
    for organisatie_id in (machtiging.verlener_id, machtiging.gemachtigde_id):
        write_logregel(
            gebeurtenis=gebeurtenis,
            actor=actor,
            now=now,
            organisatie_id=organisatie_id,
            object_soort="machtiging",
            object_id=machtiging.pk,
            gegevens={"verlener": machtiging.verlener.naam, "gemachtigde": machtiging.gemachtigde.naam},
        )

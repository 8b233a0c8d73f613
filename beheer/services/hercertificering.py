"""The yearly look back (R02, R32): every grant kept, withdrawn or "ken ik niet", or it lapses."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account, Organisatie
from accounts.services.staf import check_staf
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Taakgebruik
from autorisatie.rules import end_of_day
from autorisatie.services import Weigering, withdraw_autorisatie
from autorisatie.services.grants import end_rows, rollen_of
from autorisatie.services.wijzigen import lock_accounts
from beheer.emails.hercertificering import AFGEROND, BEGONNEN
from beheer.models import Beoordeling, Hercertificering
from beheer.rules.hercertificering import RONDE_ELKE, TERMIJN, Toekenning, assign
from koppeling.models import Koppeling
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, make_logregel, write_logregel, write_logregels

ZELF: Final = "U beoordeelt niet uw eigen rollen, en alleen rollen die u kunt uitdelen. Er is niets opgeslagen."
GEDOWNLOAD: Final = "verklaring_gedownload"
Antwoord = Beoordeling.Antwoord
TE_KIEZEN: Final = (Antwoord.BEHOUDEN, Antwoord.INGETROKKEN, Antwoord.ONBEKEND)

_signer = Signer(salt="beheer.hercertificering")


@dataclass(frozen=True, slots=True)
class Vooruitblik:
    """The round that runs, with how many grants wait in it; or the day on which the next one begins.

    volgende: None while one runs, and when the day has come: the job begins as soon as there is a grant to judge.
    """

    loopt: Hercertificering | None
    open: int
    totaal: int
    volgende: date | None
    vorige: Hercertificering | None


@transaction.atomic
def start_hercertificering(*, organisatie: Organisatie, actor: Actor, now: datetime) -> Hercertificering | None:
    """Begin a round: every live grant, own and by machtiging, goes to somebody to judge. None without any grant.

    The one that is still open comes back when there is one.
    """
    Organisatie.objects.select_for_update(no_key=True).get(pk=organisatie.pk)
    running = Hercertificering.objects.filter(organisatie=organisatie, afgerond_op=None).first()
    if running is not None:
        return running
    grants = Autorisatie.objects.live(now).filter(account__organisatie=organisatie, account__beeindigd_op=None)
    found = [Toekenning(*row) for row in grants.values_list("pk", "account", "rol")]
    if not found:
        return None
    ronde = Hercertificering.objects.create(
        organisatie=organisatie, begonnen_op=now, vervalt_op=end_of_day(timezone.localdate(now + TERMIJN))
    )
    chosen = assign(found, _beheerders(organisatie, now))
    Beoordeling.objects.bulk_create(
        Beoordeling(hercertificering=ronde, autorisatie_id=grant, beoordelaar_id=who) for grant, who in chosen.items()
    )
    write_logregel(
        gebeurtenis="hercertificering_begonnen",
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
        object_soort="hercertificering",
        object_id=ronde.pk,
        gegevens={"aantal": str(len(found))},
    )
    for who in sorted({who for who in chosen.values() if who is not None}):
        _tell(BEGONNEN, ronde, now, account_id=who)
    return ronde


def open_hercertificering(*, organisatie: Organisatie) -> Hercertificering | None:
    """The round that is open at this organisatie."""
    return Hercertificering.objects.filter(organisatie=organisatie, afgerond_op=None).first()


def look_ahead(*, organisatie: Organisatie, now: datetime) -> Vooruitblik:
    """When this organisatie looks back again, or how far it is. One query."""
    todo = Count("beoordelingen", filter=Q(beoordelingen__antwoord=Antwoord.OPEN))
    rounds = Hercertificering.objects.filter(organisatie=organisatie).order_by("-begonnen_op")
    last = rounds.annotate(open=todo, totaal=Count("beoordelingen")).first()
    if last is not None and last.afgerond_op is None:
        return Vooruitblik(last, last.open, last.totaal, None, None)
    begin = (last.begonnen_op if last else organisatie.gemaakt_op) + RONDE_ELKE
    return Vooruitblik(None, 0, 0, timezone.localdate(begin) if begin > now else None, last)


def to_judge(*, ronde: Hercertificering, beheerder: Account, now: datetime) -> QuerySet[Beoordeling]:
    """What this beheerder can still judge: never her own, and only rollen that she may hand out (R02).

    What was given to her comes first; a colleague's she may take over. With the last use of each: `laatst_ingelogd` of
    the person, and `laatst_gebruikt`, the last day on which he opened a taak of this rol (kept for 90 days). And
    with the codes of the `kenmerken` that it holds for.
    """
    held = AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie=OuterRef("autorisatie"))
    logins = Koppeling.objects.filter(account=OuterRef("autorisatie__account")).values("account")
    used = Taakgebruik.objects.filter(
        account=OuterRef("autorisatie__account"), taak__taakrollen__rol=OuterRef("autorisatie__rol")
    ).values("account")
    rows = ronde.beoordelingen.filter(antwoord=Antwoord.OPEN, autorisatie__rol__in=rollen_of(beheerder, now))
    return (
        rows.exclude(autorisatie__account=beheerder)
        .annotate(
            laatst_ingelogd=Subquery(logins.annotate(op=Max("laatst_gebruikt")).values("op")),
            laatst_gebruikt=Subquery(used.annotate(op=Max("dag")).values("op")),
            kenmerken=_codes(held),
        )
        .select_related("autorisatie__account", "autorisatie__rol", "autorisatie__machtiging__verlener", "beoordelaar")
        .order_by(
            Case(When(beoordelaar=beheerder, then=0), default=1),
            "autorisatie__account__achternaam",
            "autorisatie__account__voornaam",
            "autorisatie__account",
            "autorisatie__rol__naam",
            "pk",
        )
    )


def count_answers(*, ronde: Hercertificering) -> list[tuple[str, int]]:
    """How many grants got each answer, in words; those that nothing got are left out."""
    counts = Counter(ronde.beoordelingen.values_list("antwoord", flat=True))
    return [(antwoord.label, counts[antwoord]) for antwoord in Antwoord if counts[antwoord]]


@transaction.atomic
def answer_beoordelingen(
    *, ronde: Hercertificering, antwoorden: Mapping[int, str], beheerder: Account, actor: Actor, now: datetime
) -> int:
    """Answer these grants (their beoordelingen → one of TE_KIEZEN) as beheerder; how many that were.

    What is withdrawn, or whom she does not know, ends at once. What somebody answered a moment before is left as it is;
    a round that is over gives 0. Raises Weigering, and writes nothing, for her own grants, for a rol that she may not
    hand out, and for who is no beheerder here (any more). KeyError for an answer that is none.
    """
    current = _lock(ronde)
    if current is None:
        return 0
    if not Account.objects.filter(organisatie=current.organisatie_id, pk=beheerder.pk).beheerders(now).exists():
        raise Weigering("Alleen een beheerder van deze organisatie kan dit doen.")
    asked = current.beoordelingen.filter(pk__in=antwoorden, antwoord=Antwoord.OPEN)
    mine = to_judge(ronde=current, beheerder=beheerder, now=now).filter(pk__in=antwoorden)
    rows = list(mine.order_by("autorisatie__account", "pk"))
    if len(rows) != asked.count():
        raise Weigering(ZELF)
    for row in rows:
        _answer(row, Antwoord(antwoorden[row.pk]), beheerder, actor, now)
    _finish_if_done(current, actor, now)
    return len(rows)


@transaction.atomic
def answer_as_staf(*, beoordeling: Beoordeling, antwoord: str, actor: Actor, now: datetime) -> bool:
    """Answer a grant that no beheerder can judge, as DUO staff with a reason. False when it was answered already.

    Raises Weigering for a grant that a beheerder is to judge, PermissionError for who is not staff (any more).
    """
    check_staf(actor)
    ronde = _lock(beoordeling.hercertificering)
    rows = Beoordeling.objects.select_related("autorisatie__account", "autorisatie__rol", "autorisatie__machtiging")
    row = rows.filter(pk=beoordeling.pk, antwoord=Antwoord.OPEN).first()
    if ronde is None or row is None:
        return False
    if row.beoordelaar_id is not None:
        raise Weigering("Deze rol beoordeelt een beheerder van de organisatie.")
    _answer(row, Antwoord(antwoord), None, actor, now)
    _finish_if_done(ronde, actor, now)
    return True


@transaction.atomic
def lapse_hercertificering(*, ronde: Hercertificering, actor: Actor, now: datetime) -> int:
    """End every grant that nobody judged, and the round with it; how many grants lapsed. 0 before its end."""
    current = _lock(ronde)
    if current is None or current.gewaarschuwd_op is None or now < current.einde:
        return 0
    rows = current.beoordelingen.filter(antwoord=Antwoord.OPEN)
    grants = list(
        Autorisatie.objects.not_ended(now)
        .filter(beoordelingen__in=rows)
        .select_related("rol", "account", "machtiging__verlener")
    )
    lock_accounts({grant.account_id for grant in grants})
    end_rows(AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__in=grants), now)
    end_rows(Autorisatie.objects.filter(pk__in=[grant.pk for grant in grants]), now)
    write_logregels(
        make_logregel(
            gebeurtenis="rol_vervallen",
            actor=actor,
            now=now,
            organisatie_id=current.organisatie_id,
            account_id=grant.account_id,
            object_soort="autorisatie",
            object_id=grant.pk,
            gegevens={"rol": _rol(grant)},
        )
        for grant in grants
    )
    rows.filter(autorisatie__in=grants).update(antwoord=Antwoord.VERVALLEN, beantwoord_op=now)
    rows.update(antwoord=Antwoord.GESTOPT, beantwoord_op=now)
    _finish_if_done(current, actor, now)
    return len(grants)


@transaction.atomic
def finish_hercertificering(*, ronde: Hercertificering, actor: Actor, now: datetime) -> bool:
    """Close a round in which nothing is left to judge."""
    current = _lock(ronde)
    return current is not None and _finish_if_done(current, actor, now)


@transaction.atomic
def assign_again(*, ronde: Hercertificering, now: datetime) -> int:
    """Give what waits for who is no beheerder any more, or may not judge it any more, to somebody else; how many."""
    current = _lock(ronde)
    if current is None:
        return 0
    rows = current.beoordelingen.filter(antwoord=Antwoord.OPEN).select_related("autorisatie")
    beheerders = _beheerders(current.organisatie, now)
    lost, load = [], Counter[int]()
    for row in rows:
        if row.beoordelaar_id is None or row.autorisatie.rol_id in beheerders.get(row.beoordelaar_id, frozenset()):
            load[row.beoordelaar_id or 0] += 1
        else:
            lost.append(row)
    grants = [Toekenning(row.autorisatie_id, row.autorisatie.account_id, row.autorisatie.rol_id) for row in lost]
    chosen = assign(grants, beheerders, load)
    for row in lost:
        row.beoordelaar_id = chosen[row.autorisatie_id]
    Beoordeling.objects.bulk_update(lost, ["beoordelaar"])
    for who in sorted({who for who in chosen.values() if who is not None}):
        _tell(BEGONNEN, current, now, account_id=who)
    return len(lost)


def check_zegel(ronde: Hercertificering) -> bool:
    """Whether the statement is what it was when the round ended, by its seal."""
    try:
        _signer.unsign(f"{_hash(ronde.verklaring)}:{ronde.zegel}")
    except BadSignature:
        return False
    return True


def record_verklaring(*, ronde: Hercertificering, actor: Actor, now: datetime) -> None:
    """Note that a statement was taken along (R33)."""
    _log(GEDOWNLOAD, ronde, actor, now)


def _answer(
    row: Beoordeling, antwoord: Beoordeling.Antwoord, beheerder: Account | None, actor: Actor, now: datetime
) -> None:
    if antwoord not in TE_KIEZEN:
        raise KeyError(antwoord)
    grant = row.autorisatie
    row.antwoord, row.beantwoord_op, row.beantwoord_door_id = antwoord, now, actor.id
    if antwoord == Antwoord.BEHOUDEN:
        if not Autorisatie.objects.live(now).filter(pk=grant.pk).exists():
            row.antwoord = Antwoord.GESTOPT
    elif not withdraw_autorisatie(
        account=grant.account, rol=grant.rol, machtiging=grant.machtiging, beheerder=beheerder, actor=actor, now=now
    ):
        row.antwoord = Antwoord.GESTOPT
    row.save(update_fields=["antwoord", "beantwoord_op", "beantwoord_door"])
    if row.antwoord in {Antwoord.BEHOUDEN, Antwoord.ONBEKEND}:
        write_logregel(
            gebeurtenis=f"rol_{row.antwoord}",
            actor=actor,
            now=now,
            organisatie_id=grant.account.organisatie_id,
            account_id=grant.account_id,
            object_soort="autorisatie",
            object_id=grant.pk,
            gegevens={"rol": _rol(grant)},
        )


def _finish_if_done(ronde: Hercertificering, actor: Actor, now: datetime) -> bool:
    if ronde.beoordelingen.filter(antwoord=Antwoord.OPEN).exists():
        return False
    ronde.verklaring = _statement(ronde, now)
    ronde.zegel = _signer.signature(_hash(ronde.verklaring))
    ronde.afgerond_op = now
    ronde.save(update_fields=["verklaring", "zegel", "afgerond_op"])
    _log("hercertificering_afgerond", ronde, actor, now)
    _tell(AFGEROND, ronde, now)
    return True


def _statement(ronde: Hercertificering, now: datetime) -> dict[str, Any]:
    answered = OuterRef("beantwoord_op")
    held = AutorisatieKenmerk.objects.filter(  # up to the answer, which may have ended it
        Q(tot=None) | Q(tot__gte=answered), autorisatie=OuterRef("autorisatie"), van__lte=answered
    )
    rows = (
        ronde.beoordelingen.annotate(kenmerken=_codes(held))
        .select_related(
            "autorisatie__account", "autorisatie__rol", "autorisatie__machtiging__verlener", "beantwoord_door"
        )
        .order_by("autorisatie__account__achternaam", "autorisatie__account__voornaam", "autorisatie__account", "pk")
    )
    return {
        "organisatie": ronde.organisatie.naam,
        "code": ronde.organisatie.code,
        "gezag": ronde.organisatie.bevoegd_gezag_naam,
        "begonnen": _day(ronde.begonnen_op),
        "afgerond": _day(now),
        "aantallen": [list(one) for one in count_answers(ronde=ronde)],
        "regels": [
            {
                "naam": row.autorisatie.account.get_full_name(),
                "rol": _rol(row.autorisatie),
                "kenmerken": row.kenmerken,
                "antwoord": row.get_antwoord_display(),
                "door": _who(row),
            }
            for row in rows
        ],
    }


def _codes(held: QuerySet[AutorisatieKenmerk]) -> ArraySubquery:
    return ArraySubquery(held.order_by("kenmerk__waarde").values("kenmerk__waarde"))


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")


def _who(row: Beoordeling) -> str:
    if row.beantwoord_door is None:
        return ""
    return "DUO" if row.beantwoord_door.is_staff else row.beantwoord_door.get_full_name()


def _rol(grant: Autorisatie) -> str:
    return f"{grant.rol.naam} (namens {grant.machtiging.verlener.naam})" if grant.machtiging else grant.rol.naam


def _hash(verklaring: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(verklaring, sort_keys=True).encode()).hexdigest()


def _lock(ronde: Hercertificering) -> Hercertificering | None:
    """The round once nobody else works on it; None when it is over. Always before the accounts are locked."""
    rows = Hercertificering.objects.select_for_update(of=("self",), no_key=True).select_related("organisatie")
    return rows.filter(pk=ronde.pk, afgerond_op=None).first()


def _beheerders(organisatie: Organisatie, now: datetime) -> dict[int, frozenset[int]]:
    people: Iterable[Account] = Account.objects.of_organisatie(organisatie).beheerders(now)
    return {one.pk: frozenset(rollen_of(one, now).values_list("pk", flat=True)) for one in people}


def _log(gebeurtenis: str, ronde: Hercertificering, actor: Actor, now: datetime) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=ronde.organisatie_id,
        object_soort="hercertificering",
        object_id=ronde.pk,
    )


def _tell(soort: str, ronde: Hercertificering, now: datetime, account_id: int | None = None) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{ronde.pk}:{account_id or 'gezag'}",
        now=now,
        account_id=account_id,
        organisatie_id=ronde.organisatie_id,
        object_id=ronde.pk,
    )

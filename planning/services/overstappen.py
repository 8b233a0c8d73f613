"""An overstap moves by an act of staff, or on the day that staff set for it (R26); and where an organisatie stands."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Organisatie
from autorisatie.models import Portaal
from planning.models import Overstap, Uitzondering
from planning.rules import midnight
from planning.rules.golf import last_golf
from planning.rules.mails import BIJ_ZET
from planning.rules.overstap import (
    MET_NIEUW_EINDE,
    MIJN_DUO,
    Dagen,
    Organisatiestand,
    OverstapFeit,
    Stand,
    Zet,
    ZetMagNiet,
    check_uitzondering,
    due_zet,
    next_stand,
    weigh,
)
from planning.services.mails import enqueue_stap, hold_mails, last_mail, release_mails, restart_herinneringen
from verantwoording.models import Taakrun
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import taakrun, write_logregel

TAAK: Final = "overstappen"
GEBEURTENISSEN: Final = {
    Zet.AANKONDIGEN: "overstap_aangekondigd",
    Zet.OPENEN: "overstap_geopend",
    Zet.AFRONDEN: "overstap_afgerond",
    Zet.PAUZEREN: "overstap_gepauzeerd",
    Zet.HERVATTEN: "overstap_hervat",
    Zet.TERUGDRAAIEN: "overstap_teruggedraaid",
}
MOMENTEN: Final = {
    Zet.AANKONDIGEN: "aangekondigd_op",
    Zet.OPENEN: "geopend_op",
    Zet.AFRONDEN: "afgerond_op",
}
VOORUIT: Final = {Zet.AANKONDIGEN, Zet.OPENEN}  # what staff tell people must still be ahead of them


class GeenReden(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """Staff must say why."""


@transaction.atomic
def move_overstap(
    *, overstap: Overstap, zet: Zet, actor: Actor, now: datetime, einde_token: date | None = None
) -> Overstap:
    """Move an overstap, tell who must know (R27), and write it in the log (R26); returns it as it stands then.

    actor.reden says why: GeenReden for staff without one. einde_token is asked for by a pause and a rollback: until
    that day, which must still come, tokens work. A pause takes back what waits to be sent, resuming sends it after all.
    Raises ZetMagNiet when the move does not fit where it stands, or its mails not before the end.
    """
    _check_reden(actor)
    row = (
        Overstap.objects.select_for_update(of=("self",), no_key=True)
        .select_related("soort", "portaal")
        .get(pk=overstap.pk)
    )
    van = Stand(row.stand)
    naar = next_stand(van, zet, voor_pauze=Stand(row.stand_voor_pauze) if row.stand_voor_pauze else None)
    if zet in VOORUIT and actor.soort is ActorSoort.STAF and row.feit.einde <= now:
        raise ZetMagNiet("De dag waarop tokens ophouden is al voorbij. Stel eerst nieuwe dagen in.")
    if zet in MET_NIEUW_EINDE:
        if einde_token is None or einde_token <= timezone.localdate(now):
            raise ZetMagNiet("Kies een dag die nog komt: tot die dag werken de tokens.")
        row.aankondigen_op = row.openen_op = None  # days of before would move it at once
        row.einde_token = einde_token
        restart_herinneringen(overstap=row)
    row.stand_voor_pauze = van if naar is Stand.GEPAUZEERD else ""
    if zet is Zet.AANKONDIGEN:
        row.ronde += 1
        row.geopend_op = row.afgerond_op = None
    row.stand = naar
    if zet in MOMENTEN:
        setattr(row, MOMENTEN[zet], now)
    row.save()
    write_logregel(
        gebeurtenis=GEBEURTENISSEN[zet],
        actor=actor,
        now=now,
        object_soort="overstap",
        object_id=row.pk,
        gegevens={"overstap": str(row), "van": van, "naar": naar, "einde": _show(row.einde_token)},
    )
    if zet is Zet.PAUZEREN:
        hold_mails(overstap=row)
    elif zet is Zet.HERVATTEN:
        release_mails(overstap=row, now=now)
    elif zet in BIJ_ZET:
        enqueue_stap(overstap=row, stap=BIJ_ZET[zet], now=now)
    if actor.soort is ActorSoort.STAF:
        _check_golf(row, now)
    return row


@transaction.atomic
def set_dagen(*, overstap: Overstap, dagen: Dagen, actor: Actor, now: datetime, per_dag: int | None = None) -> Overstap:
    """Set the days on which an overstap moves by itself, and how many organisaties a day are mailed (R26).

    Raises ZetMagNiet for days that cannot be, and for a golf that lasts until after the end.
    """
    _check_reden(actor)
    row = (
        Overstap.objects.select_for_update(of=("self",), no_key=True)
        .select_related("soort", "portaal")
        .get(pk=overstap.pk)
    )
    if fout := dagen.check(timezone.localdate(now), row.dagen, klaar=row.stand == Stand.KLAAR):
        raise ZetMagNiet(fout)
    if dagen.einde_token != row.einde_token:
        restart_herinneringen(overstap=row)
    row.aankondigen_op, row.openen_op, row.einde_token = dagen.aankondigen_op, dagen.openen_op, dagen.einde_token
    row.per_dag = per_dag
    row.save(update_fields=["aankondigen_op", "openen_op", "einde_token", "per_dag"])
    _check_golf(row, now)
    write_logregel(
        gebeurtenis="overstap_dagen",
        actor=actor,
        now=now,
        object_soort="overstap",
        object_id=row.pk,
        gegevens={
            "overstap": str(row),
            "aankondigen": _show(row.aankondigen_op),
            "openen": _show(row.openen_op),
            "einde": _show(row.einde_token),
        },
    )
    return row


def _check_golf(row: Overstap, now: datetime) -> None:
    """Raises ZetMagNiet when mails of a golf, those that wait or will, would leave when tokens have ended (R27)."""
    vandaag, einde = timezone.localdate(now), row.feit.einde
    last = [moment] if (moment := last_mail(overstap=row)) else []
    if row.per_dag:
        count = Organisatie.objects.filter(soorten=row.soort_id, beeindigd_op=None).count()
        begins = [dag for dag in (row.aankondigen_op, row.openen_op) if dag and dag > vandaag]
        last += [midnight(last_golf(dag, count, row.per_dag)) for dag in begins]
    if now < einde <= max(last, default=now):
        raise ZetMagNiet(
            "De laatste e-mails van de golf vertrekken pas als tokens al niet meer werken. Kies bij Dagen instellen "
            "meer organisaties per dag, of een later einde."
        )


def move_due_overstappen(*, now: datetime) -> Taakrun | None:
    """Move every overstap whose day came (R26), each in its own transaction. Safe to run twice, late, or to kill.

    A late run makes up for every step that was missed, in order. Returns the finished run with its counts, or None
    when this hour's run is done or at work elsewhere.
    """
    actor = Actor(ActorSoort.TAAK, naam=TAAK)
    with taakrun(naam=TAAK, now=now) as run:
        if run is None:
            return None
        for pk in Overstap.objects.order_by("pk").values_list("pk", flat=True):
            while _move_if_due(pk, actor, now):
                run.count(verzet=1)
    return run.taakrun


@transaction.atomic
def _move_if_due(pk: int, actor: Actor, now: datetime) -> bool:
    row = Overstap.objects.select_for_update(no_key=True).get(pk=pk)
    zet = due_zet(Stand(row.stand), row.dagen, timezone.localdate(now))
    if zet is None:
        return False
    move_overstap(overstap=row, zet=zet, actor=actor, now=now)
    return True


@transaction.atomic
def grant_uitzondering(
    *, organisatie: Organisatie, portaal: Portaal, tot: date, actor: Actor, now: datetime
) -> Uitzondering:
    """Let one organisatie use its tokens until `tot`, with the reason in `actor` (R26).

    Raises GeenReden, or ZetMagNiet for a day that is past or further off than an exception may last.
    """
    _check_reden(actor)
    if fout := check_uitzondering(tot, timezone.localdate(now)):
        raise ZetMagNiet(fout)
    uitzondering = Uitzondering.objects.create(
        organisatie=organisatie, portaal=portaal, tot=tot, reden=actor.reden.strip(), gemaakt_op=now
    )
    _log_uitzondering("uitzondering_gegeven", uitzondering, actor, now)
    return uitzondering


@transaction.atomic
def withdraw_uitzondering(*, uitzondering: Uitzondering, actor: Actor, now: datetime) -> Uitzondering:
    """End an exception now (R26). Raises GeenReden, or ZetMagNiet when it was withdrawn already."""
    _check_reden(actor)
    row = (
        Uitzondering.objects.select_for_update(of=("self",), no_key=True)
        .select_related("portaal")
        .get(pk=uitzondering.pk)
    )
    if row.ingetrokken_op is not None:
        raise ZetMagNiet("Deze uitzondering was al ingetrokken.")
    row.ingetrokken_op = now
    row.save(update_fields=["ingetrokken_op"])
    _log_uitzondering("uitzondering_ingetrokken", row, actor, now)
    return row


def read_standen(
    *,
    organisaties: Collection[int],
    now: datetime,
    portaal: str | None = MIJN_DUO,
) -> dict[int, Organisatiestand]:
    """Where each of these organisaties (ids) stands with the move to a portaal (R15, R26, D3). Two queries.

    portaal: None for that of all their portalen together, as for who does not move to Mijn DUO.
    """
    which = {"portaal__sleutel": portaal} if portaal else {}
    overstappen: dict[int, list[OverstapFeit]] = defaultdict(list)
    rows = Overstap.objects.filter(soort__organisaties__in=organisaties, **which).values_list(
        "soort__organisaties", "stand", "einde_token", "afgerond_op", "openen_op"
    )
    for organisatie, stand, einde_token, afgerond_op, openen_op in rows:
        overstappen[organisatie].append(OverstapFeit(Stand(stand), einde_token, afgerond_op, openen_op))
    uitzonderingen: dict[int, list[date]] = defaultdict(list)
    live = Uitzondering.objects.live(timezone.localdate(now)).filter(**which)
    for organisatie, tot in live.filter(organisatie__in=organisaties).values_list("organisatie", "tot"):
        uitzonderingen[organisatie].append(tot)
    return {pk: weigh(overstappen[pk], uitzonderingen[pk], now) for pk in organisaties}


def read_stand(*, organisatie_id: int, now: datetime, portaal: str | None = MIJN_DUO) -> Organisatiestand:
    """Where one organisatie stands with the move to a portaal, or to all of them (`read_standen`). Two queries."""
    return read_standen(organisaties=[organisatie_id], now=now, portaal=portaal)[organisatie_id]


def _check_reden(actor: Actor) -> None:
    if actor.soort is ActorSoort.STAF and not actor.reden.strip():
        raise GeenReden("Vul in waarom u dit doet.")


def _log_uitzondering(gebeurtenis: str, uitzondering: Uitzondering, actor: Actor, now: datetime) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=uitzondering.organisatie_id,
        object_soort="uitzondering",
        object_id=uitzondering.pk,
        gegevens={"portaal": uitzondering.portaal.naam, "tot": _show(uitzondering.tot)},
    )


def _show(dag: date | None) -> str:
    return date_format(dag, "j F Y") if dag else "niet bepaald"

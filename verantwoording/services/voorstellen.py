from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from verantwoording.models import Taakrun, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services.logboek import write_logregel
from verantwoording.services.taakruns import taakrun

BEWAARD: Final = timedelta(days=730)
PERSONEN: Final = {ActorSoort.ACCOUNT, ActorSoort.STAF, ActorSoort.GEZAG}


class ZelfdePersoon(ValueError):  # noqa: N818  # a Dutch noun
    """Who proposed something cannot decide on it; the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__("U hebt dit zelf voorgesteld. Iemand anders moet erover beslissen.")


class AlBesloten(ValueError):  # noqa: N818  # a Dutch noun
    """Somebody else was first, or it came too late; the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__("Hierover is al besloten, of het voorstel is verlopen. Er is niets gewijzigd.")


@transaction.atomic
def propose(
    *,
    soort: str,
    sleutel: str,
    actor: Actor,
    now: datetime,
    verloopt_op: datetime,
    organisatie_id: int | None = None,
    account_id: int | None = None,
    object_id: int | None = None,
    gegevens: dict[str, Any] | None = None,
    loggegevens: dict[str, Any] | None = None,
) -> Voorstel:
    """Put an act before a second person (D22), in the caller's transaction.

    The open voorstel of the same sleutel comes back when there is one, whoever made it and whatever it says; one that
    has run out lapses first. loggegevens fills the sentences of `<soort>_voorgesteld`, `_akkoord`, `_afgewezen`,
    `_ingetrokken` and `_vervallen`, which the app that knows the act has registered (KeyError otherwise).
    """
    standing = Voorstel.objects.select_for_update().filter(sleutel=sleutel, staat=Voorstel.Staat.OPEN).first()
    if standing is not None and not standing.is_open(now):
        _expire(standing, now)
    voorstel, new = Voorstel.objects.get_or_create(
        sleutel=sleutel,
        staat=Voorstel.Staat.OPEN,
        defaults={
            "soort": soort,
            "organisatie_id": organisatie_id,
            "account_id": account_id,
            "object_id": object_id,
            "gegevens": gegevens or {},
            "loggegevens": loggegevens or {},
            "gemaakt_op": now,
            "verloopt_op": verloopt_op,
            **_fields("voorsteller", actor),
        },
    )
    if new:
        _log(voorstel, "voorgesteld", actor, now)
    return voorstel


@transaction.atomic
def decide(*, voorstel: Voorstel, akkoord: bool, actor: Actor, now: datetime) -> Voorstel:
    """Decide as second person (D22), in the transaction in which the caller carries the act out. Returns the new row.

    The row is locked first. Raises, and writes nothing: AlBesloten when it is no longer open or has run out,
    ZelfdePersoon for who proposed it, TypeError for an actor who is nobody in particular. Whether this actor may decide
    on such an act is the caller's to check, after the lock or on rows of its own.
    """
    if actor.soort not in PERSONEN or actor.id is None:
        raise TypeError("only a person decides")
    current = _lock_open(voorstel, now)
    if (current.voorsteller_soort, current.voorsteller_id) == (actor.soort, actor.id):
        raise ZelfdePersoon
    _close(current, Voorstel.Staat.AKKOORD if akkoord else Voorstel.Staat.AFGEWEZEN, actor, now)
    return current


@transaction.atomic
def withdraw(*, voorstel: Voorstel, actor: Actor, now: datetime) -> Voorstel:
    """Take a voorstel back: who proposed it, or a job because what it was about is gone. AlBesloten as in `decide`."""
    current = _lock_open(voorstel, now)
    _close(current, Voorstel.Staat.INGETROKKEN, actor, now)
    return current


def clear_voorstellen(*, now: datetime) -> Taakrun | None:
    """Let open voorstellen lapse that ran out (D22), and delete those that closed two years ago (R34).

    Safe to run twice, late, or to kill. None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="voorstellen", now=now) as run:
        if run is None:
            return None
        due = Voorstel.objects.filter(staat=Voorstel.Staat.OPEN, verloopt_op__lte=now)
        for pk in due.values_list("pk", flat=True):
            with transaction.atomic():
                voorstel = due.select_for_update().filter(pk=pk).first()
                if voorstel is not None:
                    _expire(voorstel, now)
                    run.count(vervallen=1)
        with transaction.atomic():
            deleted, _ = Voorstel.objects.filter(besloten_op__lt=now - BEWAARD).delete()
            run.count(vervallen=0, verwijderd=deleted)
    return run.taakrun


def _lock_open(voorstel: Voorstel, now: datetime) -> Voorstel:
    current = Voorstel.objects.select_for_update().filter(pk=voorstel.pk).first()
    if current is None or not current.is_open(now):
        raise AlBesloten
    return current


def _expire(voorstel: Voorstel, now: datetime) -> None:
    _close(voorstel, Voorstel.Staat.VERVALLEN, Actor(ActorSoort.TAAK, naam="voorstellen"), now)


def _close(voorstel: Voorstel, staat: Voorstel.Staat, actor: Actor, now: datetime) -> None:
    fields = {"staat": staat, "besloten_op": now, **_fields("besluiter", actor)}
    for name, value in fields.items():
        setattr(voorstel, name, value)
    voorstel.save(update_fields=fields)
    _log(voorstel, staat, actor, now)


def _fields(rol: str, actor: Actor) -> dict[str, Any]:
    return {
        f"{rol}_soort": actor.soort,
        f"{rol}_id": actor.id,
        f"{rol}_naam": actor.naam,
        f"{rol}_namens_id": actor.namens,
        f"{rol}_adres": actor.adres,
        f"{rol}_reden": actor.reden,
    }


def _log(voorstel: Voorstel, wat: str, actor: Actor, now: datetime) -> None:
    write_logregel(
        gebeurtenis=f"{voorstel.soort}_{wat}",
        actor=actor,
        now=now,
        organisatie_id=voorstel.organisatie_id,
        account_id=voorstel.account_id,
        object_soort="voorstel",
        object_id=voorstel.pk,
        gegevens=voorstel.loggegevens,
    )

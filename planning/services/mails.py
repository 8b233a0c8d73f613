"""The mails of an overstap (R27): every person once a step, in one statement with the mark that the step was sent."""

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef
from django.utils import timezone

from accounts.models import Account, Organisatie
from planning.emails.overstap import BERICHT
from planning.emails.uitzondering import UITZONDERING_EINDE
from planning.models import Mailsjabloon, Overstap, Overstapmail, Token, Uitzondering
from planning.rules.mails import DAGEN_VOOR_EINDE, GESPREID, ONTVANGERS, Ontvanger, Stap, due_herinnering
from planning.rules.overstap import Stand
from planning.rules.token import token_portalen
from planning.services.overgangen import read_overgangen
from verantwoording.models import Bericht, Taakrun
from verantwoording.services import enqueue_bericht, taakrun

TAAK: Final = "overstapmails"
SJABLONEN: Final = Path(__file__).resolve().parents[1] / "catalogus" / "sjablonen.json"

# Account h logs in with a token: it has one that still counts for itself, and was never linked (R14, R15).
HOUDER: Final = """
    h.beeindigd_op IS NULL
    AND EXISTS (SELECT FROM planning_token t WHERE t.account_id = h.id AND t.ingetrokken_op IS NULL)
    AND NOT EXISTS (SELECT FROM koppeling_koppeling k WHERE k.account_id = h.id)
"""
NOG_OVER: Final = f"EXISTS (SELECT FROM accounts_account h WHERE h.organisatie_id = o.id AND {HOUDER})"
ALLEEN: Final = "o.id = ANY(%(alleen)s::bigint[])"
TOKENS_EINDIGEN: Final = "o.id <> ALL(%(houden)s::bigint[])"
BRONNEN: Final = {
    Ontvanger.BEHEERDER: """
        SELECT 1, 'beheerder', o.id, a.id, NULL::bigint, lower(a.email)
        FROM doelgroep o JOIN accounts_account a ON a.organisatie_id = o.id AND a.beeindigd_op IS NULL
        WHERE EXISTS (SELECT FROM accounts_beheerderschap b WHERE b.account_id = a.id AND b.van <= %(now)s
                      AND (b.tot IS NULL OR b.tot > %(now)s))
    """,
    Ontvanger.CONTACTPERSOON: """
        SELECT 2, 'contactpersoon', o.id, NULL, c.id, lower(c.email)
        FROM doelgroep o JOIN accounts_contactpersoon c ON c.organisatie_id = o.id
    """,
    Ontvanger.GEZAG: """
        SELECT 3, 'gezag', o.id, NULL, NULL, lower(o.bevoegd_gezag_email) FROM doelgroep o
    """,
}
# One row a person: who has several roles, or is at several organisaties, is told once, as the first of his roles.
INSERT: Final = """
WITH doelgroep AS (
    SELECT o.id, o.bevoegd_gezag_email FROM accounts_organisatie o
    JOIN accounts_organisatie_soorten os ON os.organisatie_id = o.id AND os.soort_id = %(soort)s
    WHERE o.beeindigd_op IS NULL {voorwaarden}
), personen (voorrang, rol, organisatie, account, contact, adres) AS (
    {bronnen}
), wie AS (
    SELECT adres, (array_agg(rol ORDER BY voorrang, organisatie))[1] AS rol, min(organisatie) AS eerste,
           (array_agg(account ORDER BY voorrang, organisatie))[1] AS account,
           (array_agg(contact ORDER BY voorrang, organisatie))[1] AS contact,
           (array_agg(organisatie ORDER BY voorrang, organisatie))[1] AS organisatie,
           array_agg(DISTINCT organisatie) AS organisaties
    FROM personen WHERE adres <> '' GROUP BY adres
), plek AS (
    SELECT *, (dense_rank() OVER (ORDER BY eerste) - 1) / %(per_dag)s AS dag FROM wie
)
INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, object_id, gegevens, prioriteit, status,
                                    pogingen, message_id, gemaakt_op, niet_voor, fout)
SELECT %(bericht)s, %(sleutel)s || encode(sha256(convert_to(adres, 'UTF8')), 'hex'), account, organisatie, %(overstap)s,
       jsonb_build_object('stap', %(stap)s, 'ronde', %(ronde)s, 'rol', rol, 'contact', contact,
                          'organisaties', organisaties, 'einde', %(einde)s),
       %(prioriteit)s, %(status)s, 0, '', %(now)s, %(now)s + make_interval(days => dag::int), ''
FROM plek ON CONFLICT (sleutel) DO NOTHING
"""
# What lapsed of a step, spread over days again in the order in which INSERT did.
UPDATE: Final = """
UPDATE verantwoording_bericht b SET status = %(wacht)s, niet_voor = %(now)s + make_interval(days => plek.dag::int)
FROM (
    SELECT id, (dense_rank() OVER (ORDER BY (gegevens->'organisaties'->>0)::bigint) - 1) / %(per_dag)s AS dag
    FROM verantwoording_bericht WHERE status = %(vervallen)s AND sleutel LIKE %(sleutel)s
) plek WHERE b.id = plek.id
"""
ALLES_OP_EEN_DAG: Final = 10**9


@transaction.atomic
def enqueue_stap(*, overstap: Overstap, stap: Stap, now: datetime) -> int:
    """Put the mails of a step in the outbox, and mark the step as sent, both or neither (R27). Returns how many.

    The overstap must be locked by the caller. A step that was marked in this round before gives 0: whoever became
    beheerder since is told by the next step. The sweep sends them (D17).
    """
    mark, new = Overstapmail.objects.get_or_create(
        overstap=overstap, ronde=overstap.ronde, stap=stap, defaults={"op": now}
    )
    if not new:
        return 0
    mark.aantal = _insert(overstap, stap, now)
    mark.save(update_fields=["aantal"])
    return mark.aantal


def _insert(overstap: Overstap, stap: Stap, now: datetime, alleen: Collection[int] = ()) -> int:
    """Put the mails of a step in the outbox; alleen: only to these organisaties (ids), if any. Returns how many."""
    conditions = [ALLEEN] if alleen else []
    keeping: list[int] = []
    if stap in DAGEN_VOOR_EINDE:
        conditions.append(NOG_OVER)
    if stap in DAGEN_VOOR_EINDE or stap is Stap.KLAAR:
        conditions.append(TOKENS_EINDIGEN)
        keeping = _keep_tokens(overstap, max(now, overstap.feit.einde), alleen)
    statement = INSERT.format(
        voorwaarden="".join(f" AND {condition}" for condition in conditions),
        bronnen=" UNION ALL ".join(BRONNEN[rol] for rol in ONTVANGERS[stap]),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "soort": overstap.soort_id,
                "alleen": list(alleen),
                "houden": keeping,
                "einde": str(overstap.einde_token or ""),
                "now": now,
                "per_dag": (overstap.per_dag if stap in GESPREID else None) or ALLES_OP_EEN_DAG,
                "bericht": BERICHT,
                "sleutel": _sleutel(overstap, stap),
                "overstap": overstap.pk,
                "stap": stap.value,
                "ronde": overstap.ronde,
                "prioriteit": Bericht.Prioriteit.BULK.value,
                "status": Bericht.Status.WACHT.value,
            },
        )
        count: int = cursor.rowcount
    return count


def _keep_tokens(overstap: Overstap, op: datetime, alleen: Collection[int]) -> list[int]:
    """Organisaties (ids) of the soort whose tokens open the portaal at `op` although this overstap is done by then.

    By an exception or another soort of theirs (D3), as logging in asks it. Four queries, however many there are.
    alleen: out of these, if any.
    """
    every = Organisatie.objects.filter(soorten=overstap.soort_id, beeindigd_op=None).values_list("pk", flat=True)
    overgangen = read_overgangen(organisaties=alleen or list(every), now=op, stel=overstap.pk)
    sleutel = overstap.portaal.sleutel
    return [pk for pk, facts in overgangen.items() if sleutel in token_portalen(facts, op)]


def hold_mails(*, overstap: Overstap) -> None:
    """Let what waits of this round lapse, because the overstap is paused (R26): the rows stay, for who resumes it.

    What a sweep is sending just then lapses too, when it has to be tried again.
    """
    waiting = Bericht.objects.filter(sleutel__startswith=_sleutel(overstap), status=Bericht.Status.WACHT)
    waiting.update(status=Bericht.Status.VERVALLEN)


def release_mails(*, overstap: Overstap, now: datetime) -> None:
    """Let what a pause held up wait again, in batches from today on (R26).

    The same rows, so that nobody gets one twice (D17). Reminders stay behind: one that is due by now is made anew.
    """
    with connection.cursor() as cursor:
        for stap in sorted(GESPREID):
            cursor.execute(
                UPDATE,
                {
                    "now": now,
                    "per_dag": overstap.per_dag or ALLES_OP_EEN_DAG,
                    "wacht": Bericht.Status.WACHT.value,
                    "vervallen": Bericht.Status.VERVALLEN.value,
                    "sleutel": f"{_sleutel(overstap, stap)}%",
                },
            )


def last_mail(*, overstap: Overstap) -> datetime | None:
    """When the last mail leaves of those that wait in this round; None when none does."""
    waiting = Bericht.objects.filter(sleutel__startswith=_sleutel(overstap), status=Bericht.Status.WACHT)
    moment: datetime | None = waiting.aggregate(last=Max("niet_voor"))["last"]
    return moment


def _sleutel(overstap: Overstap, stap: Stap | None = None) -> str:
    """How the keys begin of the mails of this round, or of one step of it: a reminder is one of a day of the end."""
    every = f"{BERICHT}:{overstap.pk}:{overstap.ronde}:"
    return every + (f"{stap}:" if stap else "") + (f"{overstap.einde_token}:" if stap in DAGEN_VOOR_EINDE else "")


def restart_herinneringen(*, overstap: Overstap) -> None:
    """Begin the reminders of this round anew, because tokens end on another day: who heard of a day hears of it (R27).

    The overstap must be locked by the caller.
    """
    overstap.mails.filter(ronde=overstap.ronde, stap__in=DAGEN_VOOR_EINDE).delete()


def send_herinneringen(*, now: datetime) -> Taakrun | None:
    """Remind everybody who still has to move, when a reminder is due (R27), or an exception ends soon (R26).

    Whose exception has ended after the overstap was done is told of that now. Safe to run twice, late, or to kill.

    Returns the finished run with its counts, or None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam=TAAK, now=now) as run:
        if run is None:
            return None
        for pk in Overstap.objects.filter(stand=Stand.OPEN).order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                overstap = Overstap.objects.select_for_update(no_key=True).get(pk=pk)
                geopend = timezone.localdate(overstap.geopend_op) if overstap.geopend_op else None
                stap = due_herinnering(Stand(overstap.stand), overstap.einde_token, geopend, timezone.localdate(now))
                if stap is not None:
                    run.count(berichten=enqueue_stap(overstap=overstap, stap=stap, now=now))
        with transaction.atomic():
            run.count(uitzonderingen=_tell_uitzonderingen(now))
        for pk, organisaties in _read_ended(now).items():
            with transaction.atomic():
                run.count(berichten=_tell_klaar(pk, organisaties, now))
    return run.taakrun


def _read_ended(now: datetime) -> dict[int, set[int]]:
    """For each overstap (id) that is done: the organisaties (ids) of which an exception ended lately."""
    ended = Uitzondering.objects.ended(now)
    found: dict[int, set[int]] = defaultdict(set)
    done = Overstap.objects.filter(
        stand=Stand.KLAAR,
        soort__organisaties__uitzonderingen__in=ended,
        soort__organisaties__uitzonderingen__portaal=F("portaal"),
    )
    for pk, organisatie in done.values_list("pk", "soort__organisaties"):
        found[pk].add(organisatie)
    return found


def _tell_klaar(pk: int, organisaties: set[int], now: datetime) -> int:
    """Tell these organisaties that an overstap is done, if their tokens ended too (R26, R27). Returns how many mails.

    By the same keys as when it was done: who heard of it then hears nothing.
    """
    overstap = Overstap.objects.select_for_update(no_key=True).get(pk=pk)
    if overstap.stand != Stand.KLAAR:
        return 0
    count = _insert(overstap, Stap.KLAAR, now, organisaties)
    overstap.mails.filter(ronde=overstap.ronde, stap=Stap.KLAAR).update(aantal=F("aantal") + count)
    return count


def _tell_uitzonderingen(now: datetime) -> int:
    """Tell beheerders of an exception that ends soon, when somebody of theirs still has to move (R26).

    Once a person and exception; whoever became beheerder since is told too. Returns how many exceptions that are.
    """
    holders = Token.objects.filter(
        ingetrokken_op=None,
        account__beeindigd_op=None,
        account__koppelingen=None,
        account__organisatie=OuterRef("organisatie"),
    )
    ending = Uitzondering.objects.ending(timezone.localdate(now)).filter(Exists(holders))
    for uitzondering in ending:
        for beheerder in Account.objects.of_organisatie(uitzondering.organisatie).beheerders(now).order_by("pk"):
            adres = sha256(beheerder.email.lower().encode()).hexdigest()
            enqueue_bericht(
                soort=UITZONDERING_EINDE,
                sleutel=f"{UITZONDERING_EINDE}:{uitzondering.pk}:{adres}",
                now=now,
                account_id=beheerder.pk,
                organisatie_id=uitzondering.organisatie_id,
                object_id=uitzondering.pk,
            )
    return len(ending)


def load_sjablonen() -> int:
    """Make the text of every step that has none yet; texts that staff changed stay. Returns how many were made."""
    rows: list[dict[str, Any]] = json.loads(SJABLONEN.read_text("utf-8"))
    return sum(
        Mailsjabloon.objects.get_or_create(
            stap=row["stap"], defaults={"onderwerp": row["onderwerp"], "tekst": "\n".join(row["tekst"])}
        )[1]
        for row in rows
    )

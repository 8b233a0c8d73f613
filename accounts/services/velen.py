"""What happens to hundreds of accounts at once, each thing in one statement."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F

from accounts.emails.aanmelding import AANMELDING
from accounts.models import Account, Beheerderschap, EmailWijziging, Organisatie
from accounts.models.account import new_stamp
from accounts.rules import GEGEVENS, make_gebruikersnaam
from verantwoording.rules import Actor
from verantwoording.services import enqueue_berichten, write_gebeurtenis
from verantwoording.services.logboek import Regel

_INSERT = """
INSERT INTO accounts_account (password, is_superuser, gebruikersnaam, organisatie_id, voornaam, tussenvoegsel,
                              achternaam, email, telefoon, functie, werkgever, middel_bevestigd_op, is_staff,
                              gemaakt_op, sessiestempel, versie)
SELECT %(password)s, false, p.gebruikersnaam, %(organisatie)s, p.voornaam, p.tussenvoegsel, p.achternaam, p.email,
       p.telefoon, p.functie, p.werkgever, %(now)s, false, %(now)s, replace(gen_random_uuid()::text, '-', ''), 1
FROM unnest(%(gebruikersnaam)s::text[], %(voornaam)s::text[], %(tussenvoegsel)s::text[], %(achternaam)s::text[],
            %(email)s::text[], %(telefoon)s::text[], %(functie)s::text[], %(werkgever)s::text[])
     WITH ORDINALITY AS p (gebruikersnaam, voornaam, tussenvoegsel, achternaam, email, telefoon, functie, werkgever, nr)
ORDER BY p.nr
ON CONFLICT (gebruikersnaam) DO NOTHING
RETURNING gebruikersnaam, id
"""


@transaction.atomic
def register_accounts(
    *, organisatie: Organisatie, personen: Sequence[Sequence[str]], actor: Actor, now: datetime
) -> list[int]:
    """Register many people at an organisatie, each as `register_account` does (R04, D6); their ids, in this order.

    A person is his values in the order of GEGEVENS, judged already. It does not look for somebody of the same name.
    """
    ids: dict[int, int] = {}
    while len(ids) < len(personen):  # again for a gebruikersnaam that is somebody's already
        left = [index for index in range(len(personen)) if index not in ids]
        named = {make_gebruikersnaam(secrets.randbelow): index for index in left}
        values = zip(*(personen[index] for index in named.values()), strict=True)
        columns = dict(zip(GEGEVENS, map(list, values), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                {
                    "password": make_password(None),
                    "organisatie": organisatie.pk,
                    "now": now,
                    "gebruikersnaam": list(named),
                    **columns,
                },
            )
            ids |= {named[naam]: pk for naam, pk in cursor.fetchall()}
    accounts = [ids[index] for index in range(len(personen))]
    write_gebeurtenis(
        gebeurtenis="account_aangemeld",
        regels=[Regel(pk) for pk in accounts],
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
    )
    enqueue_berichten(
        soort=AANMELDING,
        sleutels={f"{AANMELDING}:{pk}:1": pk for pk in accounts},
        organisatie_id=organisatie.pk,
        now=now,
    )
    return accounts


@transaction.atomic
def end_accounts(*, organisatie: Organisatie, ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """End many accounts of an organisatie, each as `end_account` does (R20). None of them may be a beheerder.

    ValueError, and nothing written, when one of them is, was ended, or is another organisatie's.
    """
    running = Account.objects.of_organisatie(organisatie).active().filter(pk__in=ids)
    beheerders = Beheerderschap.objects.filter(account__in=ids, tot=None)
    if running.count() != len(ids) or beheerders.exists():
        raise ValueError("not all of these can be ended together")
    running.update(beeindigd_op=now, sessiestempel=new_stamp(), versie=F("versie") + 1)
    EmailWijziging.objects.filter(account__in=ids, bevestigd_op=None, vervallen_op=None).update(vervallen_op=now)
    write_gebeurtenis(
        gebeurtenis="account_beeindigd",
        regels=[Regel(pk) for pk in ids],
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
    )

"""Members of DUO staff (R32): the admin never makes them, changes them or sets their password."""

from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Account
from accounts.models.account import new_stamp
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import write_logregel

APPS: Final = ("verantwoording", "accounts", "koppeling", "autorisatie", "beheer", "planning", "publiek")
GROEPEN: Final = {"DUO beheer": ("view_", "add_", "change_", "delete_"), "DUO inzage": ("view_",)}
"""What a group may do with the tables of our own apps, as far as the admin offers it."""


def check_staf(actor: Actor) -> None:
    """Whether this is a member of staff at this moment: PermissionError for who was, a moment ago."""
    staf = Account.objects.filter(pk=actor.id or 0, is_staff=True, beeindigd_op=None)
    if actor.soort is not ActorSoort.STAF or not staf.exists():
        raise PermissionError("Alleen een medewerker van DUO kan dit doen.")


@transaction.atomic
def register_staf(
    *,
    gebruikersnaam: str,
    voornaam: str,
    achternaam: str,
    email: str,
    wachtwoord: str,
    groep: str,
    actor: Actor,
    now: datetime,
) -> Account:
    """Make a member of staff in one of GROEPEN, or give one that exists a new password, these data and this group.

    Every session of hers ends with the old password. Raises ValidationError for a weak password, ValueError when the
    name is that of an account of an organisatie, KeyError for an unknown group.
    """
    staf = Account.objects.select_for_update().filter(gebruikersnaam=gebruikersnaam).first()
    staf = staf or Account(gebruikersnaam=gebruikersnaam, is_staff=True, gemaakt_op=now)
    if not staf.is_staff:
        raise ValueError("Deze naam is van een account van een organisatie.")
    staf.voornaam, staf.achternaam, staf.email = voornaam, achternaam, email
    validate_password(wachtwoord, staf)
    staf.set_password(wachtwoord)
    staf.save()
    staf.groups.set([_group(groep)])
    _log("staf_gemaakt", staf, actor, now)
    return staf


def _group(naam: str) -> Group:
    group, _ = Group.objects.get_or_create(name=naam)
    ours = Permission.objects.filter(content_type__app_label__in=APPS)
    verbs = GROEPEN[naam]
    group.permissions.set(permission for permission in ours if permission.codename.startswith(verbs))
    return group


@transaction.atomic
def forget_second_factor(*, staf: Account, actor: Actor, now: datetime) -> None:
    """For who lost both app and recovery codes: the next login sets up a new app. Her sessions end."""
    Authenticator.objects.filter(user=staf).delete()
    Account.objects.filter(pk=staf.pk).update(sessiestempel=new_stamp())
    _log("tweede_factor_gewist", staf, actor, now)


@transaction.atomic
def end_staf(*, staf: Account, actor: Actor, now: datetime) -> None:
    """End somebody who leaves DUO: no login any more, and her sessions end."""
    Account.objects.filter(pk=staf.pk).update(beeindigd_op=now, sessiestempel=new_stamp())
    _log("staf_beeindigd", staf, actor, now)


def _log(gebeurtenis: str, staf: Account, actor: Actor, now: datetime) -> None:
    write_logregel(gebeurtenis=gebeurtenis, actor=actor, now=now, account_id=staf.pk)

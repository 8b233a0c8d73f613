import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account, Organisatie, TijdelijkeBlokkade
from accounts.models.organisatie import live
from accounts.services.accounts import end_sessions
from accounts.services.blokkades import is_blocked
from koppeling.models import Koppeling
from koppeling.rules import MAX_POGINGEN, hash_try, normalise_typed
from koppeling.services.pogingen import blocked_until, claim_try, forget_tries, pepper
from planning.models import Token
from planning.rules import EERSTE_DAG_ZONDER_TOKEN, midnight
from planning.rules.token import Tokenstand, judge_token, matching_step, token_portalen
from planning.services.overgangen import read_overgangen
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import write_logregel

INGELOGD: Final = "ingelogd_met_token"


class GeenTokenMogelijk(ValueError):  # noqa: N818  # a Dutch noun
    """An account that can have no token (R15); the text says why, in Dutch."""


@dataclass(frozen=True, slots=True)
class Tokenpoging:
    """What came of one try to log in with a token (R10, R15).

    stand is None for a wrong combination, and for a try that was not looked at; `tot` says until when a block lasts and
    `over` how many tries are left. account is there only for GELDIG.
    """

    stand: Tokenstand | None
    over: int | None = None
    tot: datetime | None = None
    account: Account | None = None


@transaction.atomic
def issue_token(
    *, account: Account, serienummer: str, wachtwoord: str, geheim: str, actor: Actor, now: datetime
) -> Token:
    """Give an account the token that its holder has: its secret is kept encrypted, the wachtwoord hashed (D14).

    Raises GeenTokenMogelijk for an account that was made since 1 January 2022, was ever linked, or has one (R15).
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.is_staff or account.gemaakt_op >= midnight(EERSTE_DAG_ZONDER_TOKEN):
        raise GeenTokenMogelijk("Alleen accounts van voor 1 januari 2022 kunnen een token hebben.")
    if Koppeling.objects.filter(account=account).exists() or Token.objects.filter(account=account).exists():
        raise GeenTokenMogelijk("Dit account is al gekoppeld, of heeft al een token.")
    account.set_password(wachtwoord)
    account.save(update_fields=["password"])
    Authenticator.objects.create(
        user=account, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(geheim)}
    )
    token = Token.objects.create(account=account, serienummer=serienummer, uitgegeven_op=now)
    _log("token_uitgegeven", token, actor, now)
    return token


def log_in_with_token(*, gebruikersnaam: str, wachtwoord: str, code: str, actor: Actor, now: datetime) -> Tokenpoging:
    """Try gebruikersnaam, wachtwoord and code of a token (R14, R15, D14).

    At most five wrong tries are looked at per gebruikersnaam, existing or not, however many come at once; then the
    block of R10 holds, with counters of its own (D9). A code counts once. Only the right combination tells where the
    token stands, and is no wrong try; the account to log in is returned locked against being linked meanwhile.
    """
    typed = normalise_typed(gebruikersnaam)
    keys = [hash_try(pepper=pepper(), soort="token", waarde=typed)]
    with transaction.atomic(durable=True):
        tot = blocked_until(sleutels=keys)
        if tot is not None:
            return Tokenpoging(None, tot=tot)
        before = transaction.savepoint()
        if (claim := claim_try(keys)) is None:
            transaction.savepoint_rollback(before)
            return Tokenpoging(None, tot=blocked_until(sleutels=keys))
        token, step = _look(gebruikersnaam=typed, wachtwoord=wachtwoord, code=code, now=now)
        if token is not None and step is not None:
            transaction.savepoint_rollback(before)  # the right combination is no wrong try: its claim is taken back
            if Token.objects.filter(pk=token.pk, laatste_stap__lt=step).update(laatste_stap=step):
                return _admit(token, keys, actor, now)
            if (claim := claim_try(keys)) is None:  # somebody used this code before: that is a wrong try
                return Tokenpoging(None, tot=blocked_until(sleutels=keys))
        aantal, tot = claim
        write_logregel(
            gebeurtenis="token_geblokkeerd" if tot else "tokenpoging_onjuist",
            actor=actor,
            now=now,
            organisatie_id=token.account.organisatie_id if token else None,
            account_id=token.account_id if token else None,
        )
        return Tokenpoging(None, over=0 if tot else MAX_POGINGEN - aantal, tot=tot)


def _look(*, gebruikersnaam: str, wachtwoord: str, code: str, now: datetime) -> tuple[Token | None, int | None]:
    """The token that is aimed at, and the step of its code when wachtwoord and code are right.

    The same work whether there is a token or not, and whichever of both was wrong (R10).
    """
    token = Token.objects.select_related("account").filter(account__gebruikersnaam=gebruikersnaam).first()
    row = Authenticator.objects.filter(user=token.account_id if token else 0, type=Authenticator.Type.TOTP).first()
    geheim = get_adapter().decrypt(row.data["secret"] if row else _nobodys_secret())
    right = check_password(wachtwoord, token.account.password if token and row else _nobodys_password())
    step = matching_step(code, lambda counter: format_hotp_value(hotp_value(geheim, counter)), now)
    return token, step if row and right else None


@cache
def _nobodys_password() -> str:
    return make_password(secrets.token_urlsafe())


@cache
def _nobodys_secret() -> str:
    return str(get_adapter().encrypt(generate_totp_secret()))


def _admit(token: Token, keys: list[str], actor: Actor, now: datetime) -> Tokenpoging:
    """The combination was right: whether its holder may come in, decided with his account locked."""
    forget_tries(keys)
    account = Account.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=token.account_id)
    token = Token.objects.get(pk=token.pk)
    stand = stand_of(token, account, now)
    by = Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id, adres=actor.adres)
    if stand is not Tokenstand.GELDIG:
        _log("token_geweigerd", token, by, now, {"reden": REDENEN[stand]})
        return Tokenpoging(stand)
    token.laatst_gebruikt = now
    token.save(update_fields=["laatst_gebruikt"])
    _log(INGELOGD, token, by, now)
    return Tokenpoging(stand, account=account)


REDENEN: Final = {
    Tokenstand.BEEINDIGD: "het account is beëindigd",
    Tokenstand.GEBLOKKEERD: "het account is tijdelijk geblokkeerd",
    Tokenstand.GEKOPPELD: "het account is gekoppeld aan eHerkenning",
    Tokenstand.ONTKOPPELD: "het account is gekoppeld geweest aan eHerkenning",
    Tokenstand.TE_NIEUW: "het account is van na 1 januari 2022",
    Tokenstand.INGETROKKEN: "het token is ingetrokken",
    Tokenstand.AFGELOPEN: "de organisatie is overgestapt, of de laatste dag is voorbij",
}


def stand_of(token: Token, account: Account, now: datetime) -> Tokenstand:
    """Where somebody stands with his token at `now`."""
    live = list(Koppeling.objects.filter(account=account).values_list("beeindigd_op", flat=True))
    organisatie = account.organisatie_id or 0
    return judge_token(
        ingetrokken=token.ingetrokken_op is not None,
        gemaakt_op=account.gemaakt_op,
        beeindigd=account.beeindigd_op is not None,
        geblokkeerd=is_blocked(account, now),
        koppelingen=len(live),
        gekoppeld=None in live,
        overgangen=read_overgangen(organisaties=[organisatie], now=now)[organisatie],
        now=now,
    )


def session_counts(account: Account, now: datetime) -> bool:
    """Whether a session that began with a token may go on (R14, R15): asked at every request of it."""
    token = Token.objects.filter(account=account).first()
    return token is not None and stand_of(token, account, now) is Tokenstand.GELDIG


def revoke_token(account: Account, actor: Actor, now: datetime) -> None:
    """End the token of an account for good, and the sessions that it opened (R14). Nothing when there is none.

    The caller is in the transaction that makes the koppeling, and holds the account locked.
    """
    token = Token.objects.select_for_update().filter(account=account, ingetrokken_op=None).first()
    if token is None:
        return
    token.ingetrokken_op = now
    token.save(update_fields=["ingetrokken_op"])
    end_sessions(account=account)
    _log("token_ingetrokken", token, actor, now)


def tokens_of(organisatie: Organisatie, now: datetime) -> QuerySet[Token]:
    """The tokens of an organisatie, by name, with their accounts and whether these are blocked (`geblokkeerd`)."""
    blocked = TijdelijkeBlokkade.objects.filter(live(now), account=OuterRef("account"))
    return (
        Token.objects.filter(account__organisatie=organisatie)
        .select_related("account")
        .annotate(geblokkeerd=Exists(blocked))
        .order_by("account__achternaam", "account__voornaam", "id")
    )


@transaction.atomic
def hand_in_token(*, token: Token, actor: Actor, now: datetime) -> bool:
    """Note that a token was handed in (R14): it works no more, and its secret and wachtwoord are gone.

    False when it had been handed in already.
    """
    account = Account.objects.select_for_update().get(pk=token.account_id)
    token = Token.objects.select_for_update().get(pk=token.pk)
    if token.ingeleverd_op is not None:
        return False
    revoke_token(account, actor, now)
    Token.objects.filter(pk=token.pk).update(ingeleverd_op=now)
    Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).delete()
    account.set_unusable_password()
    account.save(update_fields=["password"])
    _log("token_ingeleverd", token, actor, now)
    return True


def words_of_tokens(accounts: Collection[int], now: datetime) -> dict[int, str]:
    """Of these accounts (ids) the token they have, in words: the answer of inlogwijzen to which means somebody has.

    Four queries.
    """
    rows = list(Token.objects.filter(account__in=accounts).select_related("account"))
    organisaties = {row.account.organisatie_id or 0 for row in rows}
    overgangen = read_overgangen(organisaties=organisaties, now=now)
    counting = {pk for pk in organisaties if token_portalen(overgangen[pk], now)}
    return {row.account_id: f"token {row.serienummer}, {_words(row, counting)}" for row in rows}


def _words(token: Token, counting: Collection[int]) -> str:
    """How a token stands; counting: the organisaties (ids) whose tokens still count."""
    if token.ingeleverd_op:
        return "ingeleverd"
    if token.ingetrokken_op or token.account.organisatie_id not in counting:
        return "werkt niet meer, nog in te leveren"
    return "in gebruik"


def what_to_hand_in(account_id: int) -> str:
    """What somebody reads once his middel was linked (R14, manual 1.4); empty when he has no token to hand in."""
    token = Token.objects.filter(account=account_id, ingeleverd_op=None).first()
    if token is None:
        return ""
    return (
        f"Uw token (nummer {token.serienummer}) werkt niet meer, ook niet als uw middel later wordt ontkoppeld. "
        "Lever het token in bij uw beheerder."
    )


def _log(gebeurtenis: str, token: Token, actor: Actor, now: datetime, gegevens: dict[str, str] | None = None) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=token.account.organisatie_id,
        account_id=token.account_id,
        object_soort="token",
        object_id=token.pk,
        gegevens=gegevens or {},
    )

"""Who may look at a signaal and who is asked to: a second person, never whoever did it or whom it was done to."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from accounts.models import Account, AccountQuerySet, Organisatie
from accounts.models.organisatie import live
from autorisatie.models import BeheerderBevoegdheid
from beheer.emails.signalen import (
    write_signaal_duo_mail,
    write_signaal_gestopt_duo_mail,
    write_signaal_gestopt_mail,
    write_signaal_herinnering_mail,
    write_signaal_mail,
)
from beheer.models import Signaal
from beheer.rules.signalen import ZELF_GEWIJZIGD, ZINNEN, Kandidaat, Persoon, Soort, choose_second, same_person
from koppeling.services.inloggen import who_can_log_in
from verantwoording.haken import Post
from verantwoording.models import Bericht
from verantwoording.rules import ActorSoort

ONBEKEND = "iemand die we niet kennen"
ELDERS = "iemand van een andere organisatie"


def describe(signalen: Iterable[Signaal]) -> Mapping[int, str]:
    """What each of these signalen says, in a sentence or two; all names in one query. Never a gebruikersnaam."""
    signalen = list(signalen)
    ids = {pk for signaal in signalen for pk in (*signaal.door, *signaal.over)}
    accounts = Account.objects.in_bulk(ids)
    zinnen = {}
    for signaal in signalen:
        soort = Soort(signaal.soort)
        over = [signaal.account_id] if soort is not Soort.MIDDEL_TWEE_MENSEN else signaal.over
        own = soort is Soort.MAIL_VOOR_CODE and signaal.door == signaal.over
        zin = (ZELF_GEWIJZIGD if own else ZINNEN[soort]).format(
            over=_names(over, accounts, signaal), door=_names(signaal.door, accounts, signaal), aantal=signaal.aantal
        )
        zinnen[signaal.pk] = zin[0].upper() + zin[1:]
    return zinnen


def _names(ids: Iterable[int | None], accounts: Mapping[int, Account], signaal: Signaal) -> str:
    names = list(dict.fromkeys(_name(accounts.get(pk or 0), signaal) for pk in ids))
    return " en ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or ONBEKEND


def _name(account: Account | None, signaal: Signaal) -> str:
    if account is None:
        return ONBEKEND
    if account.is_staff:
        return "een medewerker van DUO"
    return account.get_full_name() if account.organisatie_id == signaal.organisatie_id else ELDERS


def who_answered(signaal: Signaal, organisatie: Organisatie) -> str:
    """Who answered it, in words; empty while it is open. Staff have no name here."""
    match signaal.beantwoord_soort:
        case "":
            return ""
        case ActorSoort.STAF:
            return "een medewerker van DUO"
        case ActorSoort.GEZAG:
            return "het bevoegd gezag"
    account = Account.objects.of_organisatie(organisatie).filter(pk=signaal.beantwoord_id or 0).first()
    return account.get_full_name() if account else ONBEKEND


def who_may_answer(signaal: Signaal, now: datetime) -> AccountQuerySet:
    """The beheerders of the organisatie who had no part in it, and are nobody who had.

    Who is the same person by another account, as far as we can tell, has a part in it too.
    """
    beheerders = Account.objects.filter(organisatie=signaal.organisatie_id).beheerders(now)
    others = beheerders.exclude(pk__in=[*signaal.door, *signaal.over])
    had_part = _persons_of(signaal)
    free = [one.pk for one in others if not any(same_person(_person(one), known) for known in had_part)]
    return beheerders.filter(pk__in=free)


def may_answer(signaal: Signaal, account: Account, now: datetime) -> bool:
    """Whether this beheerder may see the signaal and answer it, at this moment."""
    return who_may_answer(signaal, now).filter(pk=account.pk).exists()


def gezag_may_answer(signaal: Signaal) -> bool:
    """Whether the bevoegd gezag is somebody else than whoever had a part in it, and has an address on record."""
    gezag = Persoon(signaal.organisatie.bevoegd_gezag_naam, signaal.organisatie.bevoegd_gezag_email)
    return bool(gezag.email) and not any(same_person(gezag, known) for known in _persons_of(signaal))


def find_second(signaal: Signaal, now: datetime) -> Account | None:
    """Which beheerder is asked: one who can log in, of the same domain if there is one. None: nobody can be."""
    accounts = {account.pk: account for account in who_can_log_in(who_may_answer(signaal, now), now)}
    rollen: dict[int, set[int]] = {pk: set() for pk in [*accounts, *signaal.door]}
    everything = set()
    held = BeheerderBevoegdheid.objects.filter(
        live(now), live(now, "beheerderschap__"), beheerderschap__account__in=list(rollen)
    )
    for pk, rol, alle in held.values_list("beheerderschap__account", "beheerdersrol", "beheerdersrol__alle_rollen"):
        rollen[pk].add(rol)
        if alle:
            everything.add(pk)
    kandidaten = [Kandidaat(pk, frozenset(rollen[pk]), pk in everything) for pk in accounts]
    return accounts.get(choose_second(kandidaten, frozenset().union(*(rollen[pk] for pk in signaal.door))) or 0)


def _persons_of(signaal: Signaal) -> list[Persoon]:
    return [_person(one) for one in Account.objects.filter(pk__in=[*signaal.door, *signaal.over])]


def _person(account: Account) -> Persoon:
    return Persoon(account.get_full_name(), account.email)


def render_signaal(bericht: Bericht, now: datetime) -> Post | None:
    """The mail about a new signaal, to who is its second person when it is sent. None once it was answered."""
    return _to_second(bericht, now, write_signaal_mail)


def render_herinnering(bericht: Bericht, now: datetime) -> Post | None:
    """The reminder, to who is the second person by now. None once it was answered."""
    return _to_second(bericht, now, write_signaal_herinnering_mail)


def _to_second(bericht: Bericht, now: datetime, write: Callable[..., Post | None]) -> Post | None:
    signaal = _open(bericht)
    if signaal is None:
        return None
    beheerder = find_second(signaal, now)
    if beheerder is None and not gezag_may_answer(signaal):
        return None
    return write(signaal=signaal, zin=describe([signaal])[signaal.pk], beheerder=beheerder)


def render_duo(bericht: Bericht, now: datetime) -> Post | None:
    """Tell DUO that nobody answered, or that there is nobody to ask. None once it was answered."""
    signaal = _open(bericht)
    return write_signaal_duo_mail(signaal=signaal) if signaal else None


def render_gestopt(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the bevoegd gezag that something was stopped."""
    signaal = _find(bericht)
    if signaal is None or not signaal.organisatie.bevoegd_gezag_email:
        return None
    return write_signaal_gestopt_mail(signaal=signaal, zin=describe([signaal])[signaal.pk])


def render_gestopt_duo(bericht: Bericht, now: datetime) -> Post | None:
    """Tell DUO that something was stopped."""
    signaal = _find(bericht)
    return write_signaal_gestopt_duo_mail(signaal=signaal) if signaal else None


def _find(bericht: Bericht) -> Signaal | None:
    return Signaal.objects.select_related("organisatie").filter(pk=bericht.object_id or 0).first()


def _open(bericht: Bericht) -> Signaal | None:
    signaal = _find(bericht)
    return signaal if signaal and signaal.staat == Signaal.Staat.OPEN else None

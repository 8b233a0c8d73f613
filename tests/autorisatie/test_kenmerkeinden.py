"""A kenmerk of a rol may end before the rol does (D20): decision, explanation and overzicht follow, without a job."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Account, Kenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.rules import Einde, Houdt, Inlog, Vraag, end_of_day, gives_more, wanted
from autorisatie.services import Weigering, beslis, end_autorisaties, list_taken, set_autorisatie, withdraw_autorisatie
from autorisatie.services.wijzigen import change_autorisaties, plan_autorisaties
from koppeling.rules import AMSTERDAM
from tests.factories import NOW, grant, make_account, make_beheerder, make_kenmerk, make_rol, make_taak
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

JULI = end_of_day(date(2026, 7, 31))
AUGUSTUS = end_of_day(date(2026, 8, 31))
A, B = frozenset({1}), frozenset({1, 2})
Einden = frozenset[tuple[int, datetime]]


def until(*ends: tuple[int, datetime]) -> Einden:
    return frozenset(ends)


@pytest.mark.parametrize(
    ("held", "einde", "asked", "after"),
    [
        (None, Einde.BEHOUD, until((1, JULI)), until((1, JULI))),
        (Houdt(B, None, until((2, JULI))), Einde.BEHOUD, until((1, AUGUSTUS)), until((1, AUGUSTUS), (2, JULI))),
        (Houdt(B, None, until((1, JULI), (2, JULI))), Einde.PRECIES, until((2, AUGUSTUS)), until((2, AUGUSTUS))),
        (Houdt(A, None, until((1, JULI))), Einde.LATER, until((1, AUGUSTUS)), until((1, AUGUSTUS))),
        (Houdt(A, None, until((1, AUGUSTUS))), Einde.LATER, until((1, JULI)), until((1, AUGUSTUS))),
        (Houdt(A, None, until((1, JULI))), Einde.LATER, until(), until()),
        (Houdt(A), Einde.LATER, until((1, JULI)), until()),
    ],
)
def test_the_ends_after_a_request(held: Houdt | None, einde: Einde, asked: Einden, after: Einden) -> None:
    """Giving many and copying (LATER) never take away."""
    vraag = Vraag(1, 1, erbij=A, geven=True, einde=einde, einden=asked)
    found = wanted(vraag, held, met_kenmerk=True, eigen=B)
    assert found is not None
    assert found.einden == after


def test_a_later_end_of_a_kenmerk_gives_more_and_an_earlier_one_does_not() -> None:
    """R02."""
    short, long = Houdt(A, None, until((1, JULI))), Houdt(A, None, until((1, AUGUSTUS)))
    assert all(gives_more(*pair) for pair in [(short, long), (short, Houdt(A))])
    assert not any(gives_more(*pair) for pair in [(long, short), (Houdt(A), short), (Houdt(A, JULI), Houdt(A, JULI))])


pytestmark = pytest.mark.django_db


@pytest.fixture
def beheerder() -> Account:
    return make_beheerder()


@pytest.fixture
def rol() -> Rol:
    return make_rol("ROD raadpleger")


@pytest.fixture
def kenmerken(beheerder: Account) -> list[Kenmerk]:
    assert beheerder.organisatie is not None
    return [make_kenmerk(beheerder.organisatie, waarde) for waarde in ("21AZ", "22BB")]


def give(
    beheerder: Account, account: Account, rol: Rol, kenmerken: list[Kenmerk], ends: dict[int, datetime]
) -> Autorisatie:
    return set_autorisatie(
        account=account,
        rol=rol,
        kenmerken=kenmerken,
        einden=ends,
        actor=Actor(ActorSoort.ACCOUNT, id=beheerder.pk),
        beheerder=beheerder,
        now=NOW,
    )


def log() -> list[str]:
    return [logzinnen[row.gebeurtenis](row.gegevens) for row in Logregel.objects.order_by("id")]


def test_it_opens_up_to_its_last_day_and_the_rol_stays(beheerder: Account, rol: Rol, kenmerken: list[Kenmerk]) -> None:
    account, taak = make_account(beheerder.organisatie), make_taak("Leerlingdossier", rol)
    give(beheerder, account, rol, kenmerken, {kenmerken[0].pk: JULI})
    before, midnight = JULI - timedelta(microseconds=1), datetime(2026, 8, 1, tzinfo=AMSTERDAM)
    besluit = beslis(account, taak, kenmerken[0], before)
    assert besluit.mag
    assert "De rol ROD raadpleger (tot en met 31 juli 2026) geldt voor kenmerk 21AZ." in besluit.keten
    assert not beslis(account, taak, kenmerken[0], midnight).mag
    assert beslis(account, taak, kenmerken[1], midnight).mag
    assert log()[-1] == "Bij de rol ROD raadpleger geldt nu per kenmerk: 21AZ tot en met 31 juli 2026."


def test_it_is_moved_and_taken_away_without_a_second_row(
    beheerder: Account, rol: Rol, kenmerken: list[Kenmerk]
) -> None:
    """D20, R33: of rows only the end is updated."""
    account = make_account(beheerder.organisatie)
    first = kenmerken[0].pk
    ends: list[dict[int, datetime]] = [{}, {first: JULI}, {first: AUGUSTUS}, {first: AUGUSTUS}, {}]
    for asked in ends:
        give(beheerder, account, rol, kenmerken, asked)
    assert AutorisatieKenmerk.objects.filter(tot=None).count() == AutorisatieKenmerk.objects.count() == 2
    assert [zin.partition(": ")[2] for zin in log()[1:]] == [
        "21AZ tot en met 31 juli 2026.",
        "21AZ tot en met 31 augustus 2026.",
        "21AZ zonder eigen einddatum.",
    ]


def test_an_end_that_has_passed_is_refused(beheerder: Account, rol: Rol, kenmerken: list[Kenmerk]) -> None:
    with pytest.raises(Weigering, match="die nog moet komen"):
        give(beheerder, make_account(beheerder.organisatie), rol, kenmerken, {kenmerken[0].pk: NOW})


def test_a_later_end_for_herself_takes_a_second_beheerder(
    beheerder: Account, rol: Rol, kenmerken: list[Kenmerk]
) -> None:
    """R02."""
    give(beheerder, beheerder, rol, kenmerken, {kenmerken[0].pk: JULI})
    make_beheerder(beheerder.organisatie)
    with pytest.raises(Weigering, match="uzelf geen rol"):
        give(beheerder, beheerder, rol, kenmerken, {kenmerken[0].pk: AUGUSTUS})
    give(beheerder, beheerder, rol, kenmerken, {kenmerken[0].pk: JULI - timedelta(days=1)})


@pytest.mark.parametrize("how", ["withdraw", "leave"])
def test_what_is_taken_does_not_wait_for_its_end(
    beheerder: Account, rol: Rol, kenmerken: list[Kenmerk], how: str
) -> None:
    """R20."""
    account = make_account(beheerder.organisatie)
    give(beheerder, account, rol, kenmerken, {kenmerken[0].pk: JULI})
    actor = Actor(ActorSoort.ACCOUNT, id=beheerder.pk)
    if how == "withdraw":
        assert withdraw_autorisatie(account=account, rol=rol, actor=actor, beheerder=beheerder, now=NOW)
    else:
        assert end_autorisaties(account=account, actor=actor, now=NOW) == 1
    assert set(AutorisatieKenmerk.objects.values_list("tot", flat=True)) == {NOW}


def test_after_the_end_it_can_be_given_again(beheerder: Account, rol: Rol, kenmerken: list[Kenmerk]) -> None:
    account, taak = make_account(beheerder.organisatie), make_taak("Leerlingdossier", rol)
    row = grant(account, rol, *kenmerken)
    row.kenmerken.filter(kenmerk=kenmerken[0]).update(tot=NOW)
    organisatie = beheerder.organisatie
    assert organisatie is not None
    vragen = [Vraag(account.pk, rol.pk, erbij=frozenset({kenmerken[0].pk}))]
    plan = plan_autorisaties(organisatie=organisatie, vragen=vragen, beheerder=beheerder, now=NOW)
    actor = Actor(ActorSoort.ACCOUNT, id=beheerder.pk)
    assert change_autorisaties(
        organisatie=organisatie, vragen=vragen, stand=plan.stand, actor=actor, beheerder=beheerder, now=NOW
    )[0]
    assert beslis(account, taak, kenmerken[0], NOW).mag
    assert row.kenmerken.count() == 3


def test_the_overzicht_shows_nothing_once_the_last_kenmerk_has_ended(
    beheerder: Account, rol: Rol, kenmerken: list[Kenmerk]
) -> None:
    """R21, R22."""
    account = make_account(beheerder.organisatie)
    make_taak("Leerlingdossier", rol)
    give(beheerder, account, rol, kenmerken, {kenmerk.pk: JULI for kenmerk in kenmerken})
    for now, shown in ((JULI - timedelta(seconds=1), 1), (JULI, 0)):
        taken = list_taken(account=account, inlog=Inlog(loa="urn:etoegang:core:assurance-class:loa3"), now=now)
        assert len(taken.onderwerpen) == shown

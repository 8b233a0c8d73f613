"""Many rollen of many accounts as one act (R02, R04, D20, D23)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, OrganisatieKenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.rules import Einde, Houdt, Vraag, gives_more, wanted
from autorisatie.services import Weigering, set_autorisatie
from autorisatie.services.beoordelen import Plan, Soort
from autorisatie.services.wijzigen import change_autorisaties, plan_autorisaties
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_soort,
)
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

LATER = NOW + timedelta(days=30)
K = frozenset({1, 2})


def ask(**kwargs: object) -> Vraag:
    return Vraag(1, 1, **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("vraag", "held", "after"),
    [
        (ask(erbij=K), None, Houdt(K)),
        (ask(), None, None),
        (ask(geven=True), None, Houdt(frozenset())),
        (ask(erbij=K, tot=LATER), None, Houdt(K, LATER)),
        (ask(erbij=frozenset({2})), Houdt(frozenset({1}), LATER), Houdt(K, LATER)),
        (ask(eraf=frozenset({2})), Houdt(K), Houdt(frozenset({1}))),
        (ask(eraf=K), Houdt(K), None),
        (ask(intrekken=True), Houdt(K), None),
        (ask(intrekken=True), None, None),
        (ask(erbij=K), Houdt(frozenset({1, 99})), Houdt(K)),
        (ask(erbij=frozenset({1})), Houdt(frozenset({1, 99})), Houdt(frozenset({1, 99}))),
        (ask(erbij=K, tot=LATER, einde=Einde.LATER), Houdt(K), Houdt(K)),
        (ask(erbij=K, tot=LATER, einde=Einde.LATER), Houdt(K, NOW), Houdt(K, LATER)),
        (ask(erbij=K, einde=Einde.LATER), Houdt(K, NOW), Houdt(K)),
        (ask(erbij=K, tot=NOW, einde=Einde.PRECIES), Houdt(K), Houdt(K, NOW)),
    ],
)
def test_what_an_account_will_hold(vraag: Vraag, held: Houdt | None, after: Houdt | None) -> None:
    """Kenmerk 99 is no longer the organisatie's: it goes with any change of the kenmerken."""
    assert wanted(vraag, held, met_kenmerk=True, eigen=K) == after


def test_more_is_a_kenmerk_a_longer_time_or_the_rol_itself() -> None:
    less, until = Houdt(frozenset({1})), Houdt(K, NOW)
    assert all(
        gives_more(*pair) for pair in [(None, less), (less, Houdt(K)), (until, Houdt(K)), (until, Houdt(K, LATER))]
    )
    assert not any(gives_more(*pair) for pair in [(less, None), (Houdt(K), less), (Houdt(K), until), (less, less)])


pytestmark = pytest.mark.django_db


@pytest.fixture
def beheerder() -> Account:
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    make_kenmerk(beheerder.organisatie)
    return beheerder


def make_plan(beheerder: Account, *vragen: Vraag) -> Plan:
    assert beheerder.organisatie is not None
    return plan_autorisaties(organisatie=beheerder.organisatie, vragen=vragen, beheerder=beheerder, now=NOW)


def change(beheerder: Account, *vragen: Vraag, stand: str = "") -> tuple[bool, Plan]:
    assert beheerder.organisatie is not None
    return change_autorisaties(
        organisatie=beheerder.organisatie,
        vragen=vragen,
        stand=stand or make_plan(beheerder, *vragen).stand,
        actor=Actor(ActorSoort.ACCOUNT, id=beheerder.pk),
        beheerder=beheerder,
        now=NOW,
    )


def own(beheerder: Account) -> frozenset[int]:
    owned = OrganisatieKenmerk.objects.filter(organisatie=beheerder.organisatie)
    return frozenset(owned.values_list("kenmerk", flat=True))


def give(account: Account, beheerder: Account, rol: str = "ROD raadpleger", **kwargs: object) -> Vraag:
    return Vraag(account.pk, make_rol(rol).pk, erbij=own(beheerder), geven=True, **kwargs)  # type: ignore[arg-type]


def test_one_act_gives_changes_and_withdraws_with_a_line_for_each(beheerder: Account) -> None:
    """R33, D20."""
    new, more, gone = (make_account(beheerder.organisatie) for _ in range(3))
    grant(more, make_rol("ROD raadpleger"))
    grant(gone, make_rol("ROD raadpleger"), OrganisatieKenmerk.objects.get().kenmerk)
    vragen = [
        give(new, beheerder, tot=LATER),
        give(more, beheerder, tot=LATER, einde=Einde.PRECIES),
        Vraag(gone.pk, make_rol().pk, intrekken=True),
    ]
    done, plan = change(beheerder, *vragen)
    assert done
    assert [regel.soort for regel in plan.regels] == [Soort.NIEUW, Soort.GEWIJZIGD, Soort.INGETROKKEN]
    lines = Logregel.objects.order_by("id").values_list("account_id", "gebeurtenis", "actor_id")
    assert list(lines) == [
        (new.pk, "rol_gegeven_tot", beheerder.pk),
        (more.pk, "rol_gewijzigd", beheerder.pk),
        (more.pk, "rol_einde_gewijzigd", beheerder.pk),
        (gone.pk, "rol_ingetrokken", beheerder.pk),
    ]
    assert set(Autorisatie.objects.live(NOW).values_list("account", "tot")) == {(new.pk, LATER), (more.pk, LATER)}
    assert AutorisatieKenmerk.objects.filter(tot=None).count() == 2


def test_posted_twice_it_is_done_once(beheerder: Account) -> None:
    vraag = give(make_account(beheerder.organisatie), beheerder)
    stand = make_plan(beheerder, vraag).stand
    for _ in range(2):
        done, _ = change(beheerder, vraag, stand=stand)
        assert done
    assert Autorisatie.objects.count() == Logregel.objects.count() == 1


def test_what_was_not_shown_is_not_done(beheerder: Account) -> None:
    """D23: a colleague changed something between preview and confirmation."""
    account, other = make_account(beheerder.organisatie), make_account(beheerder.organisatie)
    vragen = [give(account, beheerder), give(other, beheerder)]
    stand = make_plan(beheerder, *vragen).stand
    grant(other, make_rol("ROD raadpleger"))
    done, plan = change(beheerder, *vragen, stand=stand)
    assert not done
    assert not Autorisatie.objects.filter(account=account).exists()
    assert change(beheerder, *vragen, stand=plan.stand)[0]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("other organisatie", "hoort niet bij uw organisatie"),
        ("ended", "is beëindigd"),
        ("other soort", "bestaat niet voor deze soort"),
        ("other domain", "hoort niet bij uw beheerdersrol"),
        ("excluded", "gaat niet samen met de rol Aanvragen"),
        ("both at once", "gaat niet samen met de rol Aanvragen"),
        ("no kenmerk", "minstens één kenmerk"),
        ("foreign kenmerk", "kan niet voor deze kenmerken: 30XX"),
        ("past end", "die nog moet komen"),
        ("herself", "uzelf geen rol geven"),
    ],
)
def test_what_cannot_be_given_is_left_out_with_the_reason(beheerder: Account, case: str, sentence: str) -> None:
    """R02, R04, R22, D3: the others of the same act are given all the same."""
    account, bystander = make_account(beheerder.organisatie), make_account(beheerder.organisatie)
    vragen = [give(account, beheerder)]
    match case:
        case "other organisatie":
            vragen = [give(make_account(make_organisatie("Elders")), beheerder)]
        case "ended":
            Account.objects.filter(pk=account.pk).update(beeindigd_op=NOW)
        case "other soort":
            make_rol("Verzuim").soorten.set([make_soort("gemeenten")])
            vragen = [give(account, beheerder, "Verzuim")]
        case "other domain":
            beheerder = make_beheerder(beheerder.organisatie, make_rol("ROD raadpleger"))
            vragen = [give(account, beheerder, "RIO")]
        case "excluded" | "both at once":
            make_rol("ROD raadpleger").sluit_uit.add(make_rol("Aanvragen"))
            if case == "excluded":
                grant(account, make_rol("Aanvragen"))
            else:
                vragen.insert(0, give(account, beheerder, "Aanvragen"))
        case "no kenmerk":
            vragen = [Vraag(account.pk, make_rol().pk, geven=True)]
        case "foreign kenmerk":
            foreign = make_kenmerk(make_organisatie("Elders"), "30XX")
            vragen = [Vraag(account.pk, make_rol().pk, erbij=frozenset({foreign.pk}))]
        case "past end":
            vragen = [give(account, beheerder, tot=NOW)]
        case "herself":
            make_beheerder(beheerder.organisatie)
            vragen = [give(beheerder, beheerder)]
    done, plan = change(beheerder, *vragen, give(bystander, beheerder))
    assert done
    [refused] = plan.geweigerd
    assert sentence in refused.weigering
    assert not Autorisatie.objects.filter(account=refused.account, rol=refused.rol).exists()
    assert Autorisatie.objects.filter(account=bystander).exists()


CASES = ("other soort", "other domain", "excluded", "no kenmerk", "foreign kenmerk", "past end", "herself", "ended")


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_one_rol_and_many_are_refused_for_the_same_reason(beheerder: Account, case: str, held: bool) -> None:
    """R02, R04, R22: one engine judges both, for who has nothing yet and for who has the rol for another kenmerk."""
    organisatie = beheerder.organisatie
    assert organisatie is not None
    account, rol, tot = make_account(organisatie), make_rol("ROD raadpleger"), None
    kenmerken = [OrganisatieKenmerk.objects.get(organisatie=organisatie).kenmerk]
    match case:
        case "other soort":
            rol.soorten.set([make_soort("gemeenten")])
        case "other domain":
            beheerder = make_beheerder(organisatie, make_rol("RIO"))
        case "excluded":
            rol.sluit_uit.add(make_rol("Aanvragen"))
            grant(account, make_rol("Aanvragen"))
        case "no kenmerk":
            kenmerken = []
        case "foreign kenmerk":
            kenmerken = [make_kenmerk(make_organisatie("Elders"), "30XX")]
        case "past end":
            tot = NOW
        case "herself":
            make_beheerder(organisatie)
            account = beheerder
        case "ended":
            Account.objects.filter(pk=account.pk).update(beeindigd_op=NOW)
    if held:
        grant(account, rol, make_kenmerk(organisatie, "22BB"))
    before = set(Autorisatie.objects.values_list("pk", "tot")), AutorisatieKenmerk.objects.count()
    erbij = frozenset(kenmerk.pk for kenmerk in kenmerken)
    [many] = make_plan(
        beheerder, Vraag(account.pk, rol.pk, erbij=erbij, geven=True, tot=tot, einde=Einde.PRECIES, alleen=True)
    ).geweigerd
    with pytest.raises(Weigering) as one:
        set_autorisatie(
            account=account,
            rol=rol,
            kenmerken=kenmerken,
            actor=Actor(ActorSoort.ACCOUNT, id=beheerder.pk),
            beheerder=beheerder,
            now=NOW,
            tot=tot,
        )
    assert str(one.value) == many.weigering
    assert before == (set(Autorisatie.objects.values_list("pk", "tot")), AutorisatieKenmerk.objects.count())


def test_a_rol_that_excludes_another_can_take_its_place_in_one_act(beheerder: Account) -> None:
    account = make_account(beheerder.organisatie)
    make_rol("ROD raadpleger").sluit_uit.add(make_rol("Aanvragen"))
    grant(account, make_rol("Aanvragen"))
    _, plan = change(beheerder, give(account, beheerder), Vraag(account.pk, make_rol("Aanvragen").pk, intrekken=True))
    assert not plan.geweigerd
    assert [row.rol.naam for row in Autorisatie.objects.live(NOW)] == ["ROD raadpleger"]


def test_another_domains_beheerder_withdraws_nothing(beheerder: Account) -> None:
    """R02."""
    account = make_account(beheerder.organisatie)
    grant(account, make_rol("ROD raadpleger"))
    limited = make_beheerder(beheerder.organisatie, make_rol("RIO"))
    done, plan = change(limited, Vraag(account.pk, make_rol("ROD raadpleger").pk, intrekken=True))
    assert done
    assert "niet intrekken" in plan.geweigerd[0].weigering
    assert Autorisatie.objects.live(NOW).exists()


def test_a_sole_beheerder_who_gives_herself_something_is_told_of(beheerder: Account) -> None:
    """R02."""
    change(beheerder, give(beheerder, beheerder))
    assert set(Bericht.objects.values_list("soort", flat=True)) == {"eigen_rol_gezag", "eigen_rol_duo"}


def test_fifty_people_cost_as_many_queries_as_one(beheerder: Account) -> None:
    counts = []
    for people in (1, 50):
        rol = f"Rol {people}"
        make_rol(rol)
        accounts = [make_account(beheerder.organisatie, achternaam=rol) for _ in range(people)]
        vragen = [give(account, beheerder, rol) for account in accounts]
        stand = make_plan(beheerder, *vragen).stand
        with CaptureQueriesContext(connection) as queries:
            change(beheerder, *vragen, stand=stand)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_of_two_beheerders_at_once_one_sees_what_the_other_did() -> None:
    """D23, D20: with real threads; nobody holds a rol twice."""
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    make_kenmerk(beheerder.organisatie)
    account, rest = make_account(beheerder.organisatie), make_account(beheerder.organisatie)
    second = make_beheerder(beheerder.organisatie)
    vragen = [give(account, beheerder, tot=LATER), give(rest, beheerder)]
    stand = make_plan(beheerder, *vragen).stand
    other = [give(account, beheerder)]
    other_stand = make_plan(second, *other).stand
    results = in_parallel(
        lambda: change(beheerder, *vragen, stand=stand)[0], lambda: change(second, *other, stand=other_stand)[0]
    )
    assert sorted(results) in ([False, True], [True, True])
    assert Autorisatie.objects.live(NOW).filter(account=account).count() == 1
    assert results[0] == Autorisatie.objects.filter(account=rest).exists()

"""The continuïteitswacht (R03): a warning once per situation, again after its time; and the end of noodbeheerders."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, TijdelijkeBlokkade
from accounts.services.accounts import appoint_beheerder, end_beheerderschap
from accounts.services.blokkades import block_account
from beheer.models import Continuiteitsmelding
from beheer.rules.continuiteit import INACTIEF_NA, KOPPELEN_BINNEN, OPNIEUW_NA, Situatie
from beheer.services.continuiteit import watch_continuiteit
from beheer.tasks import run_continuiteit
from koppeling.models import Middel
from tests.factories import NOW, link, make_account, make_beheerder, make_organisatie
from tests.formulier import text_of
from verantwoording.haken import Post, berichtsoorten
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
STAF = Actor(ActorSoort.STAF, id=1, reden="Besluit.")


def open_situaties() -> set[tuple[int | None, str]]:
    return set(Continuiteitsmelding.objects.filter(voorbij_op=None).values_list("account", "situatie"))


def write(bericht: Bericht, now: datetime = NOW) -> Post | None:
    return berichtsoorten[bericht.soort].render(bericht, now)


@pytest.fixture
def pair(db: None) -> tuple[Account, Account]:
    """Two beheerders of one organisatie who log in: nothing is wrong."""
    one = make_beheerder()
    two = make_beheerder(one.organisatie)
    link(one)
    link(two)
    return one, two


def test_with_two_who_log_in_nothing_is_wrong(pair: tuple[Account, Account]) -> None:
    make_organisatie("Nog zonder beheerder")
    watch_continuiteit(now=NOW)
    assert open_situaties() == set()
    assert not Bericht.objects.exists()


def test_what_is_wrong_is_noted_with_whom_it_is_about(pair: tuple[Account, Account]) -> None:
    one, two = pair
    assert one.organisatie is not None
    gone = make_beheerder(make_organisatie("Leeg"))
    end_beheerderschap(account=gone, actor=STAF, now=NOW)
    sole = make_beheerder(make_organisatie("Alleen"))
    one.koppelingen.update(sinds=NOW - INACTIEF_NA, laatst_gebruikt=NOW - INACTIEF_NA)
    Bericht.objects.create(
        soort="aanmelding", sleutel="x", account_id=two.pk, status="geweigerd", gemaakt_op=NOW, niet_voor=NOW
    )
    watch_continuiteit(now=NOW)
    assert open_situaties() == {
        (one.pk, Situatie.INACTIEF),
        (two.pk, Situatie.ONBEREIKBAAR),
        (None, Situatie.GEEN),
        (None, Situatie.EEN),
        (sole.pk, Situatie.ONTKOPPELD),
    }
    mails = [write(bericht) for bericht in Bericht.objects.filter(soort="continuiteit_gezag")]
    assert len(mails) == 5
    assert all(post is not None and one.gebruikersnaam not in post.tekst for post in mails)
    assert Bericht.objects.filter(soort="continuiteit_duo").count() == 1


def test_a_beheerder_has_two_weeks_to_link(pair: tuple[Account, Account]) -> None:
    new = make_account(pair[0].organisatie)
    appoint_beheerder(account=new, actor=STAF, now=NOW)
    watch_continuiteit(now=NOW + KOPPELEN_BINNEN - timedelta(hours=1))
    assert open_situaties() == set()
    watch_continuiteit(now=NOW + KOPPELEN_BINNEN)
    assert open_situaties() == {(new.pk, Situatie.ONTKOPPELD)}


@pytest.mark.parametrize("how", ["blocked", "barred"])
def test_R03_a_linked_beheerder_who_is_kept_out_is_named_after_two_weeks(
    pair: tuple[Account, Account], how: str
) -> None:
    kept_out = pair[0]
    if how == "blocked":
        block_account(account=kept_out, actor=STAF, now=NOW)
    else:
        Middel.objects.filter(koppelingen__account=kept_out).update(gestolen_op=NOW)
    watch_continuiteit(now=NOW + KOPPELEN_BINNEN - timedelta(hours=1))
    assert open_situaties() == set()
    watch_continuiteit(now=NOW + KOPPELEN_BINNEN)
    assert open_situaties() == {(kept_out.pk, Situatie.GEBLOKKEERD)}
    post = write(Bericht.objects.get(soort="continuiteit_gezag"))
    assert post is not None
    assert "is geblokkeerd" in post.tekst
    TijdelijkeBlokkade.objects.update(tot=NOW + KOPPELEN_BINNEN)
    Middel.objects.update(gestolen_op=None)
    watch_continuiteit(now=NOW + KOPPELEN_BINNEN + timedelta(hours=1))
    assert open_situaties() == set()


def test_each_warning_once_and_again_after_its_time_and_anew_when_it_comes_back() -> None:
    sole = make_beheerder()
    link(sole, used=NOW)
    hours = [NOW, NOW, NOW + timedelta(hours=1), NOW + OPNIEUW_NA - timedelta(hours=1)]
    for moment in hours:
        watch_continuiteit(now=moment)
    assert Bericht.objects.filter(soort="continuiteit_gezag").count() == 1
    watch_continuiteit(now=NOW + OPNIEUW_NA)
    watch_continuiteit(now=NOW + OPNIEUW_NA + timedelta(hours=1))
    assert Bericht.objects.filter(soort="continuiteit_gezag").count() == 2
    second = make_beheerder(sole.organisatie)
    link(second, used=NOW + OPNIEUW_NA)
    watch_continuiteit(now=NOW + OPNIEUW_NA + timedelta(hours=2))
    assert open_situaties() == set()
    assert write(Bericht.objects.filter(soort="continuiteit_gezag").latest("id")) is None
    end_beheerderschap(account=second, actor=STAF, now=NOW + OPNIEUW_NA + timedelta(hours=3))
    watch_continuiteit(now=NOW + OPNIEUW_NA + timedelta(hours=4))
    assert Bericht.objects.filter(soort="continuiteit_gezag").count() == 3


def test_r34_what_is_over_is_forgotten_after_a_year(clock: Callable[[datetime], None]) -> None:
    sole = make_beheerder()
    link(sole)
    watch_continuiteit(now=NOW)
    row = Continuiteitsmelding.objects.get()
    Continuiteitsmelding.objects.update(voorbij_op=NOW)
    clock(NOW + timedelta(days=365))
    run_continuiteit()
    assert not Continuiteitsmelding.objects.filter(pk=row.pk).exists()


def test_a_noodbeheerder_and_the_bevoegd_gezag_hear_a_week_before_and_at_the_end(
    pair: tuple[Account, Account],
) -> None:
    nood = make_account(pair[0].organisatie)
    link(nood)
    end = NOW + timedelta(days=30)
    appoint_beheerder(account=nood, actor=STAF, now=NOW, tot=end)
    counts = []
    for moment in [NOW, end - timedelta(days=7), end - timedelta(days=6), end, end + timedelta(hours=1)]:
        watch_continuiteit(now=moment)
        counts.append(
            (Bericht.objects.filter(soort="nood_vooraf").count(), Bericht.objects.filter(soort="nood_einde").count())
        )
    assert counts == [(0, 0), (2, 0), (2, 0), (2, 2), (2, 2)]
    posts = [write(bericht) for bericht in Bericht.objects.filter(soort__startswith="nood_").order_by("id")]
    assert {post.aan for post in posts if post} == {"bestuur@regenboog.example", nood.email}
    assert all(post and "noodbeheerder" in post.tekst for post in posts)


def test_beheerders_and_staff_see_it(beheerder_client: Client, beheerder: Account, staf_client: Client) -> None:
    watch_continuiteit(now=NOW)
    assert "maar één beheerder" in text_of(beheerder_client.get(reverse("organisatie")))
    listed = staf_client.get(reverse("admin:beheer_continuiteitsmelding_changelist")).content.decode()
    assert "maar één beheerder" in listed
    row = Continuiteitsmelding.objects.get()
    page = reverse("admin:beheer_continuiteitsmelding_change", args=[row.pk])
    assert staf_client.get(page).status_code == 200
    assert staf_client.post(page, {}).status_code == 403

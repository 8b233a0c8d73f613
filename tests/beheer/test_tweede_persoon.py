"""R01, D3, D22: what two members of staff do at an organisatie: tried by one, twice by the same, too late, at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Organisatie
from beheer.services.gezag import (
    AlVoorgesteld,
    Veranderd,
    ask_gezag,
    decide_gezag,
    gezag_of,
    refuse_gezag_vraag,
)
from beheer.services.overgang import decide_overgang
from tests.beheer.tweede import NIEUW, NieuwGezag, Overdracht, Twee, staf_actor
from tests.factories import (
    NOW,
    make_beheerder,
    make_staf,
)
from tests.parallel import in_parallel
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, ZelfdePersoon

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[NieuwGezag, Overdracht])
def act(request: pytest.FixtureRequest, db: None) -> Twee:
    twee: Twee = request.param()
    return twee


def test_by_two_it_is_done_once(act: Twee) -> None:
    act.propose(staf_actor("eerste.duo"))
    assert not act.is_done()
    second = staf_actor("tweede.duo")
    act.decide(second)
    assert act.is_done()
    with pytest.raises(AlBesloten):
        act.decide(staf_actor("derde.duo"))


def test_by_one_it_is_not_done_whatever_she_tries(act: Twee) -> None:
    first = staf_actor("eerste.duo")
    act.propose(first)
    act.propose(first)
    for akkoord in (True, False):
        with pytest.raises(ZelfdePersoon):
            act.decide(first, akkoord=akkoord)
    assert not act.is_done()
    assert Voorstel.objects.get().staat == Voorstel.Staat.OPEN


def test_without_a_proposal_nothing_is_decided(act: Twee) -> None:
    with pytest.raises(AlBesloten):
        act.decide(staf_actor("tweede.duo"))


def test_refused_by_the_second_it_is_not_done(act: Twee) -> None:
    act.propose(staf_actor("eerste.duo"))
    act.decide(staf_actor("tweede.duo"), akkoord=False)
    assert not act.is_done()


def test_who_lost_her_right_in_between_neither_proposes_nor_decides(act: Twee) -> None:
    act.propose(staf_actor("eerste.duo"))
    second = staf_actor("tweede.duo")
    Account.objects.filter(pk=second.id or 0).update(beeindigd_op=NOW)
    beheerder = Actor(ActorSoort.ACCOUNT, id=make_beheerder(act.van).pk)
    for actor in (second, beheerder, Actor(ActorSoort.GEZAG, id=act.van.pk)):
        for step in (act.propose, act.decide):
            with pytest.raises(PermissionError):
                step(actor)
    assert not act.is_done()


def test_too_late_it_is_not_done(act: Twee) -> None:
    act.propose(staf_actor("eerste.duo"))
    with pytest.raises(AlBesloten):
        act.decide(staf_actor("tweede.duo"), now=NOW + timedelta(days=31))
    assert not act.is_done()


def test_a_second_proposal_does_not_slip_into_the_first(act: Twee) -> None:
    act.propose(staf_actor("eerste.duo"))
    with pytest.raises(AlVoorgesteld):
        act.propose(staf_actor("tweede.duo"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [NieuwGezag, Overdracht])
def test_of_two_who_decide_at_once_one_does(kind: type[Twee]) -> None:
    act = kind()
    act.propose(staf_actor("eerste.duo"))
    second, third = staf_actor("tweede.duo"), staf_actor("derde.duo")
    results = in_parallel(lambda: act.decide(second), lambda: act.decide(third, akkoord=False))
    assert sum(isinstance(result, AlBesloten) for result in results) == 1
    assert act.is_done() == (Voorstel.objects.get().staat == Voorstel.Staat.AKKOORD)


def mail(soort: str) -> Any:
    post = berichtsoorten[soort].render(Bericht.objects.get(soort=soort), NOW)
    assert post is not None
    return post


def test_r01_the_old_address_is_told_and_the_new_one_is_not_named_there() -> None:
    act = NieuwGezag()
    act.propose(staf_actor("eerste.duo"))
    assert not Bericht.objects.exists()
    act.decide(staf_actor("tweede.duo"))
    assert mail("gezag_oud").aan == "bestuur@regenboog.example"
    assert "nieuw@" not in mail("gezag_oud").tekst
    assert mail("gezag_nieuw").aan == NIEUW["email"]
    assert gezag_of(Organisatie.objects.get(pk=act.van.pk)) == NIEUW
    line = Logregel.objects.get(gebeurtenis="gezag_gewijzigd")
    assert (line.organisatie_id, line.gegevens) == (act.van.pk, {})


def test_r01_what_a_beheerder_asked_still_takes_two_members_of_staff() -> None:
    act = NieuwGezag()
    beheerder = Actor(ActorSoort.ACCOUNT, id=make_beheerder(act.van).pk)
    ask_gezag(organisatie=act.van, gezag=NIEUW, actor=beheerder, now=NOW)
    first = staf_actor("eerste.duo")
    act.propose(first)
    with pytest.raises(ZelfdePersoon):
        act.decide(first)
    act.decide(staf_actor("tweede.duo"))
    assert act.is_done()


def asked_by_a_beheerder(act: NieuwGezag) -> Account:
    beheerder = make_beheerder(act.van)
    actor = Actor(ActorSoort.ACCOUNT, id=beheerder.pk)
    ask_gezag(organisatie=act.van, gezag=NIEUW, actor=actor, now=NOW)
    return beheerder


def refusals() -> dict[int | None, Any]:
    rows = Bericht.objects.filter(soort="gezag_geweigerd")
    return {row.account_id: berichtsoorten[row.soort].render(row, NOW) for row in rows}


def test_r01_one_member_of_staff_refuses_what_a_beheerder_asked_and_she_gets_the_reason() -> None:
    act = NieuwGezag()
    beheerder = asked_by_a_beheerder(act)
    refuse_gezag_vraag(organisatie=act.van, actor=staf_actor("eerste.duo"), now=NOW)
    assert not act.is_done()
    told = refusals()
    assert told[beheerder.pk].aan == beheerder.email
    assert "De reden: Uittreksel gezien." in told[beheerder.pk].tekst
    assert told[None].aan == "bestuur@regenboog.example"
    assert "nieuw@" not in told[None].tekst
    with pytest.raises(AlBesloten):
        refuse_gezag_vraag(organisatie=act.van, actor=staf_actor("tweede.duo"), now=NOW)
    asked_by_a_beheerder(act)  # she can ask again


def test_r01_who_is_no_longer_staff_refuses_nothing_and_what_ran_out_is_not_refused() -> None:
    act = NieuwGezag()
    beheerder = asked_by_a_beheerder(act)
    gone = staf_actor("weg.duo")
    Account.objects.filter(pk=gone.id or 0).update(beeindigd_op=NOW)
    for actor in (gone, Actor(ActorSoort.ACCOUNT, id=beheerder.pk)):
        with pytest.raises(PermissionError):
            refuse_gezag_vraag(organisatie=act.van, actor=actor, now=NOW)
    with pytest.raises(AlBesloten):
        refuse_gezag_vraag(organisatie=act.van, actor=staf_actor("laat.duo"), now=NOW + timedelta(days=31))
    assert not refusals()


def test_r01_who_asked_also_hears_it_when_the_second_member_of_staff_refuses() -> None:
    act = NieuwGezag()
    beheerder = asked_by_a_beheerder(act)
    act.propose(staf_actor("eerste.duo"))
    act.decide(staf_actor("tweede.duo"), akkoord=False)
    assert set(refusals()) == {beheerder.pk, None}
    Account.objects.filter(pk=beheerder.pk).update(beeindigd_op=NOW)
    assert refusals()[beheerder.pk] is None


def test_what_staff_proposed_by_themselves_is_refused_without_a_mail() -> None:
    act = NieuwGezag()
    act.propose(staf_actor("eerste.duo"))
    act.decide(staf_actor("tweede.duo"), akkoord=False)
    assert not refusals()


def test_d23_who_decides_on_another_voorstel_than_she_was_shown_decides_nothing() -> None:
    gezag, overdracht = NieuwGezag(), Overdracht()
    gezag.propose(staf_actor("eerste.duo"))
    overdracht.propose(staf_actor("ook.duo"))
    second = staf_actor("tweede.duo")
    with pytest.raises(Veranderd):
        decide_gezag(organisatie=gezag.van, akkoord=True, stand="0", actor=second, now=NOW)
    for akkoord in (True, False):
        with pytest.raises(Veranderd):
            decide_overgang(van=overdracht.van, akkoord=akkoord, stand="0:x", actor=second, now=NOW)
    assert not gezag.is_done()
    assert not overdracht.is_done()
    assert not Voorstel.objects.exclude(staat=Voorstel.Staat.OPEN).exists()


def test_in_the_admin_the_gezag_is_proposed_and_decided(
    staf_client: Client, login_staf: Callable[[Account], Client], clock: object
) -> None:
    act = NieuwGezag()
    page = reverse("admin:accounts_organisatie_gezag", args=[act.van.pk])
    assert "M. Bestuur" in staf_client.get(page).content.decode()
    form = {**NIEUW, "toelichting": "Benoemd op 1 maart."}
    assert staf_client.post(page, form).status_code == 302
    decide = reverse("admin:accounts_organisatie_gezag_besluit", args=[act.van.pk])
    object_page = staf_client.get(reverse("admin:accounts_organisatie_change", args=[act.van.pk])).content.decode()
    assert decide in object_page
    assert page not in object_page
    shown = staf_client.get(decide).content.decode()
    assert "Dana Duo: Benoemd op 1 maart." in shown
    assert "nieuw@regenboog.example" in shown
    choice = {"keuze": "ja", "toelichting": "Gecontroleerd.", "stand": act.stand()}
    assert "zelf voorgesteld" in staf_client.post(decide, choice).content.decode()
    assert not act.is_done()
    assert login_staf(make_staf("collega.duo")).post(decide, choice).status_code == 302
    assert act.is_done()


def test_in_the_admin_a_question_of_a_beheerder_is_refused_with_a_reason(staf_client: Client, clock: object) -> None:
    act = NieuwGezag()
    page = reverse("admin:accounts_organisatie_gezag_vraag_weigeren", args=[act.van.pk])
    change = reverse("admin:accounts_organisatie_change", args=[act.van.pk])
    assert page not in staf_client.get(change).content.decode()
    assert "Er is geen vraag om te weigeren." in staf_client.get(page).content.decode()
    asked_by_a_beheerder(act)
    assert page in staf_client.get(change).content.decode()
    shown = staf_client.get(page).content.decode()
    assert "Jolanda de Vries vroeg om A. Nieuw (nieuw@regenboog.example)" in shown
    assert "Vul in waarom u dit doet." in staf_client.post(page, {"toelichting": ""}).content.decode()
    assert staf_client.post(page, {"toelichting": "Uittreksel ontbreekt."}).status_code == 302
    assert "Uittreksel ontbreekt." in refusals()[None].tekst
    assert "al besloten" in staf_client.post(page, {"toelichting": "Nog eens."}).content.decode()
    assert page not in staf_client.get(change).content.decode()

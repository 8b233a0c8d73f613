"""R26: staff move an overstap, or the day they set for it; exceptions of one organisatie; all of it in the log."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Soort
from planning.models import Overstap, Uitzondering
from planning.rules import midnight
from planning.rules.overstap import Dagen, Stand, Zet, ZetMagNiet
from planning.services.overstappen import (
    GeenReden,
    grant_uitzondering,
    move_due_overstappen,
    move_overstap,
    read_stand,
    read_standen,
    set_dagen,
    withdraw_uitzondering,
)
from tests.factories import NOW, make_organisatie, make_overstap, make_portaal, make_sector, make_staf
from tests.parallel import in_parallel
from verantwoording.models import Logregel, Taakrun
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

STAF = Actor(ActorSoort.STAF, id=1, reden="Volgens de planning")
TODAY = date(2026, 3, 2)


def days(*ahead: int) -> Dagen:
    return Dagen(*(TODAY + timedelta(days=number) for number in ahead))


def move(overstap: Overstap, *zetten: Zet, now: datetime = NOW) -> Overstap:
    for zet in zetten:
        overstap = move_overstap(overstap=overstap, zet=zet, actor=STAF, now=now)
    return overstap


def test_r26_staff_move_it_from_announced_to_done_and_each_move_is_logged() -> None:
    overstap = make_overstap(einde_token=TODAY + timedelta(days=60))
    overstap = move(overstap, Zet.AANKONDIGEN, Zet.OPENEN, Zet.AFRONDEN)
    assert (overstap.stand, overstap.ronde, overstap.afgerond_op) == (Stand.KLAAR, 1, NOW)
    lines = Logregel.objects.filter(object_soort="overstap", object_id=overstap.pk).order_by("pk")
    assert [(line.gebeurtenis, line.reden, line.actor_soort) for line in lines] == [
        ("overstap_aangekondigd", "Volgens de planning", "staf"),
        ("overstap_geopend", "Volgens de planning", "staf"),
        ("overstap_afgerond", "Volgens de planning", "staf"),
    ]


def test_r26_without_a_reason_staff_move_nothing() -> None:
    overstap = make_overstap(einde_token=TODAY + timedelta(days=60))
    nameless = Actor(ActorSoort.STAF, id=1, reden="  ")
    with pytest.raises(GeenReden):
        move_overstap(overstap=overstap, zet=Zet.AANKONDIGEN, actor=nameless, now=NOW)
    with pytest.raises(GeenReden):
        set_dagen(overstap=overstap, dagen=Dagen(), actor=nameless, now=NOW)
    with pytest.raises(GeenReden):
        grant_uitzondering(
            organisatie=make_organisatie(),
            portaal=overstap.portaal,
            tot=TODAY + timedelta(days=9),
            actor=nameless,
            now=NOW,
        )
    assert not Logregel.objects.exists()


def test_what_is_announced_must_still_come() -> None:
    for overstap in (make_overstap(), make_overstap("vo-besturen", einde_token=TODAY)):
        with pytest.raises(ZetMagNiet, match="al voorbij"):
            move(overstap, Zet.AANKONDIGEN)


def test_a_pause_says_until_when_tokens_work_and_holds_every_day_up() -> None:
    overstap = move(make_overstap(einde_token=TODAY + timedelta(days=5)), Zet.AANKONDIGEN, Zet.OPENEN)
    for einde in (None, TODAY):
        with pytest.raises(ZetMagNiet, match="die nog komt"):
            move_overstap(overstap=overstap, zet=Zet.PAUZEREN, actor=STAF, now=NOW, einde_token=einde)
    later = TODAY + timedelta(days=90)
    overstap = move_overstap(overstap=overstap, zet=Zet.PAUZEREN, actor=STAF, now=NOW, einde_token=later)
    assert (overstap.stand, overstap.einde_token) == (Stand.GEPAUZEERD, later)
    move_due_overstappen(now=NOW + timedelta(days=30))
    overstap.refresh_from_db()
    assert overstap.stand == Stand.GEPAUZEERD
    overstap = move(overstap, Zet.HERVATTEN)
    assert (overstap.stand, overstap.stand_voor_pauze) == (Stand.OPEN, "")


def test_rolled_back_tokens_work_again_and_a_new_announcement_is_a_new_round() -> None:
    organisatie = make_organisatie()
    overstap = make_overstap(einde_token=TODAY + timedelta(days=5))
    overstap = move(overstap, Zet.AANKONDIGEN, Zet.OPENEN, Zet.AFRONDEN)
    assert read_stand(organisatie_id=organisatie.pk, now=NOW).klaar
    later = TODAY + timedelta(days=90)
    overstap = move_overstap(overstap=overstap, zet=Zet.TERUGDRAAIEN, actor=STAF, now=NOW, einde_token=later)
    stand = read_stand(organisatie_id=organisatie.pk, now=NOW)
    assert (stand.klaar, stand.einde) == (False, midnight(later))
    assert move(overstap, Zet.AANKONDIGEN).ronde == 2


def test_r26_the_job_moves_on_the_day_and_makes_up_for_days_it_missed() -> None:
    overstap = make_overstap()
    set_dagen(overstap=overstap, dagen=days(1, 3, 5), actor=STAF, now=NOW)
    standen = []
    for hours in (0, 24, 48, 72, 120):
        move_due_overstappen(now=NOW + timedelta(hours=hours))
        overstap.refresh_from_db()
        standen.append(overstap.stand)
    assert standen == ["gepland", "aangekondigd", "aangekondigd", "open", "klaar"]
    late = make_overstap("vo-besturen")
    set_dagen(overstap=late, dagen=days(1, 3, 5), actor=STAF, now=NOW)
    run = move_due_overstappen(now=NOW + timedelta(days=40))
    assert run is not None
    assert (run.status, run.tellingen) == (Taakrun.Status.KLAAR, {"verzet": 3})
    late.refresh_from_db()
    assert late.stand == Stand.KLAAR
    assert late.feit.einde == midnight(TODAY + timedelta(days=5))
    assert Logregel.objects.filter(actor_naam="overstappen").count() == 6


def test_the_job_twice_in_an_hour_does_nothing_the_second_time() -> None:
    set_dagen(overstap=make_overstap(), dagen=days(1, 3, 5), actor=STAF, now=NOW)
    assert move_due_overstappen(now=NOW + timedelta(days=1)) is not None
    assert move_due_overstappen(now=NOW + timedelta(days=1)) is None


def test_days_are_checked_and_the_database_holds_their_order() -> None:
    overstap = make_overstap()
    with pytest.raises(ZetMagNiet, match="op elkaar volgen"):
        set_dagen(overstap=overstap, dagen=days(5, 3, 9), actor=STAF, now=NOW)
    with pytest.raises(IntegrityError):
        Overstap.objects.update(openen_op=TODAY, einde_token=TODAY - timedelta(days=1))


def test_r26_clearing_the_end_of_an_overstap_takes_no_tokens() -> None:
    organisatie = make_organisatie()
    overstap = move(make_overstap(einde_token=TODAY + timedelta(days=90)), Zet.AANKONDIGEN, Zet.OPENEN)
    with pytest.raises(ZetMagNiet, match="eerste dag zonder token"):
        set_dagen(overstap=overstap, dagen=Dagen(), actor=STAF, now=NOW)
    assert read_stand(organisatie_id=organisatie.pk, now=NOW).einde == midnight(TODAY + timedelta(days=90))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_it_at_once_one_is_refused() -> None:
    overstap = make_overstap(einde_token=TODAY + timedelta(days=60))

    def announce() -> Overstap:
        return move_overstap(overstap=overstap, zet=Zet.AANKONDIGEN, actor=STAF, now=NOW)

    results = in_parallel(announce, announce, announce, announce)
    assert sum(isinstance(result, ZetMagNiet) for result in results) == 3
    overstap.refresh_from_db()
    assert overstap.ronde == 1
    assert Logregel.objects.count() == 1


def test_d3_an_organisatie_of_two_soorten_follows_the_latest() -> None:
    organisatie, other = make_organisatie(), make_organisatie("Andere stichting")
    organisatie.soorten.add(Soort.objects.create(sleutel="vo-besturen", naam="Vo-besturen", sector=make_sector()))
    done = make_overstap(einde_token=TODAY + timedelta(days=5))
    move(done, Zet.AANKONDIGEN, Zet.OPENEN, Zet.AFRONDEN)
    make_overstap("vo-besturen", einde_token=TODAY + timedelta(days=50))
    standen = read_standen(organisaties=[organisatie.pk, other.pk], now=NOW)
    assert standen[organisatie.pk].einde == midnight(TODAY + timedelta(days=50))
    assert standen[other.pk].klaar


def test_r26_an_exception_gives_one_organisatie_its_tokens_until_it_ends(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    organisatie, other = make_organisatie(), make_organisatie("Andere stichting")
    overstap = make_overstap(einde_token=TODAY + timedelta(days=5))
    move(overstap, Zet.AANKONDIGEN, Zet.OPENEN, Zet.AFRONDEN)
    tot = TODAY + timedelta(days=30)
    uitzondering = grant_uitzondering(organisatie=organisatie, portaal=overstap.portaal, tot=tot, actor=STAF, now=NOW)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # a context manager
        standen = read_standen(organisaties=[organisatie.pk, other.pk], now=NOW)
    assert (standen[organisatie.pk].klaar, standen[other.pk].klaar) == (False, True)
    assert standen[organisatie.pk].einde == midnight(tot)
    assert read_stand(organisatie_id=organisatie.pk, now=midnight(tot)).klaar
    withdraw_uitzondering(uitzondering=uitzondering, actor=STAF, now=NOW)
    assert read_stand(organisatie_id=organisatie.pk, now=NOW).klaar
    with pytest.raises(ZetMagNiet, match="al ingetrokken"):
        withdraw_uitzondering(uitzondering=uitzondering, actor=STAF, now=NOW)
    lines = Logregel.objects.filter(organisatie_id=organisatie.pk).order_by("pk")
    assert [line.gebeurtenis for line in lines] == ["uitzondering_gegeven", "uitzondering_ingetrokken"]


def test_an_exception_holds_for_its_own_portaal() -> None:
    organisatie = make_organisatie()
    grant_uitzondering(
        organisatie=organisatie, portaal=make_portaal("facet"), tot=TODAY + timedelta(days=9), actor=STAF, now=NOW
    )
    assert not read_stand(organisatie_id=organisatie.pk, now=NOW).uitzondering


class TestAdmin:
    """What staff do it with."""

    @pytest.fixture(autouse=True)
    def _stopped(self, clock: Callable[[datetime], None]) -> None:
        """The clock stands still."""

    def url(self, obj: Overstap | Uitzondering, handeling: str) -> str:
        return reverse(f"admin:planning_{obj._meta.model_name}_{handeling}", args=[obj.pk])

    def test_an_overstap_is_made_given_days_and_moved(self, staf_client: Client, staf: Account) -> None:
        organisatie, portaal = make_organisatie(), make_portaal()
        soort = organisatie.soorten.get()
        staf_client.post(reverse("admin:planning_overstap_add"), {"soort": soort.pk, "portaal": portaal.pk})
        overstap = Overstap.objects.get()
        form = {"toelichting": "Afgesproken", "einde_token": "2026-06-01", "openen_op": "", "aankondigen_op": ""}
        staf_client.post(self.url(overstap, "dagen"), form)
        page = staf_client.get(self.url(overstap, "aankondigen")).content.decode()
        assert "van 1 organisatie krijgen" in page
        staf_client.post(self.url(overstap, "aankondigen"), {"toelichting": "Afgesproken"})
        overstap.refresh_from_db()
        assert (overstap.stand, overstap.einde_token) == ("aangekondigd", date(2026, 6, 1))
        assert Logregel.objects.get(gebeurtenis="overstap_aangekondigd").actor_id == staf.pk
        page = staf_client.get(reverse("admin:planning_overstap_change", args=[overstap.pk])).content.decode()
        assert "Openen" in page
        assert "Aankondigen</a>" not in page

    @pytest.mark.parametrize(
        ("handeling", "form", "sentence"),
        [
            ("openen", {"toelichting": "Nu"}, "Openen kan nu niet."),
            ("aankondigen", {"toelichting": " "}, "Vul in waarom u dit doet."),
            ("aankondigen", {"toelichting": "Nu"}, "al voorbij"),
            ("pauzeren", {"toelichting": "Nu"}, "Kies tot welke dag tokens werken."),
            ("dagen", {"toelichting": "Nu", "einde_token": "2026-03-02"}, "Kies dagen die nog komen."),
            ("dagen", {"toelichting": "Nu", "einde_token": "morgen"}, "geldige datum"),
        ],
    )
    def test_what_cannot_be_is_said_at_the_form(
        self, staf_client: Client, handeling: str, form: dict[str, str], sentence: str
    ) -> None:
        overstap = make_overstap()
        page = staf_client.post(self.url(overstap, handeling), form)
        assert page.status_code == 200
        assert sentence in page.content.decode()
        assert Overstap.objects.get().stand == "gepland"

    def test_an_exception_is_given_and_withdrawn(self, staf_client: Client) -> None:
        organisatie, portaal = make_organisatie(), make_portaal()
        form = {"organisatie": organisatie.pk, "portaal": portaal.pk, "tot": "2026-05-01", "reden": "Fusie loopt"}
        add = reverse("admin:planning_uitzondering_add")
        assert "hoogstens een jaar" in staf_client.post(add, form | {"tot": "2028-01-01"}).content.decode()
        staf_client.post(add, form)
        uitzondering = Uitzondering.objects.get()
        assert (uitzondering.reden, uitzondering.tot) == ("Fusie loopt", date(2026, 5, 1))
        staf_client.post(self.url(uitzondering, "intrekken"), {"toelichting": "Fusie is klaar"})
        uitzondering.refresh_from_db()
        assert uitzondering.ingetrokken_op == NOW
        assert (
            "al ingetrokken"
            in staf_client.post(self.url(uitzondering, "intrekken"), {"toelichting": "Nog eens"}).content.decode()
        )

    def test_looking_is_not_moving(self, login_staf: Callable[[Account], Client]) -> None:
        kijker = make_staf("kijker.duo", superuser=False)
        kijker.user_permissions.add(Permission.objects.get(codename="view_overstap"))
        client, overstap = login_staf(kijker), make_overstap(einde_token=date(2026, 6, 1))
        assert client.get(reverse("admin:planning_overstap_change", args=[overstap.pk])).status_code == 200
        assert client.post(self.url(overstap, "aankondigen"), {"toelichting": "Nu"}).status_code == 403
        assert client.post(reverse("admin:planning_overstap_delete", args=[overstap.pk])).status_code == 403
        assert Overstap.objects.get().stand == "gepland"

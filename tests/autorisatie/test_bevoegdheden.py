"""Which rollen a beheerder may hand out, and for which kenmerken (R02, D3)."""

from datetime import timedelta

import pytest

from accounts.models import Beheerderschap
from autorisatie.models import BeheerderBevoegdheid, Beheerdersrol
from autorisatie.services import (
    Weigering,
    kenmerken_for,
    rollen_to_hand_out,
    set_bevoegdheden,
)
from tests.autorisatie.geven import STAF, log
from tests.factories import (
    NOW,
    make_account,
    make_beheerder,
    make_beheerdersrol,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_soort,
)


class TestWhatABeheerderMayHandOut:
    """R02."""

    pytestmark = pytest.mark.django_db

    def test_a_beheerder_without_limit_hands_out_every_rol_of_her_soort(self) -> None:
        beheerder = make_beheerder()
        make_rol("ROD"), make_rol("RIO")
        make_rol("Verzuim").soorten.set([make_soort("gemeenten")])
        assert [rol.naam for rol in rollen_to_hand_out(beheerder=beheerder, now=NOW)] == ["RIO", "ROD"]

    def test_what_comes_with_her_beheerdersrol_counts_too(self) -> None:
        """docs/catalogus.md: in primair onderwijs the beheerdersrollen for RIO come with Beheerder PO."""
        beheerder = make_beheerder(None, make_rol("ROD"))
        Beheerdersrol.objects.get().omvat.add(make_beheerdersrol(make_rol("RIO")))
        make_rol("Facet")
        assert [rol.naam for rol in rollen_to_hand_out(beheerder=beheerder, now=NOW)] == ["RIO", "ROD"]

    @pytest.mark.parametrize("model", [Beheerderschap, BeheerderBevoegdheid])
    def test_nothing_once_it_ended(self, model: type[Beheerderschap | BeheerderBevoegdheid]) -> None:
        beheerder = make_beheerder()
        make_rol()
        model._default_manager.update(tot=NOW)
        assert not rollen_to_hand_out(beheerder=beheerder, now=NOW).exists()
        assert rollen_to_hand_out(beheerder=beheerder, now=NOW - timedelta(seconds=1)).exists()

    def test_nothing_for_an_account_that_has_ended(self) -> None:
        beheerder = make_beheerder(beeindigd_op=NOW)
        make_rol()
        assert not rollen_to_hand_out(beheerder=beheerder, now=NOW).exists()

    def test_kenmerken_to_choose_are_of_the_rols_kinds_and_her_own_now(self) -> None:
        organisatie = make_organisatie()
        mine = make_kenmerk(organisatie)
        make_kenmerk(organisatie, "0014", "gemeentecode")
        make_kenmerk(make_organisatie("Een ander bestuur"), "30XX")
        assert list(kenmerken_for(rol=make_rol(), organisatie=organisatie, now=NOW)) == [mine]
        assert not kenmerken_for(rol=make_rol("Zonder", ()), organisatie=organisatie, now=NOW).exists()

    def test_staff_decide_which_beheerdersrollen_she_holds(self) -> None:
        beheerder = make_beheerder()
        rio = make_beheerdersrol(make_rol("RIO"))
        rio.soorten.add(make_soort())
        for _ in range(2):  # the second time nothing changes
            set_bevoegdheden(account=beheerder, beheerdersrollen=[rio], actor=STAF, now=NOW)
        make_rol("ROD")
        assert [rol.naam for rol in rollen_to_hand_out(beheerder=beheerder, now=NOW)] == ["RIO"]
        assert BeheerderBevoegdheid.objects.filter(tot=NOW).count() == 1
        assert log() == ["Mag als beheerder rollen geven van: Beheerder RIO Algemeen."]

    def test_a_beheerdersrol_of_another_soort_is_refused_and_so_is_who_is_no_beheerder(self) -> None:
        rio = make_beheerdersrol(make_rol("RIO"))
        rio.soorten.add(make_soort("gemeenten"))
        with pytest.raises(Weigering, match="voor de soort organisatie"):
            set_bevoegdheden(account=make_beheerder(), beheerdersrollen=[rio], actor=STAF, now=NOW)
        with pytest.raises(Weigering, match="geen beheerder"):
            set_bevoegdheden(account=make_account(), beheerdersrollen=[], actor=STAF, now=NOW)

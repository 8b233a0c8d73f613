"""A beheerder with a colleague asks her for a rol for herself (R02, D22)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from autorisatie.emails.eigen_rol import write_eigen_rol_voorstel_mail
from autorisatie.rules import end_of_day
from autorisatie.services import Weigering
from autorisatie.services.voorleggen import decide_eigen_rollen
from tests.beheer.test_matrix import BEKIJK, box, matrix
from tests.beheer.test_rollen import held
from tests.factories import NOW, make_account, make_beheerder, make_kenmerk, make_organisatie, make_rol, propose_rol
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel, Voorstel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


@pytest.fixture
def kenmerk(beheerder: Account) -> Kenmerk:
    make_rol("ROD raadpleger")
    return OrganisatieKenmerk.objects.get(organisatie=beheerder.organisatie).kenmerk


@pytest.fixture
def collega(beheerder: Account) -> Account:
    return make_beheerder(beheerder.organisatie, voornaam="Sema", tussenvoegsel="", achternaam="Yilmaz")


def page_of(voorstel: Voorstel) -> str:
    return reverse("rolvoorstel", kwargs={"pk": voorstel.pk})


def lay_before(client: Client, beheerder: Account, kenmerk: Kenmerk) -> Voorstel:
    """Tick a box for oneself, and put it before a colleague, twice: it is one voorstel."""
    preview = submit(client, matrix(beheerder), BEKIJK, vak=[box(beheerder, "ROD raadpleger", kenmerk)])
    assert "U kunt uzelf geen rol geven" in text_of(preview)
    for _ in range(2):
        response = submit(client, preview, "Leg dit voor", voorleggen="1")
        assert response.headers["Location"] == reverse("rolvoorstellen")
    return Voorstel.objects.get()


class TestAsking:
    def test_the_page_of_one_rol_leads_there_too(
        self, beheerder_client: Client, beheerder: Account, collega: Account, kenmerk: Kenmerk
    ) -> None:
        own = beheerder_client.get(reverse("gebruiker_rollen", kwargs={"pk": beheerder.pk}))
        assert "Kies hieronder wat u nodig hebt" in text_of(own)
        page = reverse("gebruiker_rol", kwargs={"pk": beheerder.pk, "sleutel": "rod-raadpleger"})
        assert f'href="{page}"' in own.content.decode()
        chosen = {"kenmerken": [str(kenmerk.pk)], "tot": "2027-07-31", "juiste_persoon": "on"}
        refused = submit(beheerder_client, page, "Rol geven", **chosen)
        assert "U kunt uzelf geen rol geven" in text_of(refused)
        response = submit(beheerder_client, refused, "Leg dit voor", voorleggen="1", **chosen)
        assert response.headers["Location"] == reverse("rolvoorstellen")
        [vraag] = Voorstel.objects.get().gegevens["vragen"]
        assert (vraag["erbij"], vraag["tot"]) == ([kenmerk.pk], end_of_day(date(2027, 7, 31)).isoformat())
        assert held(beheerder) == {}

    def test_a_colleague_sees_it_and_agrees(
        self,
        beheerder_client: Client,
        login: Callable[[Account], Client],
        beheerder: Account,
        collega: Account,
        kenmerk: Kenmerk,
    ) -> None:
        voorstel = lay_before(beheerder_client, beheerder, kenmerk)
        assert held(beheerder) == {}
        mail = write_eigen_rol_voorstel_mail(Bericht.objects.get(), NOW)
        assert mail is not None
        assert mail.aan == collega.email
        assert "Jolanda de Vries vraagt een rol voor zichzelf" in mail.tekst
        assert beheerder.gebruikersnaam not in mail.tekst
        client = login(collega)
        assert "Jolanda de Vries: ROD raadpleger (21AZ)" in text_of(client.get(reverse("rolvoorstellen")))
        page = client.get(page_of(voorstel))
        assert "ROD raadpleger, voor 21AZ" in text_of(page)
        submit(client, page, "Besluit vastleggen", besluit="akkoord")
        assert held(beheerder) == {"ROD raadpleger": ["21AZ"]}
        assert write_eigen_rol_voorstel_mail(Bericht.objects.get(), NOW) is None  # decided; nobody else need be told
        lines = Logregel.objects.order_by("id").values_list("gebeurtenis", "actor_id")
        assert list(lines) == [
            ("eigen_rol_voorgesteld", beheerder.pk),
            ("eigen_rol_akkoord", collega.pk),
            ("rol_gegeven", collega.pk),
        ]

    def test_refusing_takes_a_reason_and_gives_nothing(
        self, clock: object, login: Callable[[Account], Client], beheerder: Account, collega: Account, kenmerk: Kenmerk
    ) -> None:
        voorstel = propose_rol(beheerder, make_rol("ROD raadpleger"), kenmerk)
        client = login(collega)
        response = submit(client, page_of(voorstel), "Besluit vastleggen", besluit="afwijzen")
        assert "Vul in waarom u het afwijst" in text_of(response)
        submit(client, page_of(voorstel), "Besluit vastleggen", besluit="afwijzen", reden="Niet nodig")
        voorstel.refresh_from_db()
        assert (voorstel.staat, voorstel.besluiter_reden) == ("afgewezen", "Niet nodig")
        assert held(beheerder) == {}

    def test_she_can_take_it_back_and_never_agree_herself(
        self, beheerder_client: Client, beheerder: Account, collega: Account, kenmerk: Kenmerk
    ) -> None:
        voorstel = propose_rol(beheerder, make_rol("ROD raadpleger"), kenmerk)
        page = beheerder_client.get(page_of(voorstel))
        submit(beheerder_client, page, "Voorstel intrekken", besluit="akkoord")
        assert held(beheerder) == {}
        submit(beheerder_client, page, "Voorstel intrekken")
        voorstel.refresh_from_db()
        assert voorstel.staat == "ingetrokken"

    def test_a_sole_beheerder_is_not_asked_to_wait(
        self, beheerder_client: Client, beheerder: Account, kenmerk: Kenmerk
    ) -> None:
        preview = submit(beheerder_client, matrix(beheerder), BEKIJK, vak=[box(beheerder, "ROD raadpleger", kenmerk)])
        assert "Leg dit voor" not in text_of(preview)

    @pytest.mark.parametrize("who", ["herself", "other domain", "elsewhere", "gebruiker"])
    def test_who_may_not_decide(self, beheerder: Account, kenmerk: Kenmerk, who: str) -> None:
        """R02, D22: not herself, nobody without the beheerdersrol, nobody of another organisatie."""
        voorstel = propose_rol(beheerder, make_rol("ROD raadpleger"), kenmerk)
        decider = {
            "herself": lambda: beheerder,
            "other domain": lambda: make_beheerder(beheerder.organisatie, make_rol("RIO inzien")),
            "elsewhere": lambda: make_beheerder(make_organisatie("Elders")),
            "gebruiker": lambda: make_account(beheerder.organisatie),
        }[who]()
        for akkoord in (True, False):
            with pytest.raises(ValueError, match=r"voor|beslissen"):
                decide_eigen_rollen(
                    voorstel=voorstel,
                    akkoord=akkoord,
                    actor=Actor(ActorSoort.ACCOUNT, id=decider.pk),
                    beheerder=decider,
                    now=NOW,
                )
        voorstel.refresh_from_db()
        assert voorstel.staat == "open"
        assert held(beheerder) == {}

    def test_what_can_no_longer_be_given_leaves_it_open(
        self, beheerder: Account, collega: Account, kenmerk: Kenmerk
    ) -> None:
        voorstel = propose_rol(beheerder, make_rol("ROD raadpleger"), kenmerk)
        OrganisatieKenmerk.objects.update(tot=NOW)
        with pytest.raises(Weigering, match="21AZ"):
            decide_eigen_rollen(
                voorstel=voorstel,
                akkoord=True,
                actor=Actor(ActorSoort.ACCOUNT, id=collega.pk),
                beheerder=collega,
                now=NOW,
            )
        voorstel.refresh_from_db()
        assert voorstel.staat == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_colleagues_who_decide_at_once_one_decides() -> None:
    """D22, with real threads."""
    beheerder = make_beheerder()
    kenmerk = make_kenmerk_of(beheerder)
    voorstel = propose_rol(beheerder, make_rol("ROD raadpleger"), kenmerk)
    colleagues = [make_beheerder(beheerder.organisatie) for _ in range(2)]

    def decide(collega: Account, *, akkoord: bool) -> None:
        decide_eigen_rollen(
            voorstel=voorstel,
            akkoord=akkoord,
            actor=Actor(ActorSoort.ACCOUNT, id=collega.pk),
            beheerder=collega,
            now=NOW,
        )

    results = in_parallel(lambda: decide(colleagues[0], akkoord=True), lambda: decide(colleagues[1], akkoord=False))
    assert sorted(result is None for result in results) == [False, True]
    assert bool(held(beheerder)) == (results[0] is None)


def make_kenmerk_of(beheerder: Account) -> Kenmerk:
    assert beheerder.organisatie is not None
    return make_kenmerk(beheerder.organisatie)

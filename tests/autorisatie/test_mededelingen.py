"""R21: mededelingen by sector, soort, rol and organisatie, urgent ones, read receipts, and the line on maintenance."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Organisatie, Sector
from autorisatie.models import Mededeling, MededelingGelezen, Onderhoud
from autorisatie.services.mededelingen import forget_gelezen, forget_onderhoud, mededelingen_for, record_gelezen
from tests.factories import NOW, grant, make_account, make_organisatie, make_rol, make_sector, make_soort
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[datetime], None]) -> None:
    """The clock stands still."""


def make_mededeling(titel: str = "Let op", **kwargs: Any) -> Mededeling:
    return Mededeling.objects.create(**{"titel": titel, "tekst": "Tekst.", "van": NOW - timedelta(days=1)} | kwargs)


def organisatie_of(account: Account) -> Organisatie:
    assert account.organisatie is not None
    return account.organisatie


def seen_by(account: Account) -> list[str]:
    mine = mededelingen_for(account=account, organisatie=organisatie_of(account), now=NOW)
    return [mededeling.titel for mededeling in mine]


def test_r21_each_restriction_must_fit_the_reader() -> None:
    account, other = make_account(make_organisatie()), make_account(make_organisatie("Andere stichting"))
    rol = make_rol()
    grant(account, rol)
    grant(other, make_rol("Andere rol"))
    sector = Sector.objects.create(sleutel="mbo", naam="Mbo")
    for titel, veld, value in (
        ("eigen sector", "sectoren", make_sector()),
        ("andere sector", "sectoren", sector),
        ("eigen soort", "soorten", make_soort()),
        ("andere soort", "soorten", make_soort("vo-scholen")),
        ("eigen organisatie", "organisaties", organisatie_of(account)),
        ("eigen rol", "rollen", rol),
    ):
        getattr(make_mededeling(titel), veld).add(value)
    both = make_mededeling("eigen rol, andere organisatie")
    both.rollen.add(rol)
    both.organisaties.add(organisatie_of(other))
    assert set(seen_by(account)) == {"eigen sector", "eigen soort", "eigen organisatie", "eigen rol"}
    assert set(seen_by(other)) == {"eigen sector", "eigen soort"}


def test_r21_a_rol_that_ended_shows_nothing_more() -> None:
    account, rol = make_account(), make_rol()
    autorisatie = grant(account, rol)
    make_mededeling().rollen.add(rol)
    assert seen_by(account) == ["Let op"]
    autorisatie.tot = NOW
    autorisatie.save()
    assert seen_by(account) == []


def test_what_was_planned_goes_on_when_a_migration_adds_a_column() -> None:
    account = make_account()
    make_mededeling()
    assert seen_by(account) == ["Let op"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE autorisatie_mededeling ADD COLUMN nieuw text")
    assert seen_by(account) == ["Let op"]


def test_r21_urgent_ones_come_first_and_say_so(login: Login) -> None:
    make_mededeling("Gewoon", van=NOW)
    make_mededeling("Brand", urgent=True)
    account = make_account()
    assert seen_by(account) == ["Brand", "Gewoon"]
    page = " ".join(login(account).get("/overzicht/").content.decode().split())
    assert "Dringend: Brand" in page
    assert "Dringend: Gewoon" not in page


def test_r21_a_reader_says_once_that_she_read_it(login: Login) -> None:
    account = make_account()
    mededeling = make_mededeling(leesbevestiging=True)
    client = login(account)
    url = reverse("mededeling_gelezen", args=[mededeling.pk])
    assert url in client.get("/overzicht/").content.decode()
    for _ in range(2):
        assert client.post(url, {"_account": account.pk}).status_code == 302
    assert [(row.account, row.op) for row in MededelingGelezen.objects.all()] == [(account, NOW)]
    page = client.get("/overzicht/").content.decode()
    assert url not in page
    assert "U hebt aangegeven dat u dit hebt gelezen." in page


@pytest.mark.parametrize("how", ["not asked for", "over", "for others"])
def test_r21_what_is_not_hers_to_confirm_is_a_404(login: Login, how: str) -> None:
    mededeling = make_mededeling(leesbevestiging=how != "not asked for", tot=NOW if how == "over" else None)
    if how == "for others":
        mededeling.organisaties.add(make_organisatie("Andere stichting"))
    account = make_account()
    url = reverse("mededeling_gelezen", args=[mededeling.pk])
    assert login(account).post(url, {"_account": account.pk}).status_code == 404
    assert not MededelingGelezen.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_r21_confirmed_in_several_tabs_at_once_it_counts_once() -> None:
    account, mededeling = make_account(), make_mededeling(leesbevestiging=True)

    def confirm() -> bool:
        return record_gelezen(
            account=account, organisatie=organisatie_of(account), mededeling_id=mededeling.pk, now=NOW
        )

    assert in_parallel(*[confirm] * 4) == [True] * 4
    assert MededelingGelezen.objects.count() == 1


def test_staff_see_how_many_and_who_read_it(staf_client: Client) -> None:
    account = make_account()
    mededeling = make_mededeling(leesbevestiging=True)
    record_gelezen(account=account, organisatie=organisatie_of(account), mededeling_id=mededeling.pk, now=NOW)
    page = staf_client.get(reverse("admin:autorisatie_mededeling_changelist")).content.decode()
    assert '<td class="field-gelezen">1</td>' in page
    page = staf_client.get(reverse("admin:autorisatie_mededeling_change", args=[mededeling.pk])).content.decode()
    assert account.get_full_name() in page
    assert account.gebruikersnaam not in page


def test_staff_write_one_for_organisaties_that_they_look_up_not_tick_among_all(staf_client: Client) -> None:
    chosen, other = make_organisatie("De Berk"), make_organisatie("De Linde")
    url = reverse("admin:autorisatie_mededeling_add")
    page = staf_client.get(url).content.decode()
    assert chosen.naam not in page
    assert reverse("admin:accounts_organisatie_changelist") in page
    values = {"titel": "Onderhoud", "tekst": "Zaterdag.", "van": "2026-03-01T08:00", "organisaties": str(chosen.pk)}
    assert staf_client.post(url, values).status_code == 302
    readers = [make_account(chosen), make_account(other)]
    seen = [mededelingen_for(account=one, organisatie=organisatie_of(one), now=NOW) for one in readers]
    assert [len(found) for found in seen] == [1, 0]


def test_r34_read_receipts_are_forgotten_after_a_year() -> None:
    mededeling = make_mededeling(leesbevestiging=True)
    for days in (364, 365):
        MededelingGelezen.objects.create(mededeling=mededeling, account=make_account(), op=NOW - timedelta(days=days))
    run = forget_gelezen(now=NOW)
    assert run is not None
    assert run.tellingen == {"leesbevestigingen": 1}
    assert MededelingGelezen.objects.count() == 1
    assert forget_gelezen(now=NOW) is None


class TestOnderhoud:
    def see(self, client: Client, path: str = "/inloggen/") -> bool:
        forget_onderhoud()
        return "Zaterdag is er onderhoud." in client.get(path).content.decode()

    def test_it_stands_above_every_page_from_then_to_then(
        self, client: Client, login: Login, clock: Callable[[datetime], None]
    ) -> None:
        assert not self.see(client)
        Onderhoud.objects.create(
            tekst="Zaterdag is er onderhoud.", van=NOW + timedelta(hours=1), tot=NOW + timedelta(hours=2)
        )
        assert not self.see(client)
        clock(NOW + timedelta(hours=1))
        assert self.see(client)
        assert self.see(client, "/portalen/")
        assert self.see(login(make_account()), "/overzicht/")
        clock(NOW + timedelta(hours=2))
        assert not self.see(client)

    def test_staff_write_it_and_it_is_text_never_markup(self, staf_client: Client, client: Client) -> None:
        form = {"tekst": "<b>Onderhoud</b>", "van": "2026-03-01T00:00", "tot": "2026-04-01T00:00"}
        staf_client.post(reverse("admin:autorisatie_onderhoud_add"), form)
        assert "&lt;b&gt;Onderhoud&lt;/b&gt;" in client.get("/inloggen/").content.decode()

    def test_a_page_does_not_ask_for_it_again_within_seconds(
        self, client: Client, django_assert_num_queries: Callable[[int], object]
    ) -> None:
        client.get("/portalen/")
        with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager
            client.get("/portalen/")

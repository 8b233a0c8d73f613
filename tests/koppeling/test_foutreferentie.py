"""R16, D13: a refusal names a short reference, the same in page, log line and table; nobody fills the disk."""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from koppeling.services.weigeringen import OORZAKEN
from tests.factories import KVK, link, make_account, make_middel, make_tekst
from tests.formulier import Pagina, text_of
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Foutreferentie
from verantwoording.rules import FOUTREFERENTIES_PER_MINUUT, TEKENS, make_foutreferentie, normalise_foutreferentie
from verantwoording.services import record_foutreferentie

pytestmark = pytest.mark.django_db
REFERENTIE = re.compile(rf"\b[{TEKENS}]{{4}}-[{TEKENS}]{{4}}\b")
ONBEKEND = Foutreferentie.Bron.ONBEKEND


def row_behind(page: Pagina) -> Foutreferentie:
    """What is kept behind the one reference on this page."""
    (referentie,) = REFERENTIE.findall(text_of(page))
    return Foutreferentie.objects.get(referentie=referentie)


def test_R16_a_refusal_names_who_can_solve_it_and_the_reference_that_stands_in_the_log_too(
    makelaar: Makelaar, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "mijnduo.eherkenning"):
        page = makelaar(loa="loa2plus")

    row = row_behind(page)
    assert "opgelost door uw machtigingenbeheerder of de leverancier van uw middel" in text_of(page)
    assert (row.oorzaak, row.bron, row.kvk_nummer) == ("niveau_te_laag", "makelaar", KVK)
    assert row.gegevens == {"check": "level", "codes": [], "niveau": "EH2+", "nodig": "EH3"}
    (line,) = [record.getMessage() for record in caplog.records if record.name == "mijnduo.eherkenning"]
    assert line.endswith(f"signed=True referentie={row.referentie}")


def test_D13_before_a_valid_signature_nothing_that_was_sent_is_kept(makelaar: Makelaar) -> None:
    row = row_behind(makelaar(sign_response=False))

    assert (row.oorzaak, row.bron, row.kvk_nummer) == ("ongeldig", ONBEKEND, "")
    assert set(row.gegevens) == {"check", "codes", "niveau", "nodig"}
    assert (row.gegevens["codes"], row.gegevens["niveau"]) == ([], "")


def test_R16_a_middel_that_was_barred_is_known_by_its_kvk_and_never_by_its_pseudonym(makelaar: Makelaar) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM, gestolen_op=datetime.fromisoformat("2026-03-01T09:00Z")))

    row = row_behind(makelaar())

    assert (row.oorzaak, row.bron, row.kvk_nummer) == ("middel_geblokkeerd", "middel", KVK)
    assert PSEUDONIEM not in str(vars(row))


def test_R16_a_koppeling_without_machtiging_is_known_by_account_and_organisatie(makelaar: Makelaar) -> None:
    koppeling = link(make_account(), make_middel("90009999", PSEUDONIEM))

    row = row_behind(makelaar(kvk="90009999"))

    assert row.oorzaak == "machtiging_gestopt"
    assert (row.account_id, row.organisatie_id) == (koppeling.account_id, koppeling.organisatie_id)


@pytest.mark.django_db(transaction=True)
def test_R10_the_block_names_a_reference_too(makelaar: Makelaar, client: Client) -> None:
    make_account()
    make_tekst("privacy")
    make_tekst("voorwaarden")
    makelaar()
    walk_to_step_5(client)
    for _ in range(5):
        page = koppel(client, "MDAAAAAAAA", "AAAAA-AAAAA")

    assert page.status_code == 429
    assert row_behind(page).oorzaak == "koppelen_geblokkeerd"
    assert "opgelost door uzelf, na 15 minuten wachten" in text_of(page)

    kept = Foutreferentie.objects.count()
    again = koppel(client, "MDAAAAAAAA", "AAAAA-AAAAA")
    assert again.status_code == 429
    assert "opgelost door uzelf, na 15 minuten wachten" in text_of(again)
    assert Foutreferentie.objects.count() == kept  # D13: who tries on while it lasts makes us write nothing


@pytest.mark.parametrize(
    ("address", "oorzaak", "check"),
    [("eherkenning_afronden", "verlopen", "handle"), ("koppelen", "verlopen", "koppelproces")],
)
def test_R16_a_try_that_is_not_known_has_a_reference(client: Client, address: str, oorzaak: str, check: str) -> None:
    row = row_behind(client.get(reverse(address)))

    assert (row.oorzaak, row.gegevens["check"], row.bron) == (oorzaak, check, ONBEKEND)


def test_D13_a_body_that_is_too_large_has_a_reference(client: Client) -> None:
    page = client.post(reverse("eherkenning_acs"), {"SAMLResponse": "A" * 1024 * 1024})

    assert row_behind(page).oorzaak == "te_groot"


def test_D13_a_flood_leaves_sixty_rows_a_minute_and_leaves_room_for_who_has_a_signature(
    client: Client, makelaar: Makelaar, clock: Callable[[datetime], None], now: datetime
) -> None:
    for _ in range(FOUTREFERENTIES_PER_MINUUT + 5):
        page = client.post(reverse("eherkenning_acs"), {"SAMLResponse": "onzin"})
    assert REFERENTIE.search(text_of(page))
    assert Foutreferentie.objects.count() == FOUTREFERENTIES_PER_MINUUT

    row_behind(makelaar.cancel())
    clock(now + timedelta(minutes=1))
    row_behind(client.post(reverse("eherkenning_acs"), {"SAMLResponse": "onzin"}))


def test_every_page_of_a_refusal_has_its_cause_and_every_cause_its_page() -> None:
    from django.template.loader import get_template

    from koppeling.views.weigering import TEMPLATES

    for naam in OORZAKEN:
        get_template(TEMPLATES.get(naam, f"koppeling/geweigerd/{naam}.html"))


def test_a_reference_is_read_back_whatever_case_spaces_and_dashes_somebody_types() -> None:
    assert make_foutreferentie(lambda _: 0) == "AAAA-AAAA"
    for typed in ("F7K2-9MQX", "f7k29mqx", " f7k2 9mqx ", "F7K2–9MQX"):
        assert normalise_foutreferentie(typed) == "F7K2-9MQX"
    for typed in ("", "F7K2", "F7K2-9MQ0", "F7K2-9MQXX", "\x00" * 8):
        assert normalise_foutreferentie(typed) == ""


def test_two_refusals_never_share_a_reference(now: datetime) -> None:
    made = {record_foutreferentie(oorzaak="ongeldig", bron=ONBEKEND, now=now) for _ in range(50)}

    assert len(made) == Foutreferentie.objects.count() == 50

"""Nobody is surprised by the end of a certificate: mail, health and admin say it 60, 30 and 7 days before."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from koppeling.models import HMMetadata
from koppeling.rules import certificate_step
from koppeling.services import eherkenning
from koppeling.services.certificaten import certificaten, render_certificaat, warn_of_certificates
from koppeling.services.metadata import refresh_metadata
from koppeling.tasks import run_metadata
from tests.factories import NOW
from tests.hm import ENTITY_ID, hm_metadata
from tests.koppeling.sleutelpaar import make_pair
from tests.mijnduo.test_health import NOTHING_WRONG
from verantwoording.models import Bericht

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EINDE = NOW + 100 * DAY


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    eherkenning._bewaard.clear()
    yield
    eherkenning._bewaard.clear()


@pytest.fixture
def ours(settings: Settings, tmp_path: Path) -> Settings:
    """Our certificate ends in a hundred days; nobody else's does soon."""
    settings.EHERKENNING_SP_KEY, settings.EHERKENNING_SP_CERT = make_pair(tmp_path, "sp", EINDE)
    settings.ADMINS = [("Beheer", "storingen@mijnduo.example")]
    return settings


def stappen() -> list[tuple[str, str]]:
    return [
        (sleutel.split(":")[2], sleutel.split(":")[3]) for sleutel in Bericht.objects.values_list("sleutel", flat=True)
    ]


@pytest.mark.parametrize(
    ("left", "step"),
    [
        (60 * DAY + timedelta(seconds=1), None),
        (60 * DAY, 60),
        (30 * DAY + timedelta(seconds=1), 60),
        (30 * DAY, 30),
        (7 * DAY, 7),
        (timedelta(0), 7),
        (-DAY, 7),
    ],
)
def test_the_step_is_the_nearest_one(left: timedelta, step: int | None) -> None:
    assert certificate_step(einde=NOW + left, now=NOW) == step


def test_every_step_is_told_once_to_duo_and_to_the_operators(ours: Settings) -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(0, 102 * 24, 12)]
    for now in hours:
        warn_of_certificates(now=now)
    assert stappen() == [(step, to) for step in ("60", "30", "7") for to in ("duo", "0")]
    first = Bericht.objects.first()
    assert first is not None
    assert EINDE - 60 * DAY <= first.gemaakt_op < EINDE - 59 * DAY


def test_a_step_that_was_missed_is_not_made_up_for(ours: Settings) -> None:
    assert warn_of_certificates(now=EINDE - 5 * DAY) == 2
    assert stappen() == [("7", "duo"), ("7", "0")]


def test_the_mail_says_which_certificate_ends_when_and_holds_no_secret(ours: Settings) -> None:
    warn_of_certificates(now=EINDE - 30 * DAY)
    post = render_certificaat(Bericht.objects.order_by("id")[0], EINDE - 30 * DAY)
    beheer = render_certificaat(Bericht.objects.order_by("id")[1], EINDE - 30 * DAY)
    assert post is not None
    assert beheer is not None
    assert (post.aan, beheer.aan) == (ours.MAIL_DUO, "storingen@mijnduo.example")
    assert post.onderwerp == "Certificaat voor eHerkenning verloopt op 10 juni 2026"
    assert "van Mijn DUO" in post.tekst
    assert certificaten()[0].naam in post.tekst
    assert "BEGIN" not in post.tekst


def test_a_mail_is_not_sent_once_the_certificate_has_been_replaced(ours: Settings, tmp_path: Path) -> None:
    warn_of_certificates(now=EINDE - 30 * DAY)
    ours.EHERKENNING_SP_KEY, ours.EHERKENNING_SP_CERT = make_pair(tmp_path, "nieuw")
    for bericht in Bericht.objects.all():
        assert render_certificaat(bericht, EINDE - 29 * DAY) is None


def test_a_mail_is_not_sent_to_who_is_no_longer_named(ours: Settings) -> None:
    warn_of_certificates(now=EINDE - 30 * DAY)
    ours.ADMINS = []
    assert [render_certificaat(bericht, EINDE) is None for bericht in Bericht.objects.order_by("id")] == [False, True]


def test_all_that_logging_in_hangs_on_is_watched(ours: Settings, tmp_path: Path) -> None:
    ours.EHERKENNING_SP_KEY_VORIGE, ours.EHERKENNING_SP_CERT_VORIGE = make_pair(tmp_path, "vorige", NOW + DAY)
    _, first = make_pair(tmp_path, "hm1", NOW + 2 * DAY)
    _, second = make_pair(tmp_path, "hm2", NOW + 3 * DAY)
    source = tmp_path / "hm.xml"
    source.write_text(hm_metadata(Path(first).read_text(), Path(second).read_text()))
    ours.EHERKENNING_HM_METADATA = str(source)
    assert [(found.wat, found.einde) for found in certificaten()] == [
        ("van Mijn DUO", EINDE),
        ("van Mijn DUO, het vorige", NOW + DAY),
        ("van de makelaar", NOW + 2 * DAY),
        ("van de makelaar", NOW + 3 * DAY),
    ]


def test_an_address_is_not_asked_for_its_certificates(ours: Settings, tmp_path: Path) -> None:
    _, ours.EHERKENNING_HM_METADATA_CERT = make_pair(tmp_path, "ondertekenaar", NOW + DAY)
    ours.EHERKENNING_HM_METADATA = "https://192.0.2.1/metadata"
    assert [found.wat for found in certificaten()] == ["van Mijn DUO", "van de ondertekenaar van de metadata"]


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (61, "ok"),
        (60, "let op: een certificaat verloopt binnen 60 dagen"),
        (6, "let op: een certificaat verloopt binnen 7 dagen"),
        (0, "let op: een certificaat is verlopen"),
    ],
)
def test_health_says_it_and_takes_no_server_out(
    ours: Settings, client: Client, clock: Callable[[datetime], None], left: int, told: str
) -> None:
    clock(EINDE - left * DAY)
    response = client.get("/health/ready")
    assert response.json() == NOTHING_WRONG | {"redis": "fout", "certificaten": told}


def test_health_says_when_a_certificate_cannot_be_read(ours: Settings, client: Client) -> None:
    ours.EHERKENNING_SP_CERT = "/is/er/niet.crt"
    assert client.get("/health/ready").json()["certificaten"] == "let op: niet te lezen"


def test_health_says_when_metadata_are_not_refreshed(ours: Settings, client: Client, tmp_path: Path) -> None:
    source = tmp_path / "hm.xml"
    source.write_text("geen metadata")
    ours.EHERKENNING_HM_METADATA = str(source)
    run_metadata()
    answer = client.get("/health/ready").json()
    assert answer["metadata"] == "let op: niet vernieuwd"
    assert (answer["database"], answer["migraties"]) == ("ok", "ok")


def test_the_admin_shows_how_the_connection_stands(
    ours: Settings, staf_client: Client, clock: Callable[[datetime], None]
) -> None:
    refresh_metadata(now=NOW)
    clock(EINDE - 20 * DAY)
    page = staf_client.get(reverse("admin:koppeling_hmmetadata_changelist")).content.decode()
    assert ours.EHERKENNING_ENTITY_ID in page
    assert ENTITY_ID in page
    assert "Er waren nieuwe metadata. Die zijn nu in gebruik." in page
    assert "2 maart 2026 10.00" in page
    assert page.count("Let op: vervang dit certificaat") == 1
    assert all(found.naam in page for found in certificaten())
    assert HMMetadata.objects.get().sha256 in page


def test_the_admin_says_that_nobody_can_log_in(ours: Settings, staf_client: Client, tmp_path: Path) -> None:
    ours.EHERKENNING_HM_METADATA = str(tmp_path / "niets.xml")
    ours.EHERKENNING_SP_CERT = str(tmp_path / "niets.crt")
    page = staf_client.get(reverse("admin:koppeling_hmmetadata_changelist")).content.decode()
    assert "Niemand kan inloggen met eHerkenning" in page
    assert "Een certificaat is niet te lezen" in page

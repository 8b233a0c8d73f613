"""The makelaar's metadata: fetched, checked, kept when the source is down or bad, and noticed without a restart."""

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from lxml import etree
from pytest_django import Settings

from koppeling.eherkenning.config import Eherkenning, MetadataFout
from koppeling.models import HMMetadata
from koppeling.services import eherkenning
from koppeling.services.eherkenning import EherkenningOnbeschikbaarError, load_eherkenning
from koppeling.services.metadata import Uitkomst, fetch_metadata, metadata_stand, refresh_metadata
from koppeling.tasks import run_metadata
from tests import hm
from tests.eherkenning import forge
from tests.eherkenning.forge import Signing
from tests.eherkenning.makelaar import hm_metadata
from tests.instellingen import HM_CERT
from tests.makelaar import Makelaar
from verantwoording.models import Logregel, Taakrun

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def metadata(*signing: str, by: str = "ondertekenaar", valid_until: str = "", **odd: Any) -> bytes:
    """Metadata of the makelaar, signed as a whole by another key of its."""
    root = forge.element(hm_metadata(*(signing or ("hm",)), **odd).decode())
    root.set("ID", "_m1")
    if valid_until:
        root.set("validUntil", valid_until)
    forge.sign(root, Signing(by=by))
    root.insert(0, root[1])
    return etree.tostring(root)


class Source:
    """An https server that is the makelaar's; it answers what the test says."""

    def __init__(self, folder: Path) -> None:
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, metadata())
        self.asked = 0
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.asked += 1
                status, headers, body = source.answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_tls(folder))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        self.url = f"https://127.0.0.1:{self.server.server_port}/metadata"

    def give(self, body: bytes) -> None:
        self.answer = (200, {}, body)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _tls(folder: Path) -> Path:
    """A certificate for 127.0.0.1, with its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2060, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    path = folder / "tls.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Every test is a process of its own."""
    eherkenning._bewaard.clear()
    yield
    eherkenning._bewaard.clear()


@pytest.fixture
def pin(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "ondertekenaar.crt"
    path.write_text(forge.key("ondertekenaar").cert_pem)
    settings.EHERKENNING_HM_METADATA_CERT = str(path)
    return path


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, pin: Path) -> Iterator[Source]:
    made = Source(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
    settings.EHERKENNING_HM_METADATA = made.url
    yield made
    made.stop()


@pytest.fixture
def file(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "hm.xml"
    path.write_bytes(hm_metadata("hm"))
    settings.EHERKENNING_HM_METADATA = str(path)
    return path


def outcome(now: datetime) -> Uitkomst:
    run = refresh_metadata(now=now)
    assert run is not None
    assert run.status == Taakrun.Status.KLAAR
    (uitkomst,) = run.tellingen
    return Uitkomst(uitkomst)


def keys(config: Eherkenning) -> int:
    return len(config.makelaar.certificates)


def test_signed_metadata_from_the_address_are_accepted_and_the_log_says_so(source: Source, now: datetime) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    row = HMMetadata.objects.get()
    assert (row.bron, row.opgehaald_op, row.geldig_tot) == (source.url, now, None)
    regel = Logregel.objects.get(gebeurtenis="metadata_aanvaard")
    assert (regel.actor_naam, regel.object_id) == ("metadata", row.pk)
    assert regel.gegevens == {"sha256": row.sha256, "sleutels": 1}
    assert load_eherkenning().makelaar.entity_id == forge.HM


def test_what_did_not_change_is_not_accepted_again(source: Source, now: datetime) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    assert outcome(now + HOUR) is Uitkomst.ONGEWIJZIGD
    assert refresh_metadata(now=now + HOUR) is None, "once an hour is enough"
    assert HMMetadata.objects.count() == 1
    stand = metadata_stand()
    assert (stand.uitkomst, stand.goed_op) == (Uitkomst.ONGEWIJZIGD, now + HOUR)


def refused() -> dict[str, tuple[Callable[[], tuple[int, dict[str, str], bytes]], Uitkomst]]:
    def ok(make: Callable[[], bytes]) -> Callable[[], tuple[int, dict[str, str], bytes]]:
        return lambda: (200, {}, make())

    def altered() -> bytes:
        return metadata("hm", "hm2").replace(forge.SSO.encode(), b"https://kwaad.example/sso")

    def key_slipped_in() -> bytes:
        root = forge.element(metadata().decode())
        extra = forge.element(hm_metadata("kwaad").decode())
        forge.find(root, "{urn:oasis:names:tc:SAML:2.0:metadata}IDPSSODescriptor").insert(0, extra[0][0])
        return etree.tostring(root)

    return {
        "unsigned": (ok(lambda: hm_metadata("hm")), Uitkomst.HANDTEKENING),
        "by another key": (ok(lambda: metadata(by="kwaad")), Uitkomst.HANDTEKENING),
        "by its own signing key": (ok(lambda: metadata(by="hm")), Uitkomst.HANDTEKENING),
        "altered": (ok(altered), Uitkomst.HANDTEKENING),
        "a key slipped in": (ok(key_slipped_in), Uitkomst.HANDTEKENING),
        "document type": (ok(lambda: b'<!DOCTYPE x [<!ENTITY e "x">]>' + metadata()), Uitkomst.ONBRUIKBAAR),
        "html": (ok(lambda: b"<html><p>Storing"), Uitkomst.ONBRUIKBAAR),
        "nothing": (ok(lambda: b""), Uitkomst.ONBRUIKBAAR),
        "no end to it": (ok(lambda: b"<x>" + b" " * 1_100_000), Uitkomst.ONBRUIKBAAR),
        "no certificate": (ok(lambda: metadata("hm", use='use="encryption"')), Uitkomst.ONBRUIKBAAR),
        "expired": (ok(lambda: metadata(valid_until="2026-03-02T08:59:59Z")), Uitkomst.VERLOPEN),
        "an end that is no moment": (ok(lambda: metadata(valid_until="2026-03-09T09:00:00")), Uitkomst.ONBRUIKBAAR),
        "another makelaar": (
            ok(lambda: metadata(entity_id="urn:etoegang:HM:00000009876543210000:entities:1")),
            Uitkomst.ANDERE_MAKELAAR,
        ),
        "an error": (lambda: (503, {}, metadata("hm2")), Uitkomst.NIET_BEREIKBAAR),
        "sent elsewhere": (
            lambda: (302, {"Location": "http://127.0.0.1:9/metadata"}, b""),
            Uitkomst.NIET_BEREIKBAAR,
        ),
    }


@pytest.mark.parametrize("case", refused())
def test_bad_metadata_are_refused_and_what_was_accepted_stays_in_use(source: Source, now: datetime, case: str) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    make, expected = refused()[case]
    source.answer = make()
    assert outcome(now + HOUR) is expected
    assert HMMetadata.objects.count() == 1
    assert load_eherkenning().makelaar.sso_url == forge.SSO
    stand = metadata_stand()
    assert (stand.uitkomst, stand.goed_op, stand.geprobeerd_op) == (expected, now, now + HOUR)
    assert not stand.is_fresh(now + HOUR)


def test_a_run_that_follows_a_bad_one_makes_it_good_again(source: Source, now: datetime) -> None:
    source.give(b"")
    assert outcome(now) is Uitkomst.ONBRUIKBAAR
    source.give(metadata())
    assert outcome(now + HOUR) is Uitkomst.VERNIEUWD
    assert metadata_stand().is_fresh(now + HOUR)
    assert not metadata_stand().is_fresh(now + 5 * HOUR), "a job that no longer runs shows"


def test_logging_in_works_while_the_source_is_down(
    source: Source, now: datetime, clock: Callable[[datetime], None], client: Client
) -> None:
    refresh_metadata(now=now)
    source.stop()
    assert client.get(reverse("inloggen_eherkenning"))["Location"].startswith(forge.SSO)
    clock(now + timedelta(days=30))
    run_metadata()
    assert metadata_stand().uitkomst is Uitkomst.NIET_BEREIKBAAR
    assert client.get(reverse("inloggen_eherkenning"))["Location"].startswith(forge.SSO)


def test_a_source_that_was_never_reached_gives_a_page_and_no_crash(
    source: Source, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    source.give(b"nonsense")
    for response in (
        client.get(reverse("inloggen_eherkenning")),
        client.get(reverse("eherkenning_metadata")),
        client.post(reverse("eherkenning_acs"), {"SAMLResponse": "x"}),
    ):
        assert response.status_code == 503
        assert "<html" in response.content.decode()
    assert "metadata of the makelaar cannot be used: MetadataFout" in caplog.text
    assert source.asked == 1, "a source that is down is asked once a minute at the most"


def test_metadata_count_until_their_end_and_no_longer(
    source: Source, now: datetime, clock: Callable[[datetime], None]
) -> None:
    source.give(metadata(valid_until="2026-03-02T12:00:00Z"))
    assert outcome(now) is Uitkomst.VERNIEUWD
    assert HMMetadata.objects.get().geldig_tot == datetime(2026, 3, 2, 12, tzinfo=UTC)
    clock(now + 3 * HOUR - timedelta(seconds=1))
    load_eherkenning()
    clock(now + 3 * HOUR)
    with pytest.raises(EherkenningOnbeschikbaarError):
        load_eherkenning()
    source.give(metadata(valid_until="2026-03-02T18:00:00Z"))
    clock(now + 3 * HOUR + timedelta(minutes=1))
    assert load_eherkenning()


def test_a_process_notices_a_new_key_within_a_minute_and_asks_no_more_often(
    source: Source,
    now: datetime,
    clock: Callable[[datetime], None],
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    refresh_metadata(now=now)
    assert keys(load_eherkenning()) == 1
    source.give(metadata("hm", "hm2"))
    refresh_metadata(now=now + HOUR)
    with django_assert_num_queries(0):
        assert keys(load_eherkenning()) == 1
    clock(now + timedelta(minutes=1))
    with django_assert_num_queries(1):
        assert keys(load_eherkenning()) == 2
    clock(now + timedelta(minutes=2))
    asked = source.asked
    with django_assert_num_queries(1):
        assert load_eherkenning() is load_eherkenning()
    assert source.asked == asked, "no visitor waits for the makelaar's server"


def test_what_stands_in_the_database_is_checked_again_against_the_signer(
    source: Source, now: datetime, pin: Path
) -> None:
    HMMetadata.objects.create(inhoud=metadata("kwaad", by="kwaad"), sha256="", bron=source.url, opgehaald_op=now)
    assert load_eherkenning().makelaar.certificates == (forge.key("hm").cert_pem,)


def test_a_signer_may_change_keys(source: Source, now: datetime, pin: Path) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    source.give(metadata(by="volgende"))
    assert outcome(now + HOUR) is Uitkomst.HANDTEKENING
    pin.write_text(forge.key("ondertekenaar").cert_pem + forge.key("volgende").cert_pem)
    assert outcome(now + 2 * HOUR) is Uitkomst.VERNIEUWD


def test_another_address_is_another_makelaar_by_the_hand_of_the_operator(
    source: Source, now: datetime, settings: Settings
) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    settings.EHERKENNING_HM_METADATA = f"{source.url}?nieuw"
    source.give(metadata(entity_id="urn:etoegang:HM:00000009876543210000:entities:1"))
    assert outcome(now + HOUR) is Uitkomst.VERNIEUWD
    assert load_eherkenning().makelaar.entity_id.endswith(":1")


def test_a_comment_says_nothing(source: Source, now: datetime) -> None:
    source.give(metadata().replace(b"<ds:X509Certificate>", b"<!-- sleutel 1 --><ds:X509Certificate>", 1))
    assert outcome(now) is Uitkomst.VERNIEUWD
    assert b"<!--" not in bytes(HMMetadata.objects.get().inhoud)


def test_a_file_is_read_again_and_needs_no_signature_unless_a_signer_is_named(
    file: Path, now: datetime, clock: Callable[[datetime], None]
) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    assert keys(load_eherkenning()) == 1
    file.write_bytes(hm_metadata("hm", "hm2"))
    clock(now + timedelta(minutes=1))
    assert keys(load_eherkenning()) == 2
    assert outcome(now + HOUR) is Uitkomst.VERNIEUWD


@pytest.mark.parametrize("bad", [None, b"", b"<x/>", hm_metadata("hm", entity_id="urn:etoegang:HM:1:entities:1")])
def test_when_the_file_is_no_good_the_last_accepted_metadata_stay_in_use(
    file: Path, now: datetime, clock: Callable[[datetime], None], bad: bytes | None
) -> None:
    assert outcome(now) is Uitkomst.VERNIEUWD
    file.unlink() if bad is None else file.write_bytes(bad)
    assert load_eherkenning().makelaar.entity_id == forge.HM
    assert not outcome(now + HOUR).goed


def test_a_file_with_a_signer_is_checked_too(file: Path, pin: Path) -> None:
    with pytest.raises(EherkenningOnbeschikbaarError):
        load_eherkenning()
    file.write_bytes(metadata())
    eherkenning._bewaard.clear()
    assert load_eherkenning()


def test_too_much_is_not_read_to_the_end(file: Path) -> None:
    with file.open("wb") as big:
        big.truncate(10_000_000_000)
    with pytest.raises(MetadataFout, match="larger"):
        fetch_metadata()


def test_r13_a_login_by_the_second_key_of_the_makelaar_works_as_soon_as_it_is_published(
    makelaar: Makelaar, now: datetime, clock: Callable[[datetime], None], settings: Settings, tmp_path: Path
) -> None:
    """The makelaar publishes the next key beside the present one: answers by either are believed."""
    path = tmp_path / "hm.xml"
    path.write_text(hm.hm_metadata(forge.key("hm2").cert_pem))
    settings.EHERKENNING_HM_METADATA = str(path)
    assert makelaar().status_code == 400
    path.write_text(hm.hm_metadata(forge.key("hm2").cert_pem, HM_CERT.read_text()))
    clock(now + timedelta(minutes=2))
    assert makelaar()["Location"] == reverse("koppelen")

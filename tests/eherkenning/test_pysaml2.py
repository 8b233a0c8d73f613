"""An IdP we did not write logs a gebruiker in, through the settings that anyone would use (R13).

Another library signs, with other prefixes, in another order; a makelaar of our own could share our mistakes.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from lxml import etree

from buitenwereld.keuring.bouwstenen import posted
from buitenwereld.keuring.browser import Browser
from buitenwereld.keuring.geval import Inzending
from buitenwereld.saml import KVKNR, PSEUDO, Reader, encrypted_id
from buitenwereld.spmetadata import parse_metadata
from mijnduo.lokaal.omgeving import SERVICE_ID, make_keypair, portal_environment
from mijnduo.lokaal.processes import answers, free_port
from mijnduo.lokaal.programmas import find_xmlsec1
from tests.factories import link, make_account, make_middel
from tests.processen import kill, start_process, wait_for

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db(transaction=True)]

IDP = "urn:etoegang:HM:00000003123456780000:entities:9010"
LOA = "urn:etoegang:core:assurance-class:"
PSEUDONIEM = f"{'c' * 64}@{'D' * 32}"
KVK = "90001354"


@dataclass(frozen=True)
class Idp:
    """pysaml2's server on its own key."""

    folder: Path
    sso: str = "https://idp.example/sso"

    @property
    def metadata(self) -> Path:
        return self.folder / "idp-metadata.xml"

    def run(self, act: str, **more: object) -> bytes:
        key, cert = make_keypair(self.folder, "idp")
        given = {"entity_id": IDP, "key": str(key), "cert": str(cert), "xmlsec1": find_xmlsec1(), "sso": self.sso}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", Path(__file__).with_name("pysaml2_idp.py"), act],
            input=json.dumps(given | more).encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.strip()


@dataclass(frozen=True)
class Portaal:
    """The portal as a process, with this IdP in its environment."""

    adres: str
    idp: Idp

    def log_in(self, loa: str = "loa3") -> tuple[Browser, list[int]]:
        """Ask for a login, let pysaml2 answer it, and come back: the browser and the statuses of its way."""
        with urlopen(f"{self.adres}/inloggen/eherkenning/metadata/") as answer:  # noqa: S310  our own address
            metadata = answer.read()
        (self.idp.folder / "sp-metadata.xml").write_bytes(metadata)
        sp = parse_metadata(metadata, fallback_service_id="")
        reader = Reader(sp.entity_id, sp.reader.cert_pem, sp.reader.key_name)
        browser = Browser(self.adres)
        response = self.idp.run(
            "answer",
            sp_metadata=str(self.idp.folder / "sp-metadata.xml"),
            address=browser.get(f"{self.adres}/inloggen/eherkenning/").location,
            loa=LOA + loa,
            attributes={
                "urn:etoegang:core:ServiceID": SERVICE_ID,
                "urn:etoegang:core:ActingSubjectID": _xml(encrypted_id(PSEUDONIEM, PSEUDO, reader)),
                "urn:etoegang:core:LegalSubjectID": _xml(encrypted_id(KVK, KVKNR, reader)),
            },
        )
        assert b"<saml" not in response  # other prefixes than ours
        return browser, browser.follow(Browser(self.adres).deliver(Inzending(posted(response)), sp.default_acs))

    def opens(self, browser: Browser) -> bool:
        return browser.get(f"{self.adres}/overzicht/").status == 200


def _xml(node: etree._Element) -> str:
    return etree.tostring(node).decode()


@pytest.fixture
def portaal(tmp_path: Path) -> Iterator[Portaal]:
    idp, port = Idp(tmp_path), free_port()
    idp.metadata.write_bytes(idp.run("metadata"))
    (tmp_path / "static").mkdir()
    environment = portal_environment(
        tmp_path,
        omgeving="test",
        basis_url=f"http://127.0.0.1:{port}",
        hm_metadata=str(idp.metadata),
        email_url="smtp://127.0.0.1:9",
    )
    web = start_process(
        *("-m", "gunicorn", "mijnduo.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"),
        **environment,
        STATIC_ROOT=str(tmp_path / "static"),
    )
    wait_for(lambda: web.poll() is not None or answers(port, "/inloggen/"), 60)
    assert web.poll() is None, kill(web)
    yield Portaal(f"http://127.0.0.1:{port}", idp)
    sys.stdout.write(kill(web))  # pytest shows it when the test fails


def test_R13_pysaml2_logs_a_linked_gebruiker_in_and_a_low_level_is_refused(portaal: Portaal) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))

    browser, statuses = portaal.log_in()
    assert statuses == [302, 302, 200]
    assert portaal.opens(browser)

    browser, statuses = portaal.log_in("loa2plus")
    assert statuses == [403]
    assert not portaal.opens(browser)

"""What reading a login costs over what it cannot do without: xmlsec's work, and the rows."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median

import xmlsec
from lxml import etree

from bench.results import Meting, alternate
from bench.stage import Stage
from buitenwereld.keys import KeyPair, make_key_pair
from buitenwereld.saml import Answer, Reader, build_metadata, build_response
from koppeling.eherkenning.config import Eherkenning, load_config
from koppeling.eherkenning.levels import Niveau
from koppeling.eherkenning.outcome import Geweigerd
from koppeling.eherkenning.response import read_response
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.omgeving import ENTITY_ID, SERVICE_ID

ROUNDS = 40
TIMES = 20  # of each side in a round
LOGINS = 200
ACS = "https://mijnduo.example/inloggen/eherkenning/acs/"
SSO = "https://makelaar.example/sso"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
HM = "hm.pem"
METADATA = "hm.xml"


@dataclass(frozen=True)
class Kaal:
    """The keys, loaded once, for the least that anybody does with a Response: parse, verify, verify, decrypt."""

    hm: xmlsec.Key
    ours: xmlsec.KeysManager

    @classmethod
    def of(cls, *, hm_cert: bytes, key: bytes) -> "Kaal":
        """From PEM."""
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem))
        return cls(xmlsec.Key.from_memory(hm_cert, xmlsec.constants.KeyDataFormatCertPem), manager)

    def read(self, raw: bytes) -> None:
        """Both signatures, then both identifiers. Raises xmlsec.Error when it does not hold; believes all the rest."""
        root = etree.fromstring(raw)
        xmlsec.tree.add_ids(root, ["ID", "Id"])
        for element in (root, *root.iterfind("saml:Assertion", NS)):
            context = xmlsec.SignatureContext()
            context.key = self.hm
            signature = element.find("ds:Signature", NS)
            if signature is None:
                raise xmlsec.Error("no signature")
            context.verify(signature)
        for data in root.findall(".//xenc:EncryptedData", NS):
            key_info, key = data.find("ds:KeyInfo", NS), data.getnext()
            if key_info is None or key is None:
                raise xmlsec.Error("no key")
            key_info[:] = [key]  # where xmlsec finds it soonest
            xmlsec.EncryptionContext(self.ours).decrypt(data)


def answer(config: Eherkenning, signer: KeyPair, *, request_id: str, pseudonym: str, kvk: str) -> bytes:
    """The makelaar's good answer to this request, as the demo's makelaar gives it."""
    sleutel = config.sleutels[0]
    return build_response(
        Answer(
            in_response_to=request_id,
            destination=config.acs_url,
            reader=Reader(config.entity_id, sleutel.cert.encode(), sleutel.naam),
            audience=config.entity_id,
            service_id=config.service_id,
            pseudonym=pseudonym,
            kvk=kvk,
            company="School",
            now=datetime.now(UTC),
        ),
        signer=signer,
    )


def measure_saml_validatie(stage: Stage) -> list[Meting]:
    """The time of reading one good Response, over that of the bare xmlsec work on it; keys loaded on both sides."""
    signer = _signer()
    config = load_config(
        hm_metadata=build_metadata(sso_url=SSO, signers=(signer,)),
        entity_id=ENTITY_ID,
        acs_url=ACS,
        sp_key=(stage.folder / "sp.key").read_text(),
        sp_cert=(stage.folder / "sp.crt").read_text(),
        service_id=SERVICE_ID,
        minimum_loa=Niveau.EH3,
    )
    raw = answer(config, signer, request_id="_1", pseudonym=f"{'a' * 64}@{'b' * 32}", kvk="90000001")
    posted, now = base64.b64encode(raw).decode(), datetime.now(UTC)
    kaal = Kaal.of(hm_cert=signer.cert_pem, key=config.sleutels[0].key.encode())

    def read() -> None:
        outcome = read_response(config, posted, now=now)
        if isinstance(outcome, Geweigerd):
            raise LokaalError(f"De meting ging over een geweigerd antwoord: {outcome.check}.")

    sides: dict[str, Callable[[], None]] = {"kaal": lambda: kaal.read(raw), "lezen": read}
    ratios = []
    for order in alternate(ROUNDS + 1, "kaal", "lezen"):
        seconds = {side: _time(sides[side]) for side in order}
        ratios.append(seconds["lezen"] / seconds["kaal"])
    return [Meting("saml_validatie", median(ratios[1:]), goal=2.5)]  # the first round warms up


def measure_login(stage: Stage) -> list[Meting]:
    """From the ACS to the overzicht, three whole requests, over the same bare work and one write of the rows.

    Each login is somebody else's, among 25,000 accounts with rollen.
    """
    stage.make_portal("lezers", accounts=25_000, rechten=True)
    signer = _signer()
    (stage.folder / HM).write_bytes(signer.key_pem + signer.cert_pem)
    (stage.folder / METADATA).write_bytes(build_metadata(sso_url=SSO, signers=(signer,)))
    known = replace(stage, environment=stage.environment | {"EHERKENNING_HM_METADATA": str(stage.folder / METADATA)})
    made = known.ask("lezers", "meet_aanmelden", str(stage.folder / HM), "--aantal", str(LOGINS))
    ratios = [login / kaal for login, kaal in zip(made["login"], made["kaal"], strict=True)]
    return [Meting("login", median(ratios), goal=6)]


def read_signer(path: Path) -> KeyPair:
    """The makelaar's key as `measure_login` left it."""
    key, marker, cert = path.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    return KeyPair(key, marker + cert)


@cache
def _signer() -> KeyPair:
    return make_key_pair("Makelaar van de meting", datetime.now(UTC))


def _time(side: Callable[[], None]) -> float:
    begin = time.perf_counter()
    for _ in range(TIMES):
        side()
    return time.perf_counter() - begin

"""What the program is told from outside; only `__main__` reads the environment."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_PERSONAS = Path(__file__).with_name("personas.json")
DEFAULT_SERVICE_ID = "urn:etoegang:DV:00000001234567890000:services:9001"


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one run: folder for keys and mail, ports, and where the portal's SAML metadata is (URL or file)."""

    folder: Path
    port: int = 8001
    smtp_port: int = 8025
    host: str = "localhost"
    bind: str = "127.0.0.1"
    sp_metadata: str = ""
    personas: Path = DEFAULT_PERSONAS
    service_id: str = DEFAULT_SERVICE_ID

    @property
    def base_url(self) -> str:
        """Address of this program as a browser sees it, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def sso_url(self) -> str:
        """Where AuthnRequests go; the same in the metadata and in `Destination`."""
        return f"{self.base_url}/makelaar/sso"

"""Start and stop everything: one process, an HTTP and an SMTP server."""

import threading
from datetime import UTC, datetime
from typing import Any

import waitress.server
from waitress import wasyncore

from buitenwereld.config import Config
from buitenwereld.keys import Keys, load_keys, write_private
from buitenwereld.makelaar import Makelaar
from buitenwereld.personas import load_personas
from buitenwereld.postvak import Postvak
from buitenwereld.safexml import MAX_BYTES
from buitenwereld.saml import build_metadata
from buitenwereld.sleutels import Sleutels
from buitenwereld.web import create_app


def write_metadata(config: Config, *, second: bool = False) -> Keys:
    """Make the keys that are absent and write `hm-metadata.xml`, which the portal needs before it starts."""
    keys = load_keys(config.folder, datetime.now(UTC), second=second)
    write_private(config.folder / "hm-metadata.xml", build_metadata(sso_url=config.sso_url, signers=keys.hm))
    return keys


class Buitenwereld:
    """The whole program. `start` raises `OSError` when a port is in use; making it `ValueError` for bad personas."""

    def __init__(self, config: Config) -> None:
        self._config = config
        personas = load_personas(config.personas)
        keys = write_metadata(config)
        self.postvak = Postvak(config.folder / "postvak.jsonl")
        app = create_app(Makelaar(config, keys, personas), self.postvak, Sleutels(config.folder / "sleutels.json"))
        self._app = app
        self._sockets: dict[int, Any] = {}
        self._server: Any = None
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    def start(self) -> None:
        """Listen on both ports; returns at once."""
        self._server = waitress.server.create_server(
            self._app,
            map=self._sockets,
            host=self._config.bind,
            port=self._config.port,
            threads=4,
            ident=None,
            max_request_body_size=2 * MAX_BYTES,
        )
        try:
            self.postvak.start(self._config.bind, self._config.smtp_port)
        except OSError:
            self._close()
            raise
        self._thread.start()

    def stop(self) -> None:
        """Finish requests under way, then close both servers."""
        self._server.task_dispatcher.shutdown()
        self._server.trigger.pull_trigger(self._close)
        self._thread.join()
        self.postvak.stop()

    def _serve(self) -> None:
        self._server.run()

    def _close(self) -> None:
        wasyncore.close_all(self._sockets, ignore_all=True)

"""Pytest plugin, loaded before Django's settings are read: the environment of the tests.

PostgreSQL and Redis come from `python -m mijnduo.lokaal -- pytest …`, which sets DATABASE_URL and REDIS_URL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from mijnduo.lokaal.omgeving import make_keypair, portal_environment
from tests.hm import hm_metadata

SLEUTELS = Path(tempfile.mkdtemp(prefix="mijnduo-test-"))
atexit.register(shutil.rmtree, SLEUTELS, ignore_errors=True)

HM_KEY, HM_CERT = make_keypair(SLEUTELS, "hm")
METADATA = SLEUTELS / "hm-metadata.xml"
METADATA.write_text(hm_metadata(HM_CERT.read_text()))

for name, value in portal_environment(
    SLEUTELS,
    omgeving="test",
    basis_url="http://testserver",
    hm_metadata=str(METADATA),
    email_url="smtp://127.0.0.1:9",  # nothing listens there: mail that leaves unasked is an error
).items():
    os.environ.setdefault(name, value)
os.environ.setdefault("STATIC_ROOT", str(SLEUTELS / "static"))
Path(os.environ["STATIC_ROOT"]).mkdir(exist_ok=True)  # collectstatic makes it elsewhere; whitenoise warns without it
os.environ.setdefault("DATABASE_URL", "postgres://start-the-tests-with-make-test@127.0.0.1:9/none")
os.environ.setdefault("TEST_REDIS_URL", os.environ.get("REDIS_URL", "redis://127.0.0.1:9/0"))  # the real one
os.environ["REDIS_URL"] = "redis://127.0.0.1:9/0"  # broken on purpose: a request must not need the broker (D8, D17)

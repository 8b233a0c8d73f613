from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from koppeling.eherkenning.certificates import Certificaat, read_certificate
from koppeling.eherkenning.hm_metadata import pem_certificates
from koppeling.emails.certificaat import write_certificaat_mail
from koppeling.rules import certificate_step
from koppeling.services.metadata import configure, fetch_metadata, from_network, newest_metadata
from verantwoording.haken import Post
from verantwoording.models import Bericht
from verantwoording.services import enqueue_bericht

SOORT: Final = "certificaat_verloopt"
DUO: Final = "duo"


def certificaten() -> list[Certificaat]:
    """All certificates that logging in hangs on: ours, the makelaar's and that of who signs its metadata.

    Asks nothing of the network: the makelaar's are those of the metadata that were accepted last, or of the file.
    Raises OSError or ValueError when one cannot be read.
    """
    return [read_certificate(wat, pem) for wat, pem in _pems()]


def _pems() -> Iterator[tuple[str, str]]:
    yield "van Mijn DUO", Path(settings.EHERKENNING_SP_CERT).read_text()
    if settings.EHERKENNING_SP_CERT_VORIGE:
        yield "van Mijn DUO, het vorige", Path(settings.EHERKENNING_SP_CERT_VORIGE).read_text()
    if settings.EHERKENNING_HM_METADATA_CERT:
        for pem in pem_certificates(Path(settings.EHERKENNING_HM_METADATA_CERT).read_text()):
            yield "van de ondertekenaar van de metadata", pem
    newest = newest_metadata()
    if newest is not None or not from_network():
        config, _ = configure(bytes(newest.inhoud) if newest else fetch_metadata())
        for pem in config.makelaar.certificates:
            yield "van de makelaar", pem


def warn_of_certificates(*, now: datetime) -> int:
    """Tell DUO and its operators that a certificate ends in 60, 30 or 7 days: one mail each, per certificate and step.

    A step that was missed is not made up for: the nearest one is told. Returns how many mails there are for what is
    due now. Raises as `certificaten`.
    """
    aantal = 0
    for certificaat in certificaten():
        stap = certificate_step(einde=certificaat.einde, now=now)
        if stap is None:
            continue
        for ontvanger in (DUO, *map(str, range(len(settings.ADMINS)))):
            enqueue_bericht(
                soort=SOORT,
                sleutel=f"{SOORT}:{certificaat.naam}:{stap}:{ontvanger}",
                now=now,
                gegevens={"naam": certificaat.naam, "ontvanger": ontvanger},
                prioriteit=Bericht.Prioriteit.HOOG,
            )
            aantal += 1
    return aantal


def render_certificaat(bericht: Bericht, now: datetime) -> Post | None:
    """The mail of one warning; None when the certificate has been replaced or the recipient is no longer named."""
    naam, ontvanger = bericht.gegevens["naam"], bericht.gegevens["ontvanger"]
    addresses = {DUO: settings.MAIL_DUO} | {str(number): address for number, (_, address) in enumerate(settings.ADMINS)}
    certificaat = next((found for found in certificaten() if found.naam == naam), None)
    if certificaat is None or ontvanger not in addresses:
        return None
    return write_certificaat_mail(aan=addresses[ontvanger], certificaat=certificaat, now=now)

from django.http import HttpRequest

from accounts.models import Organisatie
from accounts.permissions import account_of
from autorisatie.rules import Inlog


def inlog_of(request: HttpRequest) -> Inlog:
    """The login at eHerkenning that this session rests on (D24). Without one no level is met: it opens nothing."""
    eherkenning = request.session.get("eherkenning", {})
    organisatie = account_of(request).organisatie
    own = organisatie is not None and eherkenning.get("kvk", "") == organisatie.kvk_nummer
    return Inlog(
        loa=eherkenning.get("loa", ""),
        vestigingen=frozenset(eherkenning.get("vestigingen", ())),
        doorgegeven=not own or bool(eherkenning.get("intermediair")),
    )


def inlog_in_words(request: HttpRequest, organisatie: Organisatie) -> str:
    """For whom one logged in, when that is not simply one's own organisatie (D4, D24, R30); else an empty text.

    Another organisatie by machtiging, one in between by ketenmachtiging, or vestigingen that the login is limited to.
    """
    inlog = request.session.get("eherkenning", {})
    kvk, via, vestigingen = inlog.get("kvk", ""), inlog.get("intermediair"), inlog.get("vestigingen")
    if not via and not vestigingen and kvk in {"", organisatie.kvk_nummer}:
        return ""
    naam = inlog.get("organisatie")
    zin = f"U logde in namens {naam} (KVK-nummer {kvk})" if naam else f"U logde in namens KVK-nummer {kvk}"
    if via:
        zin += f", via de organisatie met KVK-nummer {via}"
    if vestigingen:
        zin += f", beperkt tot vestiging {' en '.join(sorted(vestigingen))}"
    return f"{zin}."

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Organisatie
from accounts.permissions import account_of
from autorisatie.rules import Inlog
from koppeling.haken import INLOGWIJZE, inlogwijzen


def inlog_of(request: HttpRequest) -> Inlog:
    """The login that this session rests on (D24). Without eHerkenning no level is met.

    A session by another way, such as a token, has no level either; it opens the portalen for which that way counts at
    this moment, and nothing else (R14).
    """
    eherkenning = request.session.get("eherkenning", {})
    wijze = inlogwijzen.get(request.session.get(INLOGWIJZE, ""))
    organisatie = account_of(request).organisatie
    own = organisatie is not None and eherkenning.get("kvk", "") == organisatie.kvk_nummer
    return Inlog(
        loa=eherkenning.get("loa", ""),
        vestigingen=frozenset(eherkenning.get("vestigingen", ())),
        portalen=wijze.portalen(account_of(request), timezone.now()) if wijze else frozenset(),
        doorgegeven=not own or bool(eherkenning.get("intermediair")),
    )


def other_way_in(request: HttpRequest) -> str:
    """What who is logged in by another way than eHerkenning reads on the overzicht, as HTML; else an empty text."""
    wijze = inlogwijzen.get(request.session.get(INLOGWIJZE, ""))
    return wijze.melding(account_of(request), timezone.now()) if wijze else ""


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

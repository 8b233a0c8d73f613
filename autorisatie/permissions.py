from django.http import HttpRequest

from autorisatie.rules import Inlog


def inlog_of(request: HttpRequest) -> Inlog:
    """The login at eHerkenning that this session rests on (D24). Without one no level is met: it opens nothing."""
    eherkenning = request.session.get("eherkenning", {})
    return Inlog(loa=eherkenning.get("loa", ""), vestigingen=frozenset(eherkenning.get("vestigingen", ())))

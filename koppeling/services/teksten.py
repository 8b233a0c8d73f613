from datetime import datetime

from koppeling.models import TekstVersie


def current_tekst(soort: TekstVersie.Soort, *, now: datetime) -> TekstVersie:
    """The version of this text that holds at `now` (R09). TekstVersie.DoesNotExist when none was loaded."""
    return TekstVersie.objects.filter(soort=soort, ingang__lte=now).latest("versie")

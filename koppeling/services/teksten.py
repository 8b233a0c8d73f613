from datetime import datetime

from koppeling.models import TekstVersie


def current_tekst(soort: TekstVersie.Soort, *, now: datetime) -> TekstVersie:
    """The version of this text that holds at `now` (R09). TekstVersie.DoesNotExist when none was loaded."""
    return TekstVersie.objects.filter(soort=soort, ingang__lte=now).latest("versie")


def load_tekst(*, soort: TekstVersie.Soort, versie: int, ingang: datetime, tekst: str) -> bool:
    """Keep this version of a text; True when it is new (R09). Somebody may have accepted what is there already.

    Raises ValueError, with a Dutch sentence, when this version is there with other words or another day.
    """
    row, new = TekstVersie.objects.get_or_create(
        soort=soort, versie=versie, defaults={"ingang": ingang, "tekst": tekst}
    )
    if (row.ingang, row.tekst) != (ingang, tekst):
        raise ValueError(f"De {row} is al geladen met een andere inhoud: geef de nieuwe tekst een nieuw nummer.")
    return new

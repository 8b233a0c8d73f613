from beheer.models.aanmeldlijst import Aanmeldlijst, Aanmeldrij
from beheer.models.aanvraag import Aanvraag
from beheer.models.continuiteit import Continuiteitsmelding
from beheer.models.hercertificering import Beoordeling, Hercertificering
from beheer.models.signaal import Signaal, Signaalgrens, Signaalstand

__all__ = [
    "Aanmeldlijst",
    "Aanmeldrij",
    "Aanvraag",
    "Beoordeling",
    "Continuiteitsmelding",
    "Hercertificering",
    "Signaal",
    "Signaalgrens",
    "Signaalstand",
]

from beheer.models.aanmeldlijst import Aanmeldlijst, Aanmeldrij
from beheer.models.aanvraag import Aanvraag
from beheer.models.continuiteit import Continuiteitsmelding

__all__ = ["Aanmeldlijst", "Aanmeldrij", "Aanvraag", "Continuiteitsmelding"]

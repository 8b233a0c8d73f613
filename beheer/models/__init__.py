from beheer.models.aanmeldlijst import Aanmeldlijst, Aanmeldrij
from beheer.models.aanvraag import Aanvraag

__all__ = ["Aanmeldlijst", "Aanmeldrij", "Aanvraag"]

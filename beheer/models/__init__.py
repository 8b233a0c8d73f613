from beheer.models.aanvraag import Aanvraag

__all__ = ["Aanvraag"]

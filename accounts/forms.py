from typing import TypeVar

from django import forms

FieldT = TypeVar("FieldT", bound=forms.Field)


def with_hulp(field: FieldT, hulp: str) -> FieldT:
    """The same field with an explanation behind its "?" (R24); templates/django/forms/hulp.html shows it."""
    field.hulp = hulp  # type: ignore[attr-defined]  # read by the template only
    return field

from django.contrib import admin

from beheer.models import Continuiteitsmelding
from verantwoording.admin import AlleenLezen


@admin.register(Continuiteitsmelding)
class ContinuiteitsmeldingAdmin(AlleenLezen):
    """What is wrong with the beheerders of organisaties, and since when (R03)."""

    list_display = ["organisatie", "situatie", "account", "sinds", "gemeld_op", "keren", "voorbij_op"]
    list_select_related = ["organisatie", "account"]
    list_filter = [("voorbij_op", admin.EmptyFieldListFilter), "situatie"]
    search_fields = ["organisatie__naam", "=organisatie__code"]
    ordering = ["-id"]

from django.contrib import admin
from django.http import HttpRequest

from planning.models import Token


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin[Token]):
    """Who has a token, and what became of it. Nobody sees or sets its secret here (R32)."""

    list_display = ["serienummer", "account", "organisatie", "laatst_gebruikt", "ingetrokken_op", "ingeleverd_op"]
    list_select_related = ["account__organisatie"]
    list_filter = ["account__organisatie__soorten"]
    search_fields = ["serienummer", "account__achternaam", "account__organisatie__naam"]
    fields = ["account", "serienummer", "uitgegeven_op", "laatst_gebruikt", "ingetrokken_op", "ingeleverd_op"]

    @admin.display(description="organisatie")
    def organisatie(self, obj: Token) -> str:
        """Where the account is."""
        return str(obj.account.organisatie)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

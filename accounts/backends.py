from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from accounts.models import Account


class AccountBackend(AuthenticationBackend):
    """Every session is an account's; a password opens only the admin, so it counts for DUO staff alone (D1, R32)."""

    def authenticate(  # type: ignore[override]  # allauth's own backend takes credentials as keywords
        self, request: HttpRequest | None, **credentials: Any
    ) -> Account | None:
        account = super().authenticate(request, **credentials)
        return account if isinstance(account, Account) and account.is_staff else None

    def get_user(self, user_id: int) -> Account | None:
        """The account of a session, with its organisatie at hand: every page shows it."""
        account = Account.objects.select_related("organisatie").filter(pk=user_id).first()
        return account if account is not None and self.user_can_authenticate(account) else None

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

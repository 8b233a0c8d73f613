from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from accounts.models import Account

SLEUTEL_TEKENS = 32


class SessionStore(DatabaseSessionStore):
    """Django's database sessions in fewer statements: every page saves its session, and a login changes its key."""

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's own signature
        """As Django's, but an existing row is written in one statement. UpdateError when it was deleted meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create=must_create)
            return
        row = self.create_model_instance(self._get_session())  # type: ignore[attr-defined]  # a name the stubs leave out
        saved = self.model.objects.filter(session_key=row.session_key)
        if not saved.update(session_data=row.session_data, expire_date=row.expire_date):
            raise UpdateError

    def cycle_key(self) -> None:
        """The same data under a new key. The old row goes at once; the new one is written when the request ends.

        A request that fails before that logs nobody in.
        """
        data, key = self._get_session(), self.session_key  # type: ignore[attr-defined]
        self._session_key, self._session_cache, self.modified = None, data, True
        if key is not None:
            self.model.objects.filter(session_key=key).delete()

    def _get_new_session_key(self) -> str:
        """Random; that it is new the database says when the row is inserted, so it is not asked first."""
        return get_random_string(SLEUTEL_TEKENS, VALID_KEY_CHARS)


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

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from verantwoording.rules import Bewaarregel


class Token(models.Model):
    """The device with which somebody logged in before eHerkenning (R14, R15). One an account, and never a new one.

    Its secret is kept encrypted in allauth's Authenticator, the wachtwoord is the account's. `laatste_stap` is the last
    step of time whose code was used: a code counts once. A row is ended, and later handed in; it never works again.
    """

    bewaarregel: ClassVar = Bewaarregel("Weten wie een token heeft en wie het inleverde.", "2 jaar", "het inleveren")

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="token")
    serienummer = models.CharField(max_length=20, unique=True)
    uitgegeven_op = models.DateTimeField("uitgegeven op")
    laatste_stap = models.BigIntegerField(default=0, editable=False)
    laatst_gebruikt = models.DateTimeField("laatst gebruikt", null=True)
    ingetrokken_op = models.DateTimeField("ingetrokken op", null=True)
    ingeleverd_op = models.DateTimeField("ingeleverd op", null=True, db_index=True)

    class Meta:
        verbose_name = "token"
        verbose_name_plural = "tokens"
        constraints = [
            models.CheckConstraint(
                name="token_ingeleverd_is_ingetrokken",
                condition=Q(ingeleverd_op__isnull=True) | Q(ingetrokken_op__lte=F("ingeleverd_op")),
            ),
        ]

    def __str__(self) -> str:
        return f"token {self.serienummer}"

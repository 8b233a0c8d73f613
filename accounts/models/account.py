from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.crypto import salted_hmac

from accounts.models.organisatie import Organisatie, live, period_runs_forward
from verantwoording.rules import Bewaarregel


class AccountQuerySet(models.QuerySet["Account"]):
    """Every list of accounts starts here, so that none forgets its organisatie."""

    def of_organisatie(self, organisatie: Organisatie) -> Self:
        """Every account at this organisatie, ended ones included."""
        return self.filter(organisatie=organisatie)

    def active(self) -> Self:
        """Accounts that have not been ended (R20)."""
        return self.filter(beeindigd_op__isnull=True)

    def named(self, naam: str) -> Self:
        """Accounts of which every word of `naam` is part of the name, in the order of a list."""
        found = self.order_by("achternaam", "voornaam", "id")
        for word in naam.split():
            parts = Q(achternaam__icontains=word) | Q(voornaam__icontains=word) | Q(tussenvoegsel__icontains=word)
            found = found.filter(parts)
        return found

    def beheerders(self, now: datetime) -> Self:
        """Accounts that are beheerder at `now` and not ended."""
        return self.active().filter(
            models.Exists(Beheerderschap.objects.filter(live(now), account=models.OuterRef("pk")))
        )


AccountManager = BaseUserManager.from_queryset(AccountQuerySet)


def new_stamp() -> str:
    """A new sessiestempel: setting it ends every session of the account."""
    return uuid4().hex


class Account(AbstractBaseUser, PermissionsMixin):
    """One person at one organisatie, or one member of DUO staff (D1: organisatie is null exactly for staff).

    Only staff (and later token holders) have a password. Ending every session of an account is one new `sessiestempel`.
    """

    bewaarregel: ClassVar = Bewaarregel(
        "Iemand toegang geven namens een organisatie.", "2 jaar", "het einde van het account"
    )

    last_login = None  # the koppeling and the log know; nobody asks Django's own field
    gebruikersnaam = models.CharField(max_length=40, unique=True)
    organisatie = models.ForeignKey(
        Organisatie, on_delete=models.PROTECT, related_name="accounts", null=True, blank=True
    )
    voornaam = models.CharField(max_length=80)
    tussenvoegsel = models.CharField(max_length=20, blank=True)
    achternaam = models.CharField(max_length=120)
    email = models.EmailField("e-mailadres")
    telefoon = models.CharField(max_length=20, blank=True)
    functie = models.CharField(max_length=120, blank=True)
    werkgever = models.CharField(max_length=200, blank=True, help_text="Alleen als dat een andere organisatie is")
    middel_bevestigd_op = models.DateTimeField(null=True, blank=True)
    is_staff = models.BooleanField("medewerker van DUO", default=False)
    gemaakt_op = models.DateTimeField()
    beeindigd_op = models.DateTimeField("beëindigd op", null=True, blank=True)
    sessiestempel = models.CharField(max_length=32, default=new_stamp, editable=False)
    versie = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "gebruikersnaam"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["voornaam", "achternaam", "email"]

    objects = AccountManager()

    class Meta:
        verbose_name = "account"
        verbose_name_plural = "accounts"
        indexes = [
            models.Index(fields=["organisatie", "achternaam", "voornaam", "id"], name="account_lijst"),
            # The list as it opens: its order and its count, without reading one ended account.
            models.Index(
                fields=["organisatie", "achternaam", "voornaam", "id"],
                name="account_lijst_lopend",
                condition=Q(beeindigd_op__isnull=True),
            ),
            # Whether somebody is registered already, for one person or for a whole file.
            models.Index(
                F("organisatie"), Upper("email"), name="account_email", condition=Q(beeindigd_op__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="account_organisatie_behalve_staf",
                condition=Q(is_staff=True, organisatie__isnull=True) | Q(is_staff=False, organisatie__isnull=False),
            ),
            models.CheckConstraint(
                name="account_superuser_is_staf", condition=Q(is_superuser=False) | Q(is_staff=True)
            ),
            models.CheckConstraint(
                name="account_gebruikersnaam_vorm",
                condition=Q(is_staff=True) | Q(gebruikersnaam__regex=r"^MD[A-HJKMNP-Z2-9]{8}$"),
            ),
            # Lets koppeling refer to (account, organisatie) together: a link can never name another organisatie.
            models.UniqueConstraint(fields=["id", "organisatie"], name="account_met_organisatie"),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # derived: an ended account is not active (R20)
        return self.beeindigd_op is None

    def get_full_name(self) -> str:
        """Voornaam, tussenvoegsel and achternaam as one reads them."""
        return " ".join(part for part in (self.voornaam, self.tussenvoegsel, self.achternaam) if part)

    def get_short_name(self) -> str:
        return self.voornaam

    @property
    def weergavenaam(self) -> str:
        """The name in the bar at the top right (R21)."""
        return self.get_full_name()

    @property
    def lijstnaam(self) -> str:
        """The name as it is sorted in a list: Zande, Henk van den."""
        return ", ".join([self.achternaam, " ".join(part for part in (self.voornaam, self.tussenvoegsel) if part)])

    def get_session_auth_hash(self) -> str:
        """What every session of this account carries: a new sessiestempel ends them all at once (R19, D12)."""
        return self._stamped_hash()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for fallback in settings.SECRET_KEY_FALLBACKS:
            yield self._stamped_hash(secret=fallback)

    def _stamped_hash(self, secret: str | None = None) -> str:
        # The password opens the sessions of staff. That of a token opened none of those of a linked middel: these go on
        # when the token is handed in. A session that a token opened watches its wachtwoord itself (planning).
        wachtwoord = self.password if self.is_staff else ""
        return salted_hmac(
            "accounts.Account.sessie", f"{self.sessiestempel}:{wachtwoord}", secret=secret, algorithm="sha256"
        ).hexdigest()


class Beheerderschap(models.Model):
    """An account is beheerder of its own organisatie, from–to. What she may hand out is autorisatie's (R02)."""

    bewaarregel: ClassVar = Bewaarregel("Weten wie wanneer beheerder was.", "7 jaar", "het einde van het beheer")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="beheerderschappen")
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)
    nood = models.BooleanField("noodbeheerder", default=False)

    class Meta:
        verbose_name = "beheerderschap"
        verbose_name_plural = "beheerderschappen"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="beheerderschap_een_lopend", condition=Q(tot__isnull=True)
            ),
            period_runs_forward("beheerderschap_periode"),
        ]

    def __str__(self) -> str:
        return f"beheerder {self.account}"


class TijdelijkeBlokkade(models.Model):
    """A beheerder keeps somebody out for a while, from–to: only logging in stops (R16). Why stands in the log."""

    bewaarregel: ClassVar = Bewaarregel("Weten wanneer iemand niet mocht inloggen.", "7 jaar", "het einde ervan")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tijdelijke_blokkades")
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "tijdelijke blokkade"
        verbose_name_plural = "tijdelijke blokkades"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="tijdelijkeblokkade_een_lopend", condition=Q(tot__isnull=True)
            ),
            period_runs_forward("tijdelijkeblokkade_periode"),
        ]

    def __str__(self) -> str:
        return f"tijdelijke blokkade {self.pk}"


class EmailWijziging(models.Model):
    """A new e-mail address that counts only once confirmed from that address (R23). The link in the mail is signed."""

    bewaarregel: ClassVar = Bewaarregel("Een nieuw e-mailadres controleren.", "30 dagen", "de aanvraag")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="emailwijzigingen")
    nieuw_adres = models.EmailField()
    oud_adres = models.EmailField()
    aangevraagd_op = models.DateTimeField()
    geldig_tot = models.DateTimeField()
    bevestigd_op = models.DateTimeField(null=True)
    vervallen_op = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "wijziging van een e-mailadres"
        verbose_name_plural = "wijzigingen van e-mailadressen"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="emailwijziging_een_open",
                condition=Q(bevestigd_op__isnull=True, vervallen_op__isnull=True),
            ),
            models.CheckConstraint(name="emailwijziging_termijn", condition=Q(geldig_tot__gt=F("aangevraagd_op"))),
        ]

    def __str__(self) -> str:
        return f"e-mailwijziging {self.pk}"

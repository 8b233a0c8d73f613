from accounts.models.account import Account, AccountQuerySet, Beheerderschap, EmailWijziging, TijdelijkeBlokkade
from accounts.models.organisatie import Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk, Sector, Soort

__all__ = [
    "Account",
    "AccountQuerySet",
    "Beheerderschap",
    "EmailWijziging",
    "Kenmerk",
    "Machtiging",
    "Organisatie",
    "OrganisatieKenmerk",
    "Sector",
    "Soort",
    "TijdelijkeBlokkade",
]

from accounts.models.account import Account, AccountQuerySet, Beheerderschap, EmailWijziging, TijdelijkeBlokkade
from accounts.models.gegevens import Contactpersoon, Contract
from accounts.models.organisatie import Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk, Sector, Soort

__all__ = [
    "Account",
    "AccountQuerySet",
    "Beheerderschap",
    "Contactpersoon",
    "Contract",
    "EmailWijziging",
    "Kenmerk",
    "Machtiging",
    "Organisatie",
    "OrganisatieKenmerk",
    "Sector",
    "Soort",
    "TijdelijkeBlokkade",
]

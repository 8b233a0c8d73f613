from beheer.admin.accounts import AccountAdmin
from beheer.admin.koppelingen import KoppelingAdmin, MiddelAdmin
from beheer.admin.organisaties import MachtigingAdmin, OrganisatieAdmin

__all__ = ["AccountAdmin", "KoppelingAdmin", "MachtigingAdmin", "MiddelAdmin", "OrganisatieAdmin"]

from beheer.admin.aanvragen import AanvraagAdmin
from beheer.admin.accounts import AccountAdmin
from beheer.admin.codeaanvragen import CodeAanvraagAdmin
from beheer.admin.continuiteit import ContinuiteitsmeldingAdmin
from beheer.admin.foutreferenties import FoutreferentieAdmin
from beheer.admin.hercertificering import BeoordelingAdmin, HercertificeringAdmin
from beheer.admin.incidenten import IncidentAdmin
from beheer.admin.koppelingen import KoppelingAdmin, MiddelAdmin
from beheer.admin.machtigingen import MachtigingAdmin, MachtigingsaanbodAdmin
from beheer.admin.organisaties import OrganisatieAdmin
from beheer.admin.signalen import SignaalAdmin, SignaalgrensAdmin
from beheer.admin.voorstellen import VoorstelAdmin

__all__ = [
    "AanvraagAdmin",
    "AccountAdmin",
    "BeoordelingAdmin",
    "CodeAanvraagAdmin",
    "ContinuiteitsmeldingAdmin",
    "FoutreferentieAdmin",
    "HercertificeringAdmin",
    "IncidentAdmin",
    "KoppelingAdmin",
    "MachtigingAdmin",
    "MachtigingsaanbodAdmin",
    "MiddelAdmin",
    "OrganisatieAdmin",
    "SignaalAdmin",
    "SignaalgrensAdmin",
    "VoorstelAdmin",
]

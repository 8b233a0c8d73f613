from planning.admin.mail import MailsjabloonAdmin
from planning.admin.overstap import OverstapAdmin
from planning.admin.tabel import PlanningsmomentAdmin, PlanningsregelAdmin
from planning.admin.token import TokenAdmin
from planning.admin.uitzondering import UitzonderingAdmin

__all__ = [
    "MailsjabloonAdmin",
    "OverstapAdmin",
    "PlanningsmomentAdmin",
    "PlanningsregelAdmin",
    "TokenAdmin",
    "UitzonderingAdmin",
]

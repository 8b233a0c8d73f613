from planning.admin.overstap import OverstapAdmin
from planning.admin.tabel import PlanningsmomentAdmin, PlanningsregelAdmin
from planning.admin.uitzondering import UitzonderingAdmin

__all__ = ["OverstapAdmin", "PlanningsmomentAdmin", "PlanningsregelAdmin", "UitzonderingAdmin"]

from planning.admin.tabel import PlanningsmomentAdmin, PlanningsregelAdmin

__all__ = ["PlanningsmomentAdmin", "PlanningsregelAdmin"]

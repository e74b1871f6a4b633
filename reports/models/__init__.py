from reports.models.counted import Changed, Counted
from reports.models.plans import ImprovementPlan, PlanEntry

__all__ = ["Changed", "Counted", "ImprovementPlan", "PlanEntry"]

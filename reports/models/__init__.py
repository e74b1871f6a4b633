from reports.models.counted import Changed, Counted
from reports.models.outside import OutsideNumbers
from reports.models.plans import ImprovementPlan, PlanEntry
from reports.models.sheets import MeasureDone, SheetSignature
from reports.models.targets import Target

__all__ = ["Changed", "Counted", "ImprovementPlan", "MeasureDone", "OutsideNumbers", "PlanEntry", "SheetSignature", "Target"]

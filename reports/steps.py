"""What the sweep does on this floor beside counting."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from core import outbox
from reports.actions_plans import path_of
from reports.models import ImprovementPlan, PlanEntry
from reports.models.plans import PlanEntryKind

BATCH = 500


@transaction.atomic
def tell_overdue_plans(now: datetime) -> int:
    """The date of a plan has passed: whoever is to carry it out is told once, or, where they do not sign in, whoever made it."""
    late = list(ImprovementPlan.objects.to_tell(now).order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    ImprovementPlan.objects.to_tell(now).filter(pk__in=late).update(told_at=now)
    plans = list(ImprovementPlan.objects.filter(pk__in=late, told_at=now).select_related("store", "person", "made_by"))
    PlanEntry.objects.bulk_create(PlanEntry(plan=plan, at=now, kind=PlanEntryKind.OVERDUE, due_on=plan.due_on) for plan in plans)
    messages = []
    for plan in plans:
        signs_in = plan.person.is_active and plan.person.has_usable_password()
        reader = plan.person if signs_in else plan.made_by
        if reader is not None:
            topic = "plan_overdue" if signs_in else "plan_overdue_maker"
            facts = {"path": path_of(plan), "due": f"{plan.due_on:%Y-%m-%d}"}
            messages.append(
                outbox.message(
                    store=plan.store, user=reader, occasion=f"plan {plan.pk} {plan.due_on}", stage="overdue", topic=topic, **facts
                )
            )
    outbox.owe(messages)
    return len(plans)


def oldest_due(now: datetime) -> datetime | None:
    """Since when the oldest plan has been overdue that nobody has been told of."""
    return ImprovementPlan.objects.to_tell(now).aggregate(at=Min("due_at"))["at"]

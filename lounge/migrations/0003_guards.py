from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("lounge", "0002_tables")]
    replaces = [('lounge', '0001_initial'), ('lounge', '0002_verdicts'), ('lounge', '0003_waiting'), ('lounge', '0004_asked_index')]
    operations = [
        guard("lounge_sample", ["id", "store_id", "month", "audience", "person_id", "wanted", "seed", "reason", "at"]),
        guard("lounge_samplerank", ["id", "sample_id", "rank", "customer_id", "order_id", "delivery_id"]),
        guard("lounge_verdict", ["id", "store_id", "sample_id", "month", "audience", "person_id", "outcome", "interviews", "place", "seed", "at", "decided_on"]),
        guard("lounge_excuse", ["id", "store_id", "month", "audience", "person_id", "reason", "by_id", "at"]),
        guard("lounge_paypercentages", ["id", "store_id", "reward", "deduction", "by_id", "at"]),
        guard("lounge_dutychange", ["id", "store_id", "kind", "person_id", "verdict_id", "before", "after", "with_person_id", "reason", "by_id", "at"]),
        guard("lounge_request", ["id", "waiting_id", "for_advisor", "at", "by_id"]),
        guard("lounge_question", ["id", "store_id", "waiting_id", "by_id", "at", "on"]),
        guard("lounge_prospect", ["id", "store_id", "waiting_id", "customer_id", "person_id", "by_id", "at", "on"]),
    ]

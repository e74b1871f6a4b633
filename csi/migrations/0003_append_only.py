from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("csi", "0002_initial")]
    operations = [
        guard("csi_response", ["id", "store_id", "version_id", "occasion", "audience", "channel", "customer_id", "vehicle_id", "order_id", "delivery_id", "advisor_id", "surveyor_id", "answered_at", "answered_on", "overall", "is_satisfied", "is_very_satisfied", "is_unhappy"]),
        guard("csi_answer", ["id", "response_id", "question_id", "score"]),
        guard("csi_question", ["id", "version_id", "code", "scale", "text_zh", "text_en"]),
    ]

from django.db import migrations

from core.appendonly import guard
from csi import guards


class Migration(migrations.Migration):
    dependencies = [("csi", "0001_tables")]
    replaces = [('csi', '0001_initial'), ('csi', '0002_initial'), ('csi', '0003_append_only'), ('csi', '0004_response_channels'), ('csi', '0005_aftercare'), ('csi', '0006_factors'), ('csi', '0007_oem_survey'), ('csi', '0008_drafts_and_conditions'), ('csi', '0009_frozen_versions'), ('csi', '0010_invitations'), ('csi', '0011_dissatisfaction_answered_on')]
    operations = [
        guard("csi_response", ["id", "store_id", "version_id", "occasion", "audience", "channel", "customer_id", "vehicle_id", "order_id", "delivery_id", "advisor_id", "surveyor_id", "answered_at", "answered_on", "overall", "is_satisfied", "is_very_satisfied", "is_unhappy"]),
        guard("csi_answer", ["id", "response_id", "question_id", "score"]),
        guard("csi_question", ["id", "version_id", "code", "position", "scale", "link", "is_overall", "is_required", "factor", "weight", "asked_if", "asked_when", "text_zh", "text_en"]),
        guards.versions(),
    ]

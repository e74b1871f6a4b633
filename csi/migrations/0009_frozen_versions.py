from django.db import migrations

from core.appendonly import guard
from csi import guards


class Migration(migrations.Migration):
    dependencies = [("csi", "0008_drafts_and_conditions")]
    operations = [
        # Of a question that was asked nothing changes: neither its place nor what it counts for.
        guard(
            "csi_question",
            ["id", "version_id", "code", "position", "scale", "link", "is_overall", "is_required", "factor", "weight", "asked_if", "asked_when", "text_zh", "text_en"],
        ),
        guards.versions(),
    ]

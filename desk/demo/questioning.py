"""What the store has done with its questionnaires: the card of the service index came out anew, and the next service callback is being
written. The answers that are there belong to the versions that were asked."""

from csi import editor, questionnaires
from csi.models import CALLBACKS, Questionnaire, Scale, When
from csi.shipped_cards import SERVICE_INDEX
from staff.models import User

NO_LINK = {"link": "", "factor": "", "weight": 1, "is_overall": False, "is_required": False}
WAITED = NO_LINK | {
    "scale": Scale.YES_NO, "asked_if": "index_initiation_3", "asked_when": When.NOT_SATISFIED,
    "text_zh": "到店后等候超过十分钟了吗？", "text_en": "Did you wait for more than ten minutes?",
}  # fmt: skip
QUOTED = NO_LINK | {
    "scale": Scale.YES_NO, "asked_if": "price", "asked_when": When.NOT_SATISFIED,
    "text_zh": "维修之前向您报过价吗？", "text_en": "Were you told the price before the work began?",
}  # fmt: skip


def fill(*, by: User) -> None:
    """Questionnaires belong to the installation: where somebody has gone on from what was shipped, nothing is done."""
    index, service = (Questionnaire.objects.get(code=code) for code in (SERVICE_INDEX, CALLBACKS["service"]))
    if index.versions.count() == 1:
        card = editor.start_draft(questionnaire=index, by=by)
        editor.add_question(version=card, fields=WAITED, by=by)
        questionnaires.publish_version(version=card, by=by)
    if service.versions.count() == 1:
        editor.add_question(version=editor.start_draft(questionnaire=service, by=by), fields=QUOTED, by=by)

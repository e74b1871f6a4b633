from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def ship_questionnaires(sender, using, **kwargs):
    """After every migrate and flush: the shipped questionnaires are there."""
    from csi import shipped

    if using == "default" and "csi_question" in connections[using].introspection.table_names():
        shipped.ensure()


class CsiConfig(AppConfig):
    name = "csi"

    def ready(self):
        from core import backup, sweep
        from csi import invitations

        backup.ships("csi_questionnaire", "csi_questionnaireversion", "csi_question")
        post_migrate.connect(ship_questionnaires, sender=self, dispatch_uid="csi.ship_questionnaires")
        sweep.register("cleaned", invitations.forget_drafts, order=95, due=lambda now: [invitations.stale_drafts(now)], can_wait=True)

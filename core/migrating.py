"""Operations for migrations that make many tables. Django renders every model that a new one is related to, which here is nearly all of them,
once more for each table: that was nine tenths of a first start, of a restore, and of every test process's beginning."""

from django.db import migrations
from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """These CreateModel, one after the other; their models are rendered once, for all of them together."""

    def __init__(self, models: list[migrations.CreateModel]):
        self.models = models

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # what has been rendered so far: else each model that is added would bring it up to date
        for one in self.models:
            one.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for one in self.models:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for one in reversed(self.models):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return "Create models " + ", ".join(one.name for one in self.models)


class OnTables(migrations.RunPython):
    """RunPython whose functions look at no model, so that none is rendered: they are called with (None, schema_editor)."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self.code(None, schema_editor)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self.reverse_code(None, schema_editor)

"""Tables made together are the tables made one by one."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from core.migrating import CreateModels, OnTables

pytestmark = pytest.mark.django_db(transaction=True)


def tables():
    """Each names the other's: a shelf's best book stands on it."""
    key = ("id", models.BigAutoField(primary_key=True))
    book = [
        key,
        ("shelf", models.ForeignKey("core.MadeShelf", models.CASCADE)),
        ("tags", models.ManyToManyField("core.MadeShelf", related_name="+")),
    ]
    return [migrations.CreateModel("MadeShelf", [key, ("name", models.CharField(max_length=9))]), migrations.CreateModel("MadeBook", book)]


def made() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("core_made")}


def test_the_models_are_those_that_come_one_by_one():
    together, single = ProjectState(), ProjectState()
    assert together.apps.get_models() == []  # rendered before: what comes in is not forgotten for it
    CreateModels(tables()).state_forwards("core", together)
    for one in tables():
        one.state_forwards("core", single)
    assert together == single and {model.__name__ for model in together.apps.get_models()} == {"MadeShelf", "MadeBook"}


def test_tables_are_made_and_taken_away_again():
    before, after, operation = ProjectState(), ProjectState(), CreateModels(tables())
    operation.state_forwards("core", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("core", editor, before, after)
    try:
        assert made() == {"core_madeshelf", "core_madebook", "core_madebook_tags"}
        after.apps.get_model("core", "MadeBook").objects.create(shelf=after.apps.get_model("core", "MadeShelf").objects.create(name="A"))
    finally:
        with connection.schema_editor() as editor:
            operation.database_backwards("core", editor, after, before)
    assert made() == set()


def test_statements_on_tables_render_no_model():
    asked, state = [], ProjectState()
    operation = OnTables(lambda apps, editor: asked.append((apps, editor)), lambda apps, editor: asked.append("back"))
    operation.database_forwards("core", "editor", state, state)
    operation.database_backwards("core", "editor", state, state)
    assert asked == [(None, "editor"), "back"] and "apps" not in state.__dict__

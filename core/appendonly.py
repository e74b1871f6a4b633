"""Rows that are written once: refused by the model, and by a trigger for whoever goes round the model (design, rule 8)."""

from django.db import models

from core.migrating import OnTables


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete a row that only ever gets added."""


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **values):
        if set(values) - {*self.model.ERASABLE, *self.model.MARKS}:
            raise AppendOnlyError(f"{self.model.__name__} rows are never changed")
        return super().update(**values)

    def delete(self):
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted")


class AppendOnlyModel(models.Model):
    """ERASABLE names the columns (words) that may still be blanked when a customer asks for it; MARKS those in which the sweep notes
    that it has seen to the row."""

    ERASABLE: tuple[str, ...] = ()
    MARKS: tuple[str, ...] = ()
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.pk is not None and not kwargs.get("force_insert") and not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows are never changed")
        return super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnlyError(f"{type(self).__name__} rows are never deleted")


def guard(table: str, columns: list[str]) -> OnTables:
    """A migration operation: the database refuses DELETE on the table and UPDATE of these columns (in place of those before)."""

    def create(apps, schema_editor):
        drop(apps, schema_editor)
        quoted = ", ".join(schema_editor.quote_name(column) for column in columns)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger AS $$ "
                f"BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {quoted} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {quoted} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )

    def drop(apps, schema_editor):
        on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete{on}")
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update{on}")

    return OnTables(create, drop)

"""What the database refuses of a questionnaire's versions, on top of core.appendonly.guard for its questions; for migrations. On SQLite a
migration that makes the table anew (a new column with a default, a changed constraint) loses its triggers: it ends with this again."""

from core.migrating import OnTables

TABLE = "csi_questionnaireversion"
# A version keeps its name for good. What was brought out goes one way, published and then retired, and nothing else of it changes.
CHANGED = """
    NEW.id <> OLD.id OR NEW.questionnaire_id <> OLD.questionnaire_id OR NEW.number <> OLD.number
    OR (OLD.status <> 'draft' AND (NEW.draft {differs} OLD.draft OR NEW.published_at {differs} OLD.published_at))
    OR (OLD.status = 'published' AND NEW.status NOT IN ('published', 'retired'))
    OR (OLD.status = 'retired' AND NEW.status <> 'retired')
"""
REFUSED = {"UPDATE": CHANGED, "DELETE": "OLD.status <> 'draft'"}
WHY = f"{TABLE}: a published version never changes"


def versions() -> OnTables:
    """A version that was published never changes but that it retires, and is never deleted."""

    def create(apps, schema_editor):
        drop(apps, schema_editor)
        is_postgresql = schema_editor.connection.vendor == "postgresql"
        if is_postgresql:
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {TABLE}_frozen() RETURNS trigger AS $$ "
                f"BEGIN RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
            )
        for act, condition in REFUSED.items():
            name = f"{TABLE}_no_{act.lower()}"
            condition = condition.format(differs="IS DISTINCT FROM" if is_postgresql else "IS NOT")
            if is_postgresql:
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {act} ON {TABLE} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {TABLE}_frozen()"
                )
            else:
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {act} ON {TABLE} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
                )

    def drop(apps, schema_editor):
        on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
        for act in REFUSED:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{act.lower()}{on}")

    return OnTables(create, drop)

"""Which changes make which figures stale: triggers note the earliest local day that a change concerns (reports.models.Changed).

Triggers, because a change that somebody forgets to tell would make a figure wrong for ever: they see what an import copies in, what a
bulk update touches, and what is corrected by hand in the database. PostgreSQL notes once a statement, SQLite once a row and only if
nothing as early is noted already (it has one writer at a time, so that is safe there, and only there).
"""

from dataclasses import dataclass

from core.migrating import OnTables


@dataclass(frozen=True)
class Watched:
    """day: SQL, {row} stands for the row. columns: those that figures look at; a change of others is none. rare: columns whose change
    concerns every period. since: an earlier day that a change (not a new row) concerns; its null is none."""

    table: str
    day: str
    columns: tuple[str, ...]
    rare: tuple[str, ...] = ()
    since: str = ""


WATCHED = [
    Watched(
        "visits_serviceorder",
        "{row}.received_on",
        ("vehicle_id", "advisor_id", "kind", "step", "received_on", "delivered_on", "signed_at", "work_started_at", "promised_at", "delivered_at",
         "total_fen"),
    ),
    Watched("visits_newcardelivery", "{row}.delivered_on", ("vehicle_id", "consultant_id", "delivered_on")),
    Watched("followups_followup", "{row}.due_on", ("due_on", "due_at", "status", "dials", "first_dialled_at", "order_id", "delivery_id")),
    Watched("followups_attempt", "{row}.on", ("on", "outcome", "by_id")),
    # The delight of the cars handed over last month is said this month.
    Watched(
        "csi_response",
        "{least}({row}.answered_on, COALESCE((SELECT delivered_on FROM visits_serviceorder WHERE id = {row}.order_id), {row}.answered_on))",
        ("answered_on", "overall", "is_satisfied", "is_very_satisfied", "is_unhappy"),
    ),
    Watched("csi_dissatisfaction", "{row}.answered_on", ("link",)),
    # A complaint counts among the hand-overs that it is about, which may be those of months ago.
    Watched(
        "complaints_complaint",
        "{least}({row}.received_on, COALESCE((SELECT delivered_on FROM visits_serviceorder WHERE id = {row}.order_id), {row}.received_on), "
        "COALESCE((SELECT delivered_on FROM visits_newcardelivery WHERE id = {row}.delivery_id), {row}.received_on))",
        ("received_on", "channel", "link", "department", "order_id", "delivery_id"),
    ),
    Watched("complaints_clock", "{row}.due_on", ("due_on", "due_at", "met_at", "breached_at")),
    # The warranty of a car decides which of its follow-ups count, its cycle when its first maintenance fell due.
    Watched(
        "customers_vehicle", "{opened}", ("warranty_until", "maintenance_months"), rare=("status",),
        since="{least}((SELECT COALESCE(MIN(due_on), '9999-12-31') FROM followups_followup WHERE vehicle_id = {row}.id), "
        "(SELECT COALESCE(MIN(delivered_on), '9999-12-31') FROM visits_newcardelivery WHERE vehicle_id = {row}.id))",
    ),
    Watched("reports_outsidenumbers", "{row}.month", ("month", "local_vehicles", "profit_share")),
]  # fmt: skip
EVER = "'1970-01-01'"
OPENED = {"postgresql": "({row}.opened_at - interval '1 day')::date", "sqlite": "date({row}.opened_at, '-1 day')"}


def _day(watched: Watched, row: str, vendor: str, day: str = "") -> str:
    day = (day or watched.day).replace("{opened}", OPENED[vendor]).replace("{least}", "LEAST" if vendor == "postgresql" else "MIN")
    return day.replace("{row}.on", '{row}."on"').replace("{row}", row)


def postgresql(watched: Watched) -> list[str]:
    table, function = watched.table, f"reports_note_{watched.table}"
    after, before = _day(watched, "a", "postgresql"), _day(watched, "b", "postgresql")
    is_other = " OR ".join(f'a."{column}" IS DISTINCT FROM b."{column}"' for column in watched.columns + watched.rare)
    is_rare = " OR ".join(f'a."{column}" IS DISTINCT FROM b."{column}"' for column in watched.rare) or "false"
    since = f", {_day(watched, 'a', 'postgresql', watched.since)}" if watched.since else ""
    day = f"CASE WHEN {is_rare} THEN {EVER}::date ELSE LEAST({after}, {before}{since}) END"
    note = "INSERT INTO reports_changed (store_id, day)"
    trigger = f"CREATE TRIGGER {function}_%s AFTER %s ON {table} REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN {note} SELECT a.store_id, min({after}) FROM added a GROUP BY 1; "
        f"ELSIF TG_OP = 'DELETE' THEN {note} SELECT b.store_id, min({before}) FROM gone b GROUP BY 1; "
        f"ELSE {note} SELECT a.store_id, min({day}) FROM added a JOIN gone b ON b.id = a.id WHERE {is_other} GROUP BY 1; "
        "END IF; RETURN NULL; END $$ LANGUAGE plpgsql",
        trigger % ("i", "INSERT", "NEW TABLE AS added"),
        trigger % ("d", "DELETE", "OLD TABLE AS gone"),
        trigger % ("u", "UPDATE", "NEW TABLE AS added OLD TABLE AS gone"),
    ]


def sqlite(watched: Watched) -> list[str]:
    table, compared = watched.table, watched.columns + watched.rare

    def note(store: str, day: str) -> str:
        known = f"SELECT 1 FROM reports_changed WHERE store_id = {store} AND day <= {day}"
        return f"INSERT INTO reports_changed (store_id, day) SELECT {store}, {day} WHERE NOT EXISTS ({known})"

    new, old = _day(watched, "NEW", "sqlite"), _day(watched, "OLD", "sqlite")
    is_other = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in compared)
    is_rare = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in watched.rare) or "0"
    columns = ", ".join(f'"{column}"' for column in compared)
    since = f", {_day(watched, 'NEW', 'sqlite', watched.since)}" if watched.since else ""
    changed = note("NEW.store_id", f"CASE WHEN {is_rare} THEN {EVER} ELSE MIN({new}, {old}{since}) END")
    return [
        f"CREATE TRIGGER reports_note_{table}_i AFTER INSERT ON {table} BEGIN {note('NEW.store_id', new)}; END",
        f"CREATE TRIGGER reports_note_{table}_d AFTER DELETE ON {table} BEGIN {note('OLD.store_id', old)}; END",
        f"CREATE TRIGGER reports_note_{table}_u AFTER UPDATE OF {columns} ON {table} WHEN {is_other} BEGIN {changed}; END",
    ]


def watch(*tables: str) -> OnTables:
    """A migration operation: the triggers of these tables, as WATCHED says now."""

    def create(apps, schema_editor):
        drop(apps, schema_editor)
        make = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
        for watched in WATCHED:
            if watched.table in tables:
                for statement in make(watched):
                    schema_editor.execute(statement.replace("%", "%%"))

    def drop(apps, schema_editor):
        for table in tables:
            on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
            for ending in "idu":
                schema_editor.execute(f"DROP TRIGGER IF EXISTS reports_note_{table}_{ending}{on}")

    return OnTables(create, drop)


def count_again() -> OnTables:
    """A migration operation: what is counted has changed, so everything kept is stale."""

    def make_stale(apps, schema_editor):
        schema_editor.execute("UPDATE reports_counted SET is_stale = %s, changes = changes + 1", [True])

    return OnTables(make_stale, OnTables.noop)

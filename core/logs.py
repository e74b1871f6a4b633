"""JSON lines on stderr. Records carry ids and event names; names, phones and what people typed never enter them: neither an
exception's message nor an address, because nobody can know what stands in those. docs/operations.md tells how to read them."""

import re
import traceback

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist
from gunicorn.glogging import Logger

# Their messages name code, not data.
ABOUT_CODE = (AttributeError, NameError, ImportError, TypeError, NotImplementedError, ImproperlyConfigured, TemplateDoesNotExist)
# PostgreSQL's codes, by class: connection, roll-back, names that do not exist, resources, state, intervention, system. A refused value
# or row (22, 23) is quoted in the message, and so is what the parser stumbled over.
TOLD_CLASSES = ("08", "40", "42", "53", "55", "57", "58")
SYNTAX_ERROR = "42601"
_QUERY = re.compile(r"\?[^\s'\"]*")


def told(problem: BaseException) -> str:
    """The exception's type, and as much of its message as cannot hold anybody's data."""
    kind = type(problem)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    text = _told_by_database(problem)
    if text is None and isinstance(problem, OSError):
        text = problem.strerror
    if text is None and isinstance(problem, ABOUT_CODE):
        text = str(problem)
    return f"{name}: {text}" if text else name


def _told_by_database(problem: BaseException) -> str | None:
    """Also of Django's exceptions, which wrap the driver's."""
    for error in (problem, problem.__cause__):
        if type(error).__module__ == "sqlite3":  # names of tables, columns and constraints
            return str(error)
        if type(error).__module__.startswith("psycopg2"):
            code = error.pgcode or ""
            if not code or (code.startswith(TOLD_CLASSES) and code != SYNTAX_ERROR):
                return (error.diag.message_primary or str(error)).split("\n")[0]
            names = (error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
            return " ".join([code, *filter(None, names)])
    return None


def as_text(exc_info) -> str:
    """The traceback as Python prints it, the first cause first, without what told() leaves out."""
    parts, problem, seen = [], exc_info[1], set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        parts.append("".join(traceback.StackSummary.extract(traceback.walk_tb(problem.__traceback__)).format()) + told(problem))
        problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    return "\n\n".join(reversed(parts))


def place(request) -> str:
    """'GET /customers/<int:pk>/ pk=12': the address as the URLconf has it; what somebody typed that is no address of ours is not told."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return f"{request.method} (no address of ours)"
    # A longer number is no id of ours, but may be a phone that somebody typed there.
    ids = "".join(f" {name}={value}" for name, value in match.kwargs.items() if isinstance(value, int) and value < 10**9)
    return f"{request.method} /{match.route}{ids}"


def without_data(logger, name, event):
    """What libraries put into their sentences: Django the path, Celery the exception, gunicorn the whole address."""
    record = event.get("_record")
    request = getattr(record, "request", None)
    if hasattr(request, "resolver_match"):
        event["event"] = f"{getattr(record, 'status_code', '')} {place(request)}".strip()
    elif record is not None and record.name == "celery.app.trace":
        data = getattr(record, "data", {})
        event["event"] = f"task {data.get('name')} {data.get('description', '')}".strip()
    elif record is not None and record.name == "gunicorn.error":
        event["event"] = _QUERY.sub("", event["event"])
    return event


_SHARED = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(as_text),
    without_data,
]


def formatter():
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        foreign_pre_chain=_SHARED,
    )


def configure() -> None:
    """structlog's own loggers go through the standard library's, so that settings.LOGGING decides what is written and how."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class GunicornLogger(Logger):
    """Named in `serve`: the web server's own lines have the same form. There is no access log: it would hold addresses."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter())

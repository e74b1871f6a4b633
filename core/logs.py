"""JSON lines on stderr. Records carry ids and event names; names, phones and what people typed never enter them."""

import re

import structlog

_ROW = re.compile(r"\nDETAIL:.*?(?=\n\n|\Z)", re.DOTALL)


def without_rows(logger, name, event):
    """PostgreSQL's refusals quote the row that was refused ("Key (number)=(+86138…) already exists"): that part is cut."""
    if "exception" in event:
        event["exception"] = _ROW.sub("", event["exception"])
    return event


_SHARED = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_rows,
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

from django_structlog.middlewares import RequestMiddleware

from core import logs


class LoggedRequestMiddleware(RequestMiddleware):
    """One line for each request that was refused or failed, with its id and the person's; without what may stand in an address."""

    format_request = staticmethod(logs.place)

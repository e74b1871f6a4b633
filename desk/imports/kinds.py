"""The kinds of record that can be imported: how each is read, applied, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from desk.imports import callback_sheets, callbacks, customers, deliveries, examples, oem_survey, orders
from desk.imports.archive import Chunk
from desk.imports.rows import Reader, Row
from desk.models import ImportRun


@dataclass(frozen=True)
class Kind:
    reader: Reader
    chunk: type[Chunk]
    in_order: Callable[[list[Row]], list[Row]]


_KINDS = {
    ImportRun.Kind.SERVICE_ORDERS: Kind(orders.READER, orders.Orders, orders.in_order_of_time),
    ImportRun.Kind.DELIVERIES: Kind(deliveries.READER, deliveries.Deliveries, deliveries.in_order_of_time),
    ImportRun.Kind.CUSTOMERS: Kind(customers.READER, customers.Customers, customers.agreed),
    ImportRun.Kind.CALLBACKS: Kind(callback_sheets.READER, callbacks.Callbacks, callback_sheets.in_order_of_time),
    ImportRun.Kind.OEM_SURVEY: Kind(oem_survey.READER, oem_survey.Surveys, oem_survey.in_order_of_time),
}
# A template's example is no record: the reader of each kind knows it.
KINDS: dict[str, Kind] = {
    name: replace(kind, reader=replace(kind.reader, example=examples.texts(name, kind.reader.meanings))) for name, kind in _KINDS.items()
}

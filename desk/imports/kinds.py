"""The kinds of record that can be imported: how each is read, applied, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass

from desk.imports import orders
from desk.imports.archive import Chunk
from desk.imports.rows import Reader, Row
from desk.models import ImportRun


@dataclass(frozen=True)
class Kind:
    reader: Reader
    chunk: type[Chunk]
    in_order: Callable[[list[Row]], list[Row]]


KINDS: dict[str, Kind] = {
    ImportRun.Kind.SERVICE_ORDERS: Kind(orders.READER, orders.Orders, orders.in_order_of_time),
}

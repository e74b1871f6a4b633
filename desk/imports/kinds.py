"""From a file's rows to service orders: each row is accepted whole or rejected whole, with where and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from django.utils.translation import gettext as _

from core.tabular import Sheet
from core.workdays import Hours
from customers import identifiers
from desk.imports import cells, headers
from desk.imports.cells import CellError
from desk.imports.headers import Header
from visits.models import Kind

OPENS, CLOSES = 8 * 60 + 30, 18 * 60 + 30  # contracts.md: the default hours, also for closed days
LIMITS = {"number": 40, "name": 80, "contact": 60, "model": 80, "advisor": 60, "technician": 60}


class NoTable(Exception):
    """No sheet has the columns that are needed, or there is no row below them; str() is a sentence."""


@dataclass(frozen=True)
class Remark:
    """A cell about which something is to be said: a warning, a conflict, or the reason why its row is rejected."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str

    def as_json(self) -> dict:
        return {"sheet": self.sheet, "row": self.row, "column": self.column, "value": self.value, "reason": self.reason}


@dataclass(frozen=True)
class Rejected:
    """names, cells: the header and the row as the file has them, to be written out again."""

    remark: Remark
    names: list[str]
    cells: list[str]


@dataclass(frozen=True)
class OrderRow:
    """A valid row. phones: as written. name: the owner's; contact: who brought the car (送修人), '' when the file does not say."""

    sheet: str
    row: int
    header: Header
    cells: list[str]
    number: str
    received_at: datetime
    delivered_at: datetime | None
    name: str
    contact: str
    phones: tuple[str, ...]
    plate: str
    vin: str
    model: str
    mileage: int | None
    advisor: str
    technicians: tuple[str, ...]
    kind: str
    labour_fen: int
    parts_fen: int
    package_fen: int
    total_fen: int
    next_maintenance_on: date | None
    next_maintenance_km: int | None
    note: str

    def remark(self, name: str, value: str, reason: str) -> Remark:
        return Remark(self.sheet, self.row, self.header.title(name), value, reason)


@dataclass
class Reading:
    """What the file says, before anything is written."""

    rows: list[OrderRow] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)


def read_orders(sheets: list[Sheet], opening: Hours) -> Reading:
    """Every sheet whose header matches; rows with one order number: the last valid one wins. Raises NoTable."""
    reading, found, misfit = Reading(), False, None
    for sheet in sheets:
        header = headers.find(sheet)
        if header is None or header.missing:
            misfit = misfit or header
            continue
        found = True
        reading.unknown_columns += [name for name in header.unknown if name not in reading.unknown_columns]
        _read_sheet(reading, sheet, header, opening)
    if not found and misfit:
        raise NoTable(_("The header row has no column for: %(names)s.") % {"names": "、".join(misfit.missing)})
    if not found:
        raise NoTable(_("No sheet has a header row that is known here, such as 工单号, 进店日期, 客户姓名, 车牌号."))
    _drop_repeated(reading)
    if not reading.rows and not reading.rejects:
        raise NoTable(_("There is a header row, but no row below it."))
    return reading


def _read_sheet(reading: Reading, sheet: Sheet, header: Header, opening: Hours) -> None:
    for row, values in sheet.rows[header.at + 1 :]:
        if headers.is_total(values, header.index("number")) or headers.match(0, values).columns == header.columns:
            continue  # a total, or the header once more on the next printed page
        reader = RowReader(sheet, row, header, values, opening)
        order = reader.order()
        if order:
            reading.rows.append(order)
            reading.warnings += reader.warnings
        else:
            reading.rejects.append(Rejected(reader.reject(), header.names, values))


def _drop_repeated(reading: Reading) -> None:
    last = {order.number: n for n, order in enumerate(reading.rows)}
    kept = []
    for n, order in enumerate(reading.rows):
        if last[order.number] == n:
            kept.append(order)
        else:
            remark = order.remark("number", order.number, _("repeated below"))
            reading.rejects.append(Rejected(remark, order.header.names, order.cells))
    dropped = {(rejected.remark.sheet, rejected.remark.row) for rejected in reading.rejects}
    reading.rows = kept
    reading.warnings = [remark for remark in reading.warnings if (remark.sheet, remark.row) not in dropped]


class RowReader:
    """Reads one row, collecting what is wrong with it."""

    def __init__(self, sheet: Sheet, row: int, header: Header, values: list[str], opening: Hours):
        self.sheet, self.row, self.header, self.values, self.opening = sheet, row, header, values, opening
        self.warnings: list[Remark] = []
        self.errors: list[Remark] = []

    def all(self, name: str) -> list[str]:
        texts = [self.values[index] for index in self.header.columns.get(name, []) if index < len(self.values)]
        return [text for text in texts if not cells.is_nothing(text)]

    def raw(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def error(self, name: str, reason: str, value: str | None = None) -> None:
        self.errors.append(Remark(self.sheet.name, self.row, self.header.title(name), self.raw(name) if value is None else value, reason))

    def warn(self, name: str, reason: str, value: str | None = None) -> None:
        self.warnings.append(Remark(self.sheet.name, self.row, self.header.title(name), self.raw(name) if value is None else value, reason))

    def reject(self) -> Remark:
        """One remark a row: the first wrong cell, and the others named in its reason."""
        first, *others = self.errors
        reason = "; ".join([first.reason, *(f"{other.column}: {other.reason}" for other in others)])
        return Remark(first.sheet, first.row, first.column, first.value, reason)

    def text(self, name: str) -> str:
        written = " ".join(cells.clean(self.raw(name)).split())
        if len(written) > LIMITS[name]:
            self.error(name, _("longer than %(n)d characters") % {"n": LIMITS[name]})
        return written

    def parsed(self, name: str, parse, otherwise=None):
        if not self.raw(name):
            return otherwise
        try:
            return parse(self.raw(name))
        except CellError as problem:
            self.error(name, str(problem))
            return otherwise

    def order(self) -> OrderRow | None:
        number = self.text("number").removesuffix(".0")
        if not number:
            self.error("number", _("the order number is missing"))
        received_at, delivered_at = self.times()
        name, contact = self.text("name"), self.text("contact")
        if not name and not contact:
            self.error("name" if "name" in self.header.columns else "contact", _("the customer's name is missing"))
        plate, vin = self.car()
        labour, parts, package = (self.parsed(field, cells.amount) for field in ("labour", "parts", "package"))
        total = self.parsed("total", cells.amount)
        order = OrderRow(
            sheet=self.sheet.name,
            row=self.row,
            header=self.header,
            cells=self.values,
            number=number,
            received_at=received_at,
            delivered_at=delivered_at,
            name=name,
            contact=contact,
            phones=self.phones(),
            plate=plate,
            vin=vin,
            model=self.text("model"),
            mileage=self.parsed("mileage", cells.mileage),
            advisor=self.text("advisor"),
            technicians=tuple(name for text in self.all("technician") for name in cells.people(text)),
            kind=self.parsed("kind", cells.kind, Kind.REPAIR),
            labour_fen=labour or 0,
            parts_fen=parts or 0,
            package_fen=package or 0,
            total_fen=(labour or 0) + (parts or 0) + (package or 0) if total is None else total,
            next_maintenance_on=self.parsed("next_maintenance_on", self.day),
            next_maintenance_km=self.parsed("next_maintenance_km", cells.mileage),
            note=self.note(),
        )
        return None if self.errors else order

    def day(self, text: str) -> date:
        return cells.moment(text, self.sheet.is_1904).at.date()

    def times(self) -> tuple[datetime | None, datetime | None]:
        """(received, delivered) in UTC. A date without a time: opening time for received, closing time for delivered."""

        def parse(text):
            return cells.moment(text, self.sheet.is_1904)

        received, delivered = self.parsed("received_at", parse), self.parsed("delivered_at", parse)
        if received is None and delivered is None:
            if not self.errors:
                name = "received_at" if "received_at" in self.header.columns else "delivered_at"
                self.error(name, _("the date is missing"))
            return None, None
        delivered_at = delivered and self._utc(delivered, closing=True)
        if received is None:
            opens = self._at_minute(delivered.at.date(), self._edges(delivered.at.date())[0])
            return min(opens, delivered_at), delivered_at
        received_at = self._utc(received, closing=False)
        if delivered_at and delivered_at < received_at:
            if delivered.at.date() == received.at.date() and not delivered.has_time:
                delivered_at = received_at  # came after closing time, and left on the same day
            elif delivered.at.date() == received.at.date() and not received.has_time:
                received_at = delivered_at
            else:
                self.error("delivered_at", _("handed over before it came in"))
        return received_at, delivered_at

    def _utc(self, moment: cells.Moment, *, closing: bool) -> datetime:
        day = moment.at.date()
        if not moment.has_time:
            return self._at_minute(day, self._edges(day)[closing])
        return datetime.combine(day, time(moment.at.hour, moment.at.minute, moment.at.second), self.opening.tz).astimezone(UTC)

    def _edges(self, day: date) -> tuple[int, int]:
        ranges = self.opening.ranges(day)
        return (ranges[0][0], ranges[-1][1]) if ranges else (OPENS, CLOSES)

    def _at_minute(self, day: date, minute: int) -> datetime:
        return self.opening.moment(day, minute)

    def car(self) -> tuple[str, str]:
        plate, vin = self.parsed("plate", cells.plate, ""), self.parsed("vin", cells.vin, "")
        if not plate and not vin and not self.errors_in("plate", "vin"):
            self.error("plate" if "plate" in self.header.columns else "vin", _("neither plate nor VIN"))
        if vin and not identifiers.vin_check_digit_fits(vin):
            self.warn("vin", _("the VIN's check digit does not fit"))
        return plate, vin

    def errors_in(self, *names: str) -> bool:
        titles = {self.header.title(name) for name in names}
        return any(error.column in titles for error in self.errors)

    def phones(self) -> tuple[str, ...]:
        found = list(dict.fromkeys(phone for text in self.all("phone") for phone in cells.phones(text)))
        kept = [phone for phone in found if identifiers.parse_phone(phone).number]
        if not kept:
            self.warn("phone" if "phone" in self.header.columns else "name", _("no phone"), value=self.raw("phone"))
        for phone in kept:
            if not identifiers.parse_phone(phone).is_valid:
                self.warn("phone", _("not a phone number; kept as invalid"), value=phone)
        return tuple(kept)

    def note(self) -> str:
        note = cells.clean(self.raw("note"))
        if len(note) > 200:
            self.warn("note", _("cut off after 200 characters"))
        return note[:200]


def in_order_of_time(rows: list[OrderRow]) -> Iterator[OrderRow]:
    """Owners change with time: an earlier visit is never applied after a later one."""
    return iter(sorted(rows, key=lambda order: (order.received_at, order.sheet, order.row)))

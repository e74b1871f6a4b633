"""The list of the old system that somebody has brought in to compare: read by the importer itself, as any file."""

from datetime import datetime, timedelta

from desk.imports import runs
from desk.models import ImportRun
from staff.models import Store, User
from visits.models import ServiceOrder

HEADER = ["工单号", "客户姓名", "客户电话", "车牌号", "进店日期", "交车时间", "里程数", "结算金额", "服务顾问"]
SHOWN = 36
DAYS_AGO = 2
WRONG = [
    ["", "何建华", "13908231177", "渝A3K21P", "{day} 09:12", "{day} 11:40", "38500", "420", ""],
    ["RO{n}", "唐小燕", "13996045512", "渝B7H", "{day} 10:05", "{day} 10:55", "12040", "298", ""],
    ["RO{n}", "罗永强", "15823310984", "渝D90F62", "{day} 14:20", "{day} 13:10", "66100", "1280", ""],
]


def compare(store: Store, now: datetime, by: User) -> None:
    """Most of its rows are those of the store already; a few say otherwise than a person has typed, three are wrong."""
    at = now - timedelta(days=DAYS_AGO)
    orders = ServiceOrder.objects.delivered().filter(store=store, delivered_at__lt=at - timedelta(days=1)).exclude(vehicle__plate="")
    latest = list(orders.select_related("customer", "vehicle", "advisor").order_by("-delivered_at", "-pk")[:SHOWN])
    if not latest:
        return
    lines = [HEADER, *(_line(order, store, n) for n, order in enumerate(reversed(latest)))]
    day = f"{latest[-1].delivered_on:%Y-%m-%d}"
    lines += [[cell.format(day=day, n=90_000 + n) for cell in row] for n, row in enumerate(WRONG)]
    data = "\n".join(",".join(line) for line in lines).encode("gb18030")
    run = runs.add(
        store=store, kind=ImportRun.Kind.SERVICE_ORDERS, filename="旧系统维修台账.csv", data=data, by=by, status=ImportRun.Status.WAITING
    )
    runs.work(store)
    ImportRun.objects.filter(pk=run.pk).update(created_at=at, finished_at=at + timedelta(seconds=3))


def _line(order: ServiceOrder, store: Store, n: int) -> list[str]:
    received, delivered = (f"{at.astimezone(store.tz):%Y-%m-%d %H:%M}" for at in (order.received_at, order.delivered_at))
    total = order.total_fen // 100 + (60 if n % 17 == 5 else 0)  # the old system's sum, before a rebate
    phone = order.customer.phones.order_by("position").first()
    return [
        order.number, order.customer.name, phone.number.removeprefix("+86") if phone else "", order.vehicle.plate, received, delivered,
        str(order.mileage or ""), str(total), order.advisor.name if order.advisor else "",
    ]  # fmt: skip

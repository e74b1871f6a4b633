"""Which column is which: headers match by alias, ignoring blanks, full-width forms, asterisks and bracketed units (contracts.md)."""

import re
import unicodedata
from dataclasses import dataclass, field

from core.tabular import Sheet

TITLE_ROWS = 30  # how far down a header row is looked for

# field -> its aliases
SERVICE_ORDERS: dict[str, list[str]] = {
    "number": ["工单号", "工单编号", "委托书号", "结算单号", "维修单号", "RO号", "RO单号"],
    "received_at": ["进店日期", "进店时间", "进厂时间", "进厂日期", "接车时间", "接车日期", "开单时间", "开单日期"],
    "delivered_at": ["结算日期", "结算时间", "交车时间", "交车日期", "出厂时间", "出厂日期", "完工时间", "完工日期"],
    "name": ["客户姓名", "客户名称", "用户姓名", "车主", "车主姓名"],
    "contact": ["送修人", "送修人姓名"],
    "phone": ["客户电话", "联系电话", "电话号码", "电话", "手机", "手机号", "手机号码", "移动电话"],
    "plate": ["车牌号", "车牌", "牌照号", "车牌号码"],
    "vin": ["车架号", "车架号VIN", "VIN", "VIN码", "VIN号", "底盘号"],
    "model": ["车型", "汽车型号", "车型名称"],
    "mileage": ["里程", "里程数", "行驶里程", "进厂里程"],
    "advisor": ["服务顾问", "维修顾问", "接待顾问", "SA"],
    "technician": ["维修技师", "主修人", "技师"],
    "kind": ["工单类型", "维修类型", "业务类型"],
    "labour": ["项目金额", "工时费", "工时金额"],
    "parts": ["配件金额", "材料费", "材料金额", "配件费"],
    "package": ["套餐金额"],
    "total": ["结算金额", "应收金额", "总金额"],
    "next_maintenance_on": ["下次保养日期", "下次保养时间", "预计保养时间"],
    "next_maintenance_km": ["下次保养里程"],
    "note": ["备注"],
}
# Each group must have at least one of its columns.
REQUIRED = [("number",), ("received_at", "delivered_at"), ("name", "contact"), ("plate", "vin")]
SEVERAL = {"phone", "technician"}  # fields that may stand in more than one column
IGNORED = {"", "序号", "no", "no."}
TOTALS = {"合计", "总计", "小计", "累计", "本页小计"}


def plain(header: str) -> str:
    """'＊车架号（VIN）' -> '车架号vin'; '里程(km)' -> '里程'. A bracketed word of letters that names the thing stays."""
    text = re.sub(r"[\s*]", "", unicodedata.normalize("NFKC", header)).lower().rstrip(":")
    return (
        re.sub(r"[(\[【](?!vin[)\]】])[^)\]】]*[)\]】]", "", text).replace("(vin)", "vin").replace("[vin]", "vin").replace("【vin】", "vin")
    )


ALIASES: dict[str, str] = {plain(alias): name for name, aliases in SERVICE_ORDERS.items() for alias in aliases}


@dataclass
class Header:
    """columns: field -> the indexes of its columns. names: the header cells as the file has them."""

    at: int
    names: list[str]
    columns: dict[str, list[int]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def index(self, name: str) -> int | None:
        return self.columns[name][0] if name in self.columns else None

    def title(self, name: str) -> str:
        index = self.index(name)
        return "" if index is None else self.names[index]

    @property
    def missing(self) -> list[str]:
        """The first alias of each required group without a column."""
        return [SERVICE_ORDERS[group[0]][0] for group in REQUIRED if not any(name in self.columns for name in group)]


def match(at: int, cells: list[str]) -> Header:
    header = Header(at, cells)
    for index, cell in enumerate(cells):
        name = ALIASES.get(plain(cell))
        if name and (name not in header.columns or name in SEVERAL):
            header.columns.setdefault(name, []).append(index)
        elif plain(cell) not in IGNORED:
            header.unknown.append(cell)
    return header


def find(sheet: Sheet) -> Header | None:
    """The header row of a sheet, also below title rows; the best candidate when none is complete, None when nothing matches."""
    best = None
    for at, (_row, cells) in enumerate(sheet.rows[:TITLE_ROWS]):
        header = match(at, cells)
        if best is None or len(header.columns) > len(best.columns):
            best = header
        if not header.missing:
            return header
    return best if best and len(best.columns) > 1 else None


def is_total(cells: list[str], key: int | None) -> bool:
    """A row that says 合计 (总计, 小计, 累计) instead of a key."""
    if key is not None and key < len(cells) and cells[key] and plain(cells[key]) not in TOTALS:
        return False
    return any(plain(cell) in TOTALS for cell in cells)

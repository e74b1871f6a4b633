"""The row that a template shows: about a customer who does not exist, and known again when it is left in the file."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from core.money import to_yuan
from desk.imports.cells import amount
from desk.models import ImportRun

Kind = ImportRun.Kind

# The invented customer: what a column's example is. Days lie behind us: nothing has happened in the future. An amount is in fen.
EXAMPLES: dict[str, dict[str, str | int | float | date | None]] = {
    "": {
        "number": "RO20260105001",
        "received_at": datetime(2026, 1, 5, 9, 30),
        "delivered_at": datetime(2026, 1, 5, 11, 45),
        "name": "张示例",
        "phone": "13800138000",
        "plate": "渝A12345",
        "vin": "LSVAA49J132047371",
        "model": "逸动PLUS",
        "mileage": 12_000,
        "advisor": "陈静",
        "technician": "高超",
        "consultant": "李倩",
        "kind": "保养",
        "labour": 120_00,
        "parts": 280_50,
        "total": 400_50,
        "price": 128_900_00,
        "next_maintenance_on": date(2026, 7, 5),
        "next_maintenance_km": 22_000,
        "note": "示例，请改写或删除",
    },
    Kind.CUSTOMERS: {
        "kind": "个人",
        "gender": "男",
        "birthday": date(1985, 6, 1),
        "region": "渝北区",
        "address": "示例路1号",
        "occupation": "教师",
        "source": "朋友介绍",
        "licence_expires_on": date(2030, 6, 1),
        "is_vip": "否",
        "purchased_on": date(2025, 1, 5),
        "insurance_until": date(2027, 1, 4),
        "warranty_until": date(2028, 1, 4),
        "maintenance_months": 6,
        "maintenance_km": 10_000,
    },
    Kind.CALLBACKS: {
        "on": datetime(2026, 1, 6, 10, 0),
        **{f"detail_{n}": "3" for n in range(1, 8)},
        "overall": "很满意",
        "words": "等待时间偏长",
    },
    Kind.OEM_SURVEY: {
        "month": "2026-01",
        "consultant": "李示例",
        "advisor": None,
        "sample": 24,
        "rate": 0.8804,
        "question_1": 8.7,
        "question_2": "是",
    },
}


def example(kind: str, field: str) -> str | int | float | date | None:
    return EXAMPLES.get(kind, {}).get(field, EXAMPLES[""].get(field))


def texts(kind: str, meanings: Mapping[str, Callable[[str], Any]]) -> dict[str, str]:
    """field -> its cell, of those that are not empty."""
    values = {field: example(kind, field) for field in meanings}
    return {field: str(to_yuan(value) if meanings[field] is amount else value) for field, value in values.items() if value is not None}

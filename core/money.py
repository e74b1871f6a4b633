"""Money is stored in integer fen and shown in yuan."""

from decimal import ROUND_HALF_UP, Decimal


def to_fen(yuan: Decimal | float | int | str) -> int:
    """'1,990.5' is not accepted here: clean the text first. Half a fen rounds up."""
    return int((Decimal(str(yuan)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_yuan(fen: int) -> Decimal:
    return (Decimal(fen) / 100).quantize(Decimal("0.01"))

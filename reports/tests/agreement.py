"""What must hold for the figures of any history, whatever happened in it."""

import pytest

from reports.compute import by_advisor, rows_behind, store_figures
from reports.counts import OF_ADVISORS
from reports.figure import Kind
from reports.figures import ALL, KNOWN
from reports.tests.oracle import recompute


def as_oracle(value):
    if value.figure.kind == Kind.RATE:
        return value.numerator, value.denominator
    return (value.hits, value.against, value.n) if value.figure.kind == Kind.NET else value.value


def assert_agrees_with_a_slow_recount(store, period) -> dict:
    """Gives the store's figures."""
    figures = store_figures(store, period)
    counted = {name: as_oracle(value) for name, value in figures.items()}
    expected = recompute(store, period)
    assert counted.keys() == expected.keys()
    for name, value in expected.items():
        # Half a fen is rounded up here and to the even one there.
        assert counted[name] == (pytest.approx(value, abs=0.0101) if isinstance(value, float) else value), (str(period), name)
    return figures


def assert_rows_lie_behind(store, period) -> None:
    """As many as are counted, those of the numerator among those of the denominator."""
    for name, value in store_figures(store, period, (figure for figure in ALL.values() if not figure.entered)).items():
        below = rows_behind(ALL[name], store, period, part="denominator")
        assert below.count() == value.n, name
        if value.rate is not None:
            above = rows_behind(ALL[name], store, period, part="numerator")
            assert above.count() == value.numerator, name
            assert set(above.values_list("pk")) <= set(below.values_list("pk")), name


def assert_advisors_sum_to_the_store(store, period, whole: dict) -> None:
    """whole: the store's figures."""
    parts = by_advisor(store, period)
    additive = [code for code, figure in KNOWN.items() if code in OF_ADVISORS and figure.unit == "pk"]
    assert {"satisfaction_rate", "rework_rate", "cars_received", "revenue_per_car", "callback_rate", "nps"} <= set(additive)
    for code in additive:
        mine = [values[code] for values in parts.values() if code in values]
        assert sum(value.n for value in mine) == whole[code].n, code
        assert sum(value.hits for value in mine) == whole[code].hits, code
        assert sum(value.fen for value in mine) == whole[code].fen, code

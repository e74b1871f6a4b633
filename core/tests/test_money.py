from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(("yuan", "fen"), [("0.005", 1), (0.1, 10), ("1990.5", 199050), (0, 0), ("-3", -300), (Decimal("2.675"), 268)])
def test_half_a_fen_rounds_away_from_zero(yuan, fen):
    assert money.to_fen(yuan) == fen


@given(st.integers(-(10**12), 10**12))
def test_fen_survive_the_way_to_yuan_and_back(fen):
    assert money.to_fen(money.to_yuan(fen)) == fen

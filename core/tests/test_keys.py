import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import keys

pytestmark = pytest.mark.pure
text = st.text(alphabet=keys.ORDER, min_size=1, max_size=8)


@given(prefix=text, other=text)
def test_the_range_holds_exactly_the_keys_that_begin_with_the_prefix(prefix, other):
    bounds = keys.beginning_with("key", prefix)
    inside = bounds["key__gte"] <= other and ("key__lt" not in bounds or other < bounds["key__lt"])
    assert inside == other.startswith(prefix)


def test_a_tail_is_the_letters_and_digits_reversed():
    assert keys.tail("渝B·PDJ38") == "83jdpb"

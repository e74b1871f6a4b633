from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csi.statistics import INNER, OUTER, NetPromoter, Rate, at_most, compare, difference, funnel_limits, mean_of_rates, wilson

pytestmark = pytest.mark.pure
shares = st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (Wilson without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(shares)
def test_the_share_lies_in_its_interval_and_both_between_0_and_1(share):
    rate = Rate(*share)
    if rate.value is None:
        assert (rate.n, rate.low, rate.high) == (0, None, None)
    else:
        assert 0 <= rate.low <= rate.value <= rate.high <= 1


@given(shares)
def test_the_interval_of_the_others_is_the_mirror_image(share):
    successes, n = share
    if n:
        low, high = wilson(successes, n)
        other_low, other_high = wilson(n - successes, n)
        assert (1 - high, 1 - low) == pytest.approx((other_low, other_high), abs=1e-12)


def test_a_tenfold_sample_narrows_the_interval():
    assert Rate(45, 50).low < Rate(450, 500).low


@pytest.mark.parametrize(("n", "small"), [(0, False), (1, True), (29, True), (30, False)])
def test_below_thirty_answers_is_marked_small(n, small):
    assert Rate(0, n).is_small is small


@pytest.mark.parametrize(("rate", "word"), [(Rate(30, 100), "below"), (Rate(95, 100), "above"), (Rate(80, 100), "same"), (Rate(0, 0), "")])
def test_a_difference_counts_when_the_interval_leaves_the_other_share_out(rate, word):
    assert rate.beside(0.8) == word


@pytest.mark.parametrize("p", [0.0, 0.02, 0.8, 0.98, 1.0])
def test_the_chance_of_k_or_fewer_is_the_binomial_sum(p):
    for k in range(13):
        assert at_most(k, 12, p) == pytest.approx(sum(comb(12, i) * p**i * (1 - p) ** (12 - i) for i in range(k + 1)))


@pytest.mark.parametrize(("rate", "store"), [(Rate(0, 1), 0.9), (Rate(2, 3), 0.97), (Rate(7, 8), 0.985)])
def test_one_unhappy_customer_among_a_few_is_chance_though_the_interval_ends_below(rate, store):
    assert rate.high < store
    assert rate.beside(store) == "same"


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_net_promoter_score_lies_in_its_interval(promoters, passive, detractors):
    nps = NetPromoter(promoters, promoters + passive + detractors, against=detractors)
    if nps.n:
        assert -1 <= nps.low <= nps.value + 1e-12 and nps.value - 1e-12 <= nps.high <= 1


def test_the_net_promoter_score_is_promoters_less_detractors():
    assert NetPromoter(60, 100, against=10).value == pytest.approx(0.5)


# domain §12, unweighted means as S0 computes them: each figure from (numerator, denominator), not from a percentage.
SALES_2010 = [9605, 9524, 9807, 9466, 8835, 9647, 9214, 9340, 9566, 9385, 9704, 9443]
MANUFACTURER_2010 = {
    "100003": 8804, "100004": 8598, "100005": 9405, "100007": 9208, "100008": 8931, "100009": 9231, "100011": 7764, "100012": 9471,
}  # fmt: skip


def test_the_sales_year_of_s0_is_94_61():
    rates = [Rate(satisfied, 10000) for satisfied in SALES_2010]
    assert round(100 * mean_of_rates(rate.value for rate in rates), 2) == 94.61
    assert round(100 * mean_of_rates(1 - rate.value for rate in rates), 2) == 5.39
    assert round(100 * (1 - rates[9].value), 2) == 6.15


def test_the_service_halves_of_s0_are_1_949_and_1_296_and_the_year_98_38():
    halves = [[Rate(2339, 120000)] * 12, [Rate(1555, 120000)] * 12]
    means = [100 * mean_of_rates(rate.value for rate in half) for half in halves]
    assert [round(mean, 3) for mean in means] == [1.949, 1.296]
    year = mean_of_rates(round(mean, 3) for mean in means)
    assert round(year, 4) == 1.6225
    assert round(100 - year, 2) == 98.38


def test_the_manufacturers_mean_of_s0_is_89_27_and_two_people_reach_93():
    rates = {number: Rate(score, 10000).value for number, score in MANUFACTURER_2010.items()}
    assert f"{100 * mean_of_rates(rates.values()) + 1e-9:.2f}" == "89.27"
    assert {number for number, rate in rates.items() if rate >= 0.93} == {"100005", "100012"}


def test_months_without_data_do_not_pull_the_mean_down():
    assert mean_of_rates([None, 0.9, 1.0]) == pytest.approx(0.95)
    assert mean_of_rates([None]) is None


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [
        # Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10: p1 − p2 of these.
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(before, after, low, high):
    assert difference(Rate(*before), Rate(*after)) == pytest.approx((low, high), abs=5e-4)


@given(shares, shares)
def test_a_difference_turned_round_is_its_mirror_image(one, other):
    there, back = difference(Rate(*one), Rate(*other)), difference(Rate(*other), Rate(*one))
    assert (there is None) == (back is None) == (not one[1] or not other[1])
    if there:
        assert there == pytest.approx((-back[1], -back[0]), abs=1e-9)


def test_more_than_chance_is_said_only_where_the_interval_leaves_zero_out():
    assert compare(Rate(50, 100), Rate(75, 100)) == "up" and compare(Rate(75, 100), Rate(50, 100)) == "down"
    assert compare(Rate(50, 100), Rate(55, 100)) == "same" and compare(Rate(5, 10), Rate(7, 10)) == "same"
    assert compare(Rate(0, 0), Rate(7, 10)) == ""


people = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
store_shares = st.floats(0.01, 0.99)


@given(people, store_shares, st.sampled_from([INNER, OUTER]))
def test_a_point_lies_outside_the_funnel_exactly_where_the_words_say_so(person, share, chance):
    rate = Rate(*person)
    low, high = funnel_limits(rate.n, share, chance)
    lower, upper = at_most(rate.numerator, rate.n, share), at_most(rate.n - rate.numerator, rate.n, 1 - share)
    if min(abs(lower - chance), abs(upper - chance)) < 1e-9:
        return  # on the line itself: which side rounding puts it on says nothing
    drawn = "below" if rate.value < low - 1e-12 else "above" if rate.value > high + 1e-12 else "same"
    assert drawn == rate.beside(share, chance)


@given(st.integers(1, 400), store_shares)
def test_the_outer_limits_lie_around_the_inner_ones_and_those_around_the_store(n, share):
    (far_low, far_high), (low, high) = funnel_limits(n, share, OUTER), funnel_limits(n, share, INNER)
    assert 0 <= far_low <= low <= share + 1 / n
    assert share - 1 / n <= high <= far_high <= 1


@given(st.integers(1, 400), store_shares)
def test_the_funnel_of_the_dissatisfied_is_the_mirror_image(n, share):
    low, high = funnel_limits(n, share, INNER)
    assert funnel_limits(n, 1 - share, INNER) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_the_funnel_narrows_with_the_number_of_answers():
    widths = [high - low for low, high in (funnel_limits(n, 0.9, INNER) for n in (10, 40, 160, 640))]
    assert widths == sorted(widths, reverse=True)
    assert funnel_limits(4000, 0.9, INNER) == pytest.approx((0.9 - 1.96 * 0.3 / 4000**0.5, 0.9 + 1.96 * 0.3 / 4000**0.5), abs=1e-3)


def test_a_store_without_an_unhappy_customer_has_no_width_and_nobody_outside():
    assert funnel_limits(20, 1.0, INNER) == (1.0, 1.0)
    assert Rate(20, 20).beside(1.0) == "same"

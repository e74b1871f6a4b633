"""The service index: pure arithmetic over points, weights and how many gave them (domain §6)."""

from datetime import date

import pytest

from csi.index import MODELS, FactorMean, factor_mean, index, model_for
from csi.models import Factor

pytestmark = pytest.mark.pure


def means(**known) -> list[FactorMean]:
    return [FactorMean(factor, known.get(factor), 1 if factor in known else 0) for factor in Factor.values]


def test_a_day_is_measured_by_the_model_of_its_time():
    assert model_for(date(2017, 12, 31)).name == "2014"
    assert model_for(date(2018, 1, 1)).name == model_for(date(2026, 11, 1)).name == "2018"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_weighs_every_factor_and_its_weights_are_used_normalised(model):
    assert set(model.weights) == set(Factor.values)
    assert sum(model.weight(factor) for factor in Factor.values) == pytest.approx(1)
    assert index(means(**dict.fromkeys(Factor.values, 10.0)), model).value == pytest.approx(1000)


def test_the_weights_are_those_of_the_sources():
    by_name = {model.name: model.weights for model in MODELS}
    assert by_name["2018"] == {"initiation": 21, "advisor": 19, "quality": 22, "facility": 20, "pick_up": 18}
    assert by_name["2014"] == {"initiation": 17, "advisor": 18, "quality": 24, "facility": 21, "pick_up": 21}


def test_the_index_is_a_hundred_times_the_weighted_sum():
    found = index(means(initiation=9.0, advisor=8.0, quality=7.0, facility=6.0, pick_up=10.0), model_for(date(2026, 1, 1)))
    assert found.value == pytest.approx(100 * (0.21 * 9 + 0.19 * 8 + 0.22 * 7 + 0.20 * 6 + 0.18 * 10))
    assert not found.is_partial


def test_the_printed_weights_of_2014_sum_to_101_and_are_divided_by_it():
    found = index(means(initiation=9.0, advisor=8.0, quality=7.0, facility=6.0, pick_up=10.0), model_for(date(2016, 1, 1)))
    assert found.value == pytest.approx(100 * (17 * 9 + 18 * 8 + 24 * 7 + 21 * 6 + 21 * 10) / 101)


def test_a_factor_without_answers_makes_it_partial_and_the_others_carry_its_weight():
    found = index(means(initiation=9.0, advisor=8.0, quality=7.0, pick_up=10.0), model_for(date(2026, 1, 1)))
    assert found.is_partial and found.missing == ("facility",)
    assert found.value == pytest.approx(100 * (21 * 9 + 19 * 8 + 22 * 7 + 18 * 10) / 80)


def test_without_any_answer_there_is_no_index_and_nothing_partial_about_it():
    found = index(means(), model_for(date(2026, 1, 1)))
    assert found.value is None and not found.is_partial


def test_a_factors_mean_weighs_each_answer_by_its_question():
    assert factor_mean([(10, 1, 2), (4, 3, 1)]) == pytest.approx((10 * 2 + 4 * 3) / 5)
    assert factor_mean([]) is None

"""The figures of ten thousand stores, each with a history of its own, against a slow recount of whole tables."""

from datetime import date, timedelta
from random import Random

import pytest
from django.db import transaction

from reports.periods import MONTH, WEEK, containing
from reports.tests.agreement import assert_advisors_sum_to_the_store, assert_agrees_with_a_slow_recount, assert_rows_lie_behind
from reports.tests.history import History
from staff.models import Store

HISTORIES = 10_000
pytestmark = pytest.mark.django_db


def test_ten_thousand_histories_agree(capsys):
    periods = rows = 0
    for seed in range(HISTORIES):
        dice = Random(seed)
        with transaction.atomic():
            first = date(2026, 1, 1) + timedelta(days=dice.randrange(300))
            store = Store.objects.create(code=f"H{seed}", name=f"店{seed}")
            History(store, seed).wander(first, days=dice.choice([5, 40, 400]), orders=dice.randrange(12), cars=dice.randrange(1, 6))
            for _n in range(2):
                period = containing(first + timedelta(days=dice.randrange(-10, 60)), dice.choice([MONTH, WEEK]))
                figures = assert_agrees_with_a_slow_recount(store, period)
                assert_advisors_sum_to_the_store(store, period, figures)
                periods += 1
            if seed % 10 == 0:
                assert_rows_lie_behind(store, period)
                rows += 1
            transaction.set_rollback(True)
    with capsys.disabled():
        print(
            f"\n{HISTORIES} histories: {periods} periods equal a slow recount, advisors sum to their store; {rows} times every row looked at"
        )

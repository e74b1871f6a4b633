"""Strangers and sweeps at the same moment: the allowance is counted, the same form is one row, a late limit is told once."""

from datetime import timedelta

from complaints import actions_feedback, feedback_steps, public
from complaints.models import Feedback, FeedbackEntry
from core import allowance, clock
from core.models import OutboxMessage
from tests.test_complaint_race import together  # noqa: F401

EVER = timedelta(days=36500)  # no end of a span within the test


def suggest(store, **facts) -> Feedback:
    return actions_feedback.open_feedback(store=store, kind="suggestion", channel="web", words="多放几个插座", by=None, **facts)


def test_of_eight_at_once_five_are_allowed(house, together):  # noqa: F811
    def use(_number) -> bool:
        try:
            allowance.take(place="page", sender="203.0.113.7", rules=[allowance.Rule(5, EVER)])
        except allowance.Spent:
            return False
        return True

    assert sorted(together(use, 8)) == [False] * 3 + [True] * 5


def test_the_same_form_sent_at_once_is_one_row_and_one_number(house, together):  # noqa: F811
    def send(_number) -> str:
        return public.receive(store=house.store, sender="203.0.113.7", kind="suggestion", words="多放几个插座", token="same").number

    assert set(together(send)) == {f"S1-{house.store.today().year}-F0001"}


def test_sweeps_at_once_tell_a_late_limit_once(house, together):  # noqa: F811
    for role in ("caller", "care_manager", "general_manager"):
        house.person(role)
    rows = [suggest(house.store, received_at=clock.now() - timedelta(days=30)) for _n in range(4)]
    told = OutboxMessage.objects.count()
    assert sum(together(lambda _number: feedback_steps.breach_feedback(clock.now()))) == 2 * len(rows)
    assert FeedbackEntry.objects.filter(kind="breached").count() == 2 * len(rows)
    late = OutboxMessage.objects.filter(topic="feedback_late")
    assert late.count() == OutboxMessage.objects.count() - told == len(rows) * (3 + 2)  # caller's limit: three people; the manager's: two

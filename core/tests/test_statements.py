import pytest

from core.models import SweepState
from core.statements import any_of, count_up_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(db):
    SweepState.objects.bulk_create(SweepState(name=name) for name in ("a", "b%", "c"))


def test_several_questions_are_one_statement(three, django_assert_num_queries):
    rows = SweepState.objects.all()
    with django_assert_num_queries(1):
        assert any_of([rows.filter(name="b%"), rows.filter(name="x"), rows.none(), rows]) == [True, False, False, True]
    with django_assert_num_queries(1):
        assert count_up_to([rows, rows.filter(name__lt="b"), rows.none(), rows.order_by("-name")], 2) == [3, 1, 0, 3]


def test_nothing_asked_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert any_of([]) == [] and count_up_to([SweepState.objects.none()]) == [0]

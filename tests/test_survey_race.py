"""The same link on two devices at the same moment, and the call beside it: one response, and the other is told."""

import pytest

from csi import counter, invitations
from csi.actions import AlreadyAnswered
from csi.models import Answer, Invitation, Response
from followups import asking
from tests.surveying import a_call_owed
from tests.test_complaint_race import together  # noqa: F401

pytestmark = pytest.mark.crowd


def answer(invitation: Invitation, overall: int) -> str:
    fresh = Invitation.objects.select_related("store", "version__questionnaire", "customer").get(pk=invitation.pk)
    try:
        invitations.answer(invitation=fresh, answers={"overall": overall}, words=f"第{overall}台", channel="link")
    except AlreadyAnswered:
        return "already"
    return "answered"


def test_of_eight_devices_at_once_one_answers(house, together):  # noqa: F811
    invitation = asking.invite(followup=a_call_owed(house.store))
    assert sorted(together(lambda n: answer(invitation, n % 5 + 1), 8)) == ["already"] * 7 + ["answered"]
    assert Response.objects.count() == 1 and Answer.objects.count() == 1


def test_a_link_is_made_once_however_many_ask_for_it(house, together):  # noqa: F811
    followup = a_call_owed(house.store)
    assert len(set(together(lambda _n: asking.invite(followup=followup).key, 6))) == 1 and Invitation.objects.count() == 1


def test_what_is_kept_while_another_device_answers_is_not_left_lying(house, together):  # noqa: F811
    invitation = asking.invite(followup=a_call_owed(house.store))

    def act(n: int):
        return answer(invitation, 5) if n == 0 else invitations.keep_draft(invitation=invitation, typed={"words": f"半句{n}"})

    together(act, 6)
    invitations.keep_draft(invitation=invitation, typed={"words": "太晚"})
    assert Response.objects.count() == 1 and Invitation.objects.get().draft != {"words": "太晚"}


def test_a_tablet_is_paired_by_one_of_those_who_try(house, together):  # noqa: F811
    screen = counter.add_screen(store=house.store, name="前台", by=None)

    def pair(_n: int) -> str:
        try:
            return counter.pair(screen=screen) and "paired"
        except counter.NoScreen:
            return "refused"

    assert sorted(together(pair, 5)) == ["paired"] + ["refused"] * 4

"""What the tags of every page say."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from csi.statistics import Rate

pytestmark = pytest.mark.page

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai


@pytest.fixture(autouse=True)
def english_and_still():
    with translation.override("en"), time_machine.travel(NOW, tick=False):
        yield


def render(source: str, **context) -> str:
    return Template(source).render(Context(context))


def words(html: str) -> str:
    """The text of a piece of HTML."""
    out, inside = "", False
    for character in html:
        inside = (inside or character == "<") and character != ">" or character == "<"
        if not inside and character != ">":
            out += character
    return " ".join(out.split())


def when(at) -> str:
    return words(render("{% when at %}", at=at))


def due(at) -> str:
    return render("{% due at %}", at=at)


def test_a_decorative_icon_is_silent_and_a_labelled_one_is_read():
    assert 'aria-hidden="true"' in render('{% icon "phone" %}')
    named = render('{% icon "phone" label="Call <him>" %}')
    assert 'role="img"' in named and 'aria-label="Call &lt;him&gt;"' in named and "aria-hidden" not in named


def test_an_icon_that_does_not_exist_is_an_error_at_once():
    with pytest.raises(Exception, match="no-such-icon"):
        render('{% icon "no-such-icon" %}')


def test_a_time_is_told_relative_and_absolute():
    assert when(NOW) == "just now 14:00"
    assert when(NOW - timedelta(minutes=12)) == "12 min ago 13:48"
    assert when(NOW + timedelta(hours=2, minutes=5)) == "in 2 h 5 min 16:05"
    assert when(NOW - timedelta(hours=20)) == "20 h ago 11-22 18:00"
    assert when(NOW - timedelta(days=3)) == "3 d ago 11-20 14:00"
    assert when(NOW - timedelta(days=3, hours=15)) == "4 d ago 11-19 23:00"
    assert when(NOW + timedelta(days=5, hours=20)) == "in 6 d 11-29 10:00"
    assert when(NOW - timedelta(days=400)) == "13 months ago 2025-10-19 14:00"


def test_a_time_carries_its_machine_readable_moment():
    assert 'datetime="2026-11-23T06:00:00+00:00"' in render("{% when at %}", at=NOW)
    assert 'title="2026-11-23 14:00"' in render("{% when at %}", at=NOW)


def test_a_time_can_be_absolute_only():
    assert words(render('{% when at "absolute" %}', at=NOW - timedelta(days=3))) == "11-20 14:00"


def test_dates_are_told_in_days():
    assert when(date(2026, 11, 22)) == "yesterday 11-22"
    assert when(date(2026, 11, 23)) == "today 11-23"
    assert when(date(2026, 11, 24)) == "tomorrow 11-24"
    assert when(date(2027, 1, 2)) == "in 40 d 2027-01-02"


def test_what_is_far_away_is_told_in_months_and_years():
    assert when(date(2027, 5, 20)) == "in 6 months 2027-05-20"
    assert when(date(2029, 11, 22)) == "in 3 years 2029-11-22"


def test_no_time_is_a_dash():
    assert when(None) == "–" and words(due(None)) == "–"


def test_a_deadline_that_has_passed_is_late_in_colour_and_in_words():
    html = due(NOW - timedelta(minutes=12))
    assert 'class="when due late"' in html and words(html) == "12 min late 13:48"


def test_a_deadline_at_this_moment_is_late():
    assert 'class="when due late"' in due(NOW)


def test_a_deadline_within_the_hour_is_soon():
    assert 'class="when due soon"' in due(NOW + timedelta(minutes=60))
    assert 'class="when due"' in due(NOW + timedelta(minutes=61))


def test_fen_are_shown_as_yuan():
    assert words(render("{% yuan 199050 %}")) == "¥1,990.50"
    assert words(render("{% yuan 0 %}")) == "¥0.00"
    assert words(render("{% yuan fen %}", fen=-5)) == "−¥0.05"
    assert words(render("{% yuan fen %}", fen=None)) == "–"


def test_a_badge_escapes_its_words_and_knows_its_kinds():
    assert render('{% badge text "late" %}', text="<b>") == '<span class="tag tag-late">&lt;b&gt;</span>'
    with pytest.raises(TemplateSyntaxError, match="purple"):
        render('{% badge "x" "purple" %}')


def test_a_rate_never_stands_without_its_n_and_interval():
    shown = words(render("{% rate value %}", value=Rate(83, 90)))
    assert shown == "92.2% n = 90 84.8%–96.2%"


def test_a_small_sample_is_marked():
    assert words(render("{% rate value %}", value=Rate(11, 12))).endswith("few")
    assert not words(render("{% rate value %}", value=Rate(29, 30))).endswith("few")


def test_no_answers_is_a_dash_and_no_zero_percent():
    assert words(render("{% rate value %}", value=Rate(0, 0))) == "– n = 0"
    assert words(render("{% rate value %}", value=None)) == "– n = 0"


def test_minutes_of_a_day_and_weekdays_have_words():
    assert render("{{ 510|minutes }} {{ 1440|minutes }} {% weekday 0 %}") == "08:30 24:00 Monday"


def test_an_empty_list_says_so_and_offers_the_next_thing_only_if_there_is_one():
    assert "<a " not in render('{% include "components/empty.html" with title="No calls" only %}')
    with_link = render('{% include "components/empty.html" with title="No calls" text="Later" url="/x/" label="Go" only %}')
    assert words(with_link) == "No calls Later Go" and 'href="/x/"' in with_link


def test_the_pager_offers_only_what_there_is():
    assert render('{% include "components/pager.html" with next_url="" first_url="" only %}').strip() == ""
    assert words(render('{% include "components/pager.html" with next_url="?before=7" only %}')) == "Next page"
    assert words(render('{% include "components/pager.html" with next_url="" first_url="?" only %}')) == "First page"


def test_a_figure_tells_its_n_even_when_it_is_nought():
    assert words(render('{% include "components/stat.html" with label="NPS" value="–" n=0 only %}')) == "NPS – n = 0"
    html = render('{% include "components/stat.html" with label="Late" value=3 kind="late" url="/q/" target=0 only %}')
    assert "stat-late" in html and 'href="/q/"' in html and words(html) == "Late 3 target 0"

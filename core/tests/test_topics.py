import re

from core import topics


def test_a_message_is_rendered_with_its_params():
    assert "2027" in topics.text("calendar_year_missing", {"year": 2027})


def test_a_missing_param_or_an_unknown_topic_never_breaks_the_inbox():
    assert "…" in topics.text("calendar_year_missing", {})
    assert "no_such_topic" in topics.text("no_such_topic", {"a": 1})


def test_every_topic_takes_named_params_only():
    for topic, text in topics.TOPICS.items():
        rest = re.sub(r"%\(\w+\)[sd]|%%", "", str(text))
        assert "%" not in rest, topic

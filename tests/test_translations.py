"""The catalogue is complete: every text of Python and templates is found, and has its Chinese."""

import re

import pytest
from babel.messages.catalog import Catalog
from django.utils.translation import gettext, override, pgettext

from scripts import messages

pytestmark = pytest.mark.pure
TAGS = re.compile(r"""{%\s*(?:translate|trans)\s+["']|{%\s*(?:blocktranslate|blocktrans)\b""")


def catalogue(**texts: str) -> Catalog:
    made = Catalog(locale="zh_Hans")
    for number, (text, string) in enumerate(texts.items()):
        made.add(text, string, locations=[("x.py", number + 1)])
    return made


def found_in(template: str) -> list:
    return [text for _line, text, _comments, _context in messages.texts_in(messages.as_python(template))]


def test_the_catalogue_is_complete():
    mo = messages.PO.with_suffix(".mo")
    assert messages.problems(messages.collect(), messages.read(), mo.read_bytes() if mo.exists() else None) == []


@pytest.mark.parametrize("path", list(messages.sources(".html", messages.ROOT / "templates")), ids=lambda path: path.name)
def test_every_tag_of_a_template_is_found(path):
    template = path.read_text()
    assert len(found_in(template)) >= len(TAGS.findall(template))


def test_texts_are_found_in_every_form_of_a_template():
    template = """
      {% translate "Save" %}
    {% blocktranslate count n=rows|length trimmed %}
        {{ n }} row
    {% plural %}{{ n }} rows{% endblocktranslate %} it's (unbalanced "
    {% include "x.html" with label=_("Label") %}
    """
    assert found_in(template) == ["Save", ("%(n)s row", "%(n)s rows"), "Label"]


def test_texts_are_found_in_python():
    source = b'from x import gettext_lazy as _\na = _("one")\nb = ngettext("%(n)s car", "%(n)s cars", 2)\nc = pgettext_lazy("verb", "call")'
    texts = [(text, context) for _line, text, _comments, context in messages.texts_in(source)]
    assert texts == [("one", None), (("%(n)s car", "%(n)s cars"), None), ("call", "verb")]


def test_a_missing_a_stale_and_a_doubtful_text_are_named():
    kept = catalogue(Save="保存", Gone="没有了", Cancel="取消")
    kept["Cancel"].flags.add("fuzzy")
    found = catalogue(Save="", Cancel="", New="")
    assert messages.problems(found, kept, None) == ["missing: 'New'  (x.py)", "stale: 'Gone'", "fuzzy: 'Cancel'"]


def test_a_lost_placeholder_is_named():
    kept = catalogue(**{"%(n)s cars": "辆车"})
    assert messages.problems(catalogue(**{"%(n)s cars": ""}), kept, None) == ["placeholders differ: '%(n)s cars'"]


def test_a_catalogue_that_was_not_compiled_is_named():
    kept = catalogue(Save="保存")
    assert messages.problems(catalogue(Save=""), kept, None)[0].startswith("django.mo is not what")
    assert messages.problems(catalogue(Save=""), kept, messages.compiled(catalogue(Save="存")))[0].startswith("django.mo is not what")
    assert messages.problems(catalogue(Save=""), kept, None)[0].startswith("django.mo is not what")
    assert messages.problems(catalogue(Save=""), kept, messages.compiled(kept)) == []


@pytest.mark.parametrize(
    ("context", "text", "chinese"),
    [
        ("day", "closed", "休息"),
        ("follow-up", "closed", "关闭于"),
        ("customer", "person", "个人"),
        ("staff", "person", "人员"),
        ("audience", "service", "售后"),
        (None, "service", "服务"),
        ("step", "handed over", "已交车"),
        (None, "handed over", "交车时间"),
        ("button", "Handed over", "确认交车"),
        ("button", "declined", "记为未做"),
        (None, "declined", "客户未做"),
        ("history", "Call", "通话"),
        (None, "Call", "打电话"),
        ("total", "Store", "全店"),
    ],
)
def test_an_english_word_of_two_meanings_has_two_chinese_ones(context, text, chinese):
    with override("zh-hans"):
        assert (pgettext(context, text) if context else gettext(text)) == chinese

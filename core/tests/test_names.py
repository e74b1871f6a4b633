import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from core import keys, names

pytestmark = pytest.mark.pure
hanzi = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("name", "whole", "first"),
    [
        ("张小明", "zhangxiaoming", "zxm"),
        ("单小明", "shanxiaoming", "sxm"),
        ("曾国", "zengguo", "zg"),
        ("仇英", "qiuying", "qy"),
        ("翟志刚", "zhaizhigang", "zzg"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("吕布", "lvbu", "lb"),
        (" 王 芳 ", "wangfang", "wf"),
    ],
)
def test_a_surname_has_its_own_reading(name, whole, first):
    assert (names.pinyin(name), names.initials(name)) == (whole, first)


def test_latin_letters_stay_whole():
    assert names.initials("ABC公司") == "abcgs"
    assert names.pinyin("ABC公司") == "abcgongsi"


@given(hanzi)
def test_what_is_stored_for_searching_has_only_searchable_characters(name):
    for key in (names.pinyin(name), names.initials(name), names.hexed(name)):
        assert set(key) <= set(keys.ORDER)


@given(name=hanzi, length=st.integers(1, 6))
def test_the_beginning_of_a_name_is_the_beginning_of_its_hexadecimal_key(name, length):
    assert names.hexed(name).startswith(names.hexed(name[:length]))


@given(one=hanzi, other=hanzi)
def test_different_names_have_different_hexadecimal_keys(one, other):
    assert (names.hexed(one) == names.hexed(other)) == (one == other)


@given(st.one_of(hanzi, st.text(max_size=8), st.text("长安单解行重庆乐山的了", max_size=6)))
def test_a_name_is_read_as_the_dictionary_reads_it(name):
    assert names._read(name) == lazy_pinyin(name, style=Style.NORMAL)


def test_a_name_that_holds_a_phrase_is_read_as_the_phrase():
    for phrase in sorted(PHRASES_DICT)[::97]:
        for name in (phrase, "王" + phrase, phrase + "公司"):
            assert names._read(name) == lazy_pinyin(name, style=Style.NORMAL)
    assert names.pinyin("重庆") == "chongqing"


def test_a_process_that_reads_no_name_and_writes_no_workbook_does_without_what_that_takes():
    code = "import django, sys; django.setup(); sys.exit(bool({'pypinyin', 'openpyxl', 'numpy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

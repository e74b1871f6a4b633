"""Every command that people script against refuses wrong usage alike (contracts.md): exit 1, one line on stderr, no traceback."""

import subprocess
import sys

import pytest
from django.core.management import ManagementUtility

pytestmark = pytest.mark.page

WRONG = [
    ["sweep", "--nonsense"],
    ["demo", "--customers", "many"],
    ["demo", "--now", "2026-13-01"],
    ["report", "2026-10"],
    ["import_records", "weather", "x.xlsx", "--store", "S1"],
    ["backup"],
    ["restore", "absent.crm"],
    ["store", "create"],
    ["user", "create", "li"],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_usage_ends_with_1_and_one_line(capsys, words):
    with pytest.raises(SystemExit) as end:
        ManagementUtility(["manage.py", *words]).execute()
    out, error = capsys.readouterr()
    assert (end.value.code, out, error.count("\n")) == (1, "", 1)
    assert words[0] in error


def test_a_refused_configuration_is_one_line_too(tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path), "CRM_NOW": "2026-11-01T10:00"}
    done = subprocess.run([sys.executable, "manage.py", "check"], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "CRM_NOW" in done.stderr

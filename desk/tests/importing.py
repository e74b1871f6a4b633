"""Giving a file to the command, and what it told."""

import io
import json

from django.core.management import CommandError, call_command


def bring_in(kind: str, path: str, *options: str) -> dict:
    """The JSON object; an exit code other than 0 and 2 fails."""
    out = io.StringIO()
    try:
        call_command("import_records", kind, path, "--store", "S1", "--json", *options, stdout=out)
    except CommandError as problem:
        assert problem.returncode == 2, problem
    told = json.loads(out.getvalue())
    assert told["rows"] == told["created"] + told["updated"] + told["unchanged"] + told["rejected"]
    return told


def counts(told: dict) -> tuple:
    return told["created"], told["updated"], told["unchanged"], told["rejected"]


def reasons(told: dict) -> set:
    return {warning["reason"] for warning in told["warnings"]}

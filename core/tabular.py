"""Reading tables that other systems wrote: workbooks, CSV, HTML. Every cell comes out as text; what it means is asked later.

The file is opened by a process of its own (core/tabular_child) with little memory and time: what breaks the reader breaks nothing else.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from django.utils.translation import gettext_lazy

MAX_BYTES = 20 * 1024 * 1024
WALL_SECONDS = 8.5  # a command needs another second to begin, and shall answer within ten
MEANWHILE_SECONDS = 4.0  # then the child has the processor to itself, where there is only one: it has to end in time, its reader has not
REFUSED = 3  # the child's exit status when it gives a code
MEMO = 20_000
PIECE = 256 * 1024  # bytes of its answer that are taken in at a time
PAUSE = 0.005  # seconds until it is looked for more
RECORD, FIELD = "\x1e", "\x1f"  # tabular_child/out.py

SENTENCES = {
    "missing": gettext_lazy("%(name)s: there is no such file."),
    "unopened": gettext_lazy("%(name)s cannot be opened: check that it is a file and that it may be read."),
    "large": gettext_lazy("%(name)s is larger than %(limit)d MB; split it into several files."),
    "empty": gettext_lazy("%(name)s is empty; export it again."),
    "no_table_kind": gettext_lazy(
        "%(name)s is neither a workbook nor a text file, whatever its name says; give a .xlsx, .xls or .csv file."
    ),
    "no_table": gettext_lazy("%(name)s holds no table; export it again as .xlsx or .csv."),
    "encrypted": gettext_lazy("%(name)s is protected by a password; save it without one."),
    "damaged": gettext_lazy("%(name)s is damaged or cut off; open it in Excel and save it again, or export it again."),
    "bomb": gettext_lazy(
        "%(name)s unpacks into more than %(limit)d MB; delete the empty rows and columns around the table, or save it as .csv."
    ),
    "entities": gettext_lazy("%(name)s declares XML entities, which no workbook needs; open it in Excel and save it again."),
    "columns": gettext_lazy("%(name)s has cells beyond column %(limit)d; delete the columns right of the table."),
    "rows": gettext_lazy("%(name)s has more than %(limit)d rows; split it into several files."),
    "too_much": gettext_lazy("%(name)s holds too much to be read at once; split it into several files."),
    "long_cell": gettext_lazy("%(name)s has a cell of more than %(limit)d characters in row %(row)d; shorten it."),
    "quote": gettext_lazy("%(name)s: a quotation mark that is opened on line %(line)d is not closed properly; close or remove it."),
    "nul": gettext_lazy("%(name)s holds NUL bytes, so it is no text file; save it again as .xlsx or as .csv in UTF-8."),
    "encoding": gettext_lazy("%(name)s is neither UTF-8 nor GB18030 text; save it again as .xlsx or as .csv in UTF-8."),
    "memory": gettext_lazy(
        "%(name)s needs too much memory; delete the empty rows and columns around the table, or split it into several files."
    ),
    "time": gettext_lazy(
        "%(name)s takes too long to read; delete the empty rows and columns around the table, or split it into several files."
    ),
}


class UnreadableFile(Exception):
    """The file cannot be read as a table; str() is a sentence for the person who gave it: what is wrong and how to mend it."""


@dataclass(frozen=True)
class Sheet:
    """name: '' for a text file. rows: (row number as the spreadsheet shows it, or the line, cells). is_1904: the workbook's epoch.
    is_hidden: in the workbook; there are two ways to hide one."""

    name: str
    rows: list[tuple[int, list[str]]]
    is_1904: bool = False
    is_hidden: bool = False


def read(path: str | Path, *, name: str | None = None, meanwhile: Callable[[list["Sheet"]], None] | None = None) -> list[Sheet]:
    """All sheets of a file, blank rows left out. name: what the file is called in sentences, if path is a copy of it. meanwhile is called
    with the sheets so far each time that more rows have come: all but the last sheet are whole, and whether the file is readable to its
    end is not known yet. Raises UnreadableFile."""
    path = Path(path)
    name = "".join(character if character.isprintable() else " " for character in name or path.name)
    try:
        if not path.exists():
            raise _unreadable("missing", name)
        if not path.is_file():
            raise _unreadable("unopened", name)
        with path.open("rb") as source, tempfile.TemporaryFile() as answer:
            if os.fstat(source.fileno()).st_size > MAX_BYTES:
                raise _unreadable("large", name, limit=MAX_BYTES // 1024**2)
            sheets, code, numbers = _ask(source, answer, meanwhile)
            if code:
                raise _unreadable(code, name, **numbers)
            return sheets
    except OSError:
        raise _unreadable("unopened", name) from None


def _unreadable(code: str, name: str, **numbers: int) -> UnreadableFile:
    return UnreadableFile(str(SENTENCES[code]) % {"name": name, **numbers})


def _ask(source: IO[bytes], answer: IO[bytes], meanwhile: Callable | None) -> tuple[list[Sheet], str, dict[str, int]]:
    """Runs the child, and takes in what it writes while it writes on: the sheets, and the code and numbers of a sentence where they
    are not to be used, '' where the answer is whole.

    subprocess, because a daemonic process such as a Celery worker may have no children by multiprocessing. Without the environment: it holds secrets.
    """
    library = Path(find_spec("python_calamine").origin).parent.parent
    command = [sys.executable, "-I", "-S", "-B", str(Path(__file__).with_name("tabular_child")), str(library)]
    environment = {key: value for key, value in os.environ.items() if key == "LD_LIBRARY_PATH"}
    # glibc sets 64 MB aside for each thread, of the few that the child may have, and keeps large pieces that were given back.
    environment |= {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576"}
    sheets, begun = _Sheets(answer.fileno()), time.monotonic()
    with subprocess.Popen(command, stdin=source, stdout=answer, stderr=subprocess.DEVNULL, env=environment) as child:
        try:
            while (status := child.poll()) is None:
                spent = time.monotonic() - begun
                if spent > WALL_SECONDS:
                    return [], "time", {}
                if not sheets.take():
                    time.sleep(PAUSE)
                elif meanwhile and sheets.found and spent < MEANWHILE_SECONDS:
                    meanwhile(sheets.found)
        finally:
            child.kill()  # one that has ended is left alone
    if status == 0:
        while sheets.take():
            pass
        return sheets.found, "", {}
    if status == REFUSED:
        answer.seek(0)
        code, numbers = json.load(answer)
        return [], code, numbers
    # An allocation that fails in calamine aborts; the system kills whoever takes the last of the memory.
    deaths = {-signal.SIGXCPU: "time", -signal.SIGABRT: "memory", -signal.SIGKILL: "memory", -signal.SIGXFSZ: "too_much"}
    return [], deaths.get(status, "damaged"), {}


class _Sheets:
    """What the child has written so far, record by record (tabular_child/out.py); equal cells become one text: of names, models and
    advisors a store has few.

    It is read by its place: the child writes through the same description of the file, and takes everything back when it refuses it.
    """

    def __init__(self, answer: int):
        self.answer, self.at, self.rest = answer, 0, b""
        self.found: list[Sheet] = []
        self.memo: dict[str, str] = {}

    def take(self) -> bool:
        """The whole records of the next piece; False when there is none yet."""
        piece = os.pread(self.answer, PIECE, self.at)
        self.at += len(piece)
        whole, end, self.rest = (self.rest + piece).rpartition(RECORD.encode())
        one = self.memo.setdefault
        for record in whole.decode().split(RECORD) if end else ():
            number, *cells = record.split(FIELD)
            if not number:
                name, is_1904, is_hidden = cells
                self.found.append(Sheet(name, [], bool(is_1904), bool(is_hidden)))
                continue
            if len(self.memo) > MEMO:
                self.memo.clear()
            self.found[-1].rows.append((int(number), list(map(one, cells, cells))))
        return bool(piece)

"""Collects the texts to translate from Python and templates into locale/zh_Hans, and compiles them. Needs no gettext programs.

    python scripts/messages.py           merge what is new, drop what is gone, compile
    python scripts/messages.py --check   change nothing; fail on what is missing, doubtful (fuzzy), stale or not compiled

Source texts are English and are their own translation; Chinese is complete or the check fails.
"""

import gettext
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
SKIPPED = {"tests", "migrations", "scripts", "var", "docs", "node_modules"}
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(%[sd])|{(\w+)}")
# The header says nothing that changes by itself: a catalogue differs only where a text does.
DATED = datetime(2026, 1, 1, tzinfo=UTC)


def sources(suffix: str, *folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob(f"*{suffix}")):
            inside = path.relative_to(ROOT).parts
            if not SKIPPED & set(inside) and not any(part.startswith(".") for part in inside):
                yield path


def as_python(template: str) -> bytes:
    """What Django makes of a template for gettext: calls amid blanked-out text. Indentation would mean something to Python."""
    lines = templatize(template).splitlines()
    return "\n".join(line.lstrip() for line in lines).encode()


def texts_in(source: bytes) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    yield from extract("python", BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"})


def collect() -> Catalog:
    """Every text of the source, with the files in which it stands."""
    found = Catalog(domain="django", charset="utf-8", creation_date=DATED)
    readers = [(path, path.read_bytes()) for path in sources(".py", *(ROOT / name for name in own_packages()))]
    readers += [(path, as_python(path.read_text())) for path in sources(".html", ROOT / "templates")]
    readers += [(path, as_python(path.read_text())) for path in sources(".txt", ROOT / "templates")]
    for path, source in readers:
        for _line, text, _comments, context in texts_in(source):
            flags = ["python-format"] if "%(" in str(text) or "%s" in str(text) or "%d" in str(text) else []
            found.add(text, locations=[(str(path.relative_to(ROOT)), 0)], context=context, flags=flags)
    return found


def own_packages() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in SKIPPED)


def read() -> Catalog:
    if not PO.exists():
        return Catalog(locale="zh_Hans", domain="django", charset="utf-8", creation_date=DATED, revision_date=DATED)
    with PO.open("rb") as file:
        return pofile.read_po(file, locale="zh_Hans", domain="django")


def key(message: Message) -> tuple[str, str]:
    return ids(message)[0], message.context or ""


def compiled(catalogue: Catalog) -> bytes:
    out = BytesIO()
    mofile.write_mo(out, catalogue)
    return out.getvalue()


def is_compiled(mo: bytes | None, catalogue: Catalog) -> bool:
    """The texts count, not the bytes: the header names the version of the program that wrote it."""
    if mo is None:
        return False
    wanted = gettext.GNUTranslations(BytesIO(compiled(catalogue)))._catalog
    given = gettext.GNUTranslations(BytesIO(mo))._catalog
    return {**wanted, "": ""} == {**given, "": ""}


def placeholders(text: str) -> set[str]:
    return {"".join(match) for match in PLACEHOLDER.findall(text)}


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [message.string]


def ids(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, (list, tuple)) else [message.id]


def problems(found: Catalog, kept: Catalog, mo: bytes | None) -> list[str]:
    """One line for each text that is not in order."""
    here = {key(message): message for message in found if message.id}
    there = {key(message): message for message in kept if message.id}
    lines = [f"missing: {text[0]!r}  ({here[text].locations[0][0]})" for text in here if text not in there or not all(strings(there[text]))]
    lines += [f"stale: {text[0]!r}" for text in there if text not in here]
    for text, message in there.items():
        if message.fuzzy:
            lines.append(f"fuzzy: {text[0]!r}")
        wanted = set().union(*map(placeholders, ids(message)))
        if all(strings(message)) and any(placeholders(string) != wanted for string in strings(message)):
            lines.append(f"placeholders differ: {text[0]!r}")
    if not lines and not is_compiled(mo, kept):
        lines.append(f"{PO.with_suffix('.mo').name} is not what {PO.name} compiles to: run make messages")
    return lines


def merge() -> int:
    """Writes both files; returns how many texts have no translation yet."""
    kept, found = read(), collect()
    kept.update(found, no_fuzzy_matching=True)
    kept.obsolete.clear()
    kept.creation_date = kept.revision_date = DATED
    kept.fuzzy = False
    kept.project, kept.version, kept.msgid_bugs_address, kept.last_translator, kept.language_team = "dealercrm", "", "", "", ""
    kept.header_comment = "# Chinese texts of the application. Collected and compiled by `make messages`."
    PO.parent.mkdir(parents=True, exist_ok=True)
    out = BytesIO()
    pofile.write_po(out, kept, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    PO.write_bytes(re.sub(rb'"(Generated-By|Last-Translator|Language-Team|Report-Msgid-Bugs-To):.*\n', b"", out.getvalue()))
    catalogue = read()
    PO.with_suffix(".mo").write_bytes(compiled(catalogue))
    return sum(not all(strings(message)) for message in catalogue if message.id)


def main(arguments: list[str]) -> int:
    if not settings.configured:
        settings.configure()
    if arguments == ["--check"]:
        mo = PO.with_suffix(".mo")
        lines = problems(collect(), read(), mo.read_bytes() if mo.exists() else None)
        for line in lines:
            print(line)
        print(f"{len(lines)} texts are not in order: run make messages and translate" if lines else "Translations are complete.")
        return 1 if lines else 0
    if arguments:
        raise SystemExit(__doc__)
    missing = merge()
    print(f"{PO.relative_to(ROOT)}: {missing} texts have no translation yet.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

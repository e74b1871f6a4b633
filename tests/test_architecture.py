"""The floors of the house (docs/adr/0002): imports go downwards only, no floor pushes upwards, one clock, no inline script."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["core", "staff", "customers", "visits", "csi", "complaints", "followups", "lounge", "reports", "desk"]  # from the ground up
PATHS_AS_TEXT = {"ForeignKey", "OneToOneField", "ManyToManyField", "import_module", "import_string", "get_model"}
SIGNALS = ("django.dispatch", "django.db.models.signals")
CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today", "time.time",
    "django.utils.timezone.now", "django.utils.timezone.localdate", "django.db.models.functions.Now",
}  # fmt: skip


def sources(floor: str) -> Iterator[Path]:
    """The floor's own modules; its tests may use the whole house."""
    return (path for path in sorted((ROOT / floor).rglob("*.py")) if "tests" not in path.parts)


def imported(tree: ast.AST, floor: str) -> Iterator[str]:
    """Every module that is named in an import anywhere, also inside functions, or as text where Django resolves it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{floor}." if node.level == 1 else node.module or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in PATHS_AS_TEXT:
            for argument in [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in {"to", "name"})]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def upward(source: str, floor: str) -> list[str]:
    above = set(FLOORS[FLOORS.index(floor) + 1 :])
    return [name for name in imported(ast.parse(source), floor) if name.split(".")[0] in above]


def dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """'datetime.datetime.now' for the expression, with imported names written out; '' for anything but a dotted name."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id, "")
    if isinstance(node, ast.Attribute):
        base = dotted(node.value, aliases)
        return f"{base}.{node.attr}" if base else ""
    return ""


def other_clocks(source: str) -> list[str]:
    tree = ast.parse(source)
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {
                alias.asname or alias.name.split(".")[0]: alias.asname and alias.name or alias.name.split(".")[0] for alias in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = [dotted(node, aliases) for node in ast.walk(tree)]
    automatic = [
        k.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for k in node.keywords if k.arg in {"auto_now", "auto_now_add"}
    ]
    return [name for name in found if name in CLOCKS] + automatic


def signals_and_models_by_name(source: str) -> list[str]:
    """post_migrate is no floor's: it says that the tables stand."""
    tree = ast.parse(source)
    names = [f"{node.module}.{alias.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    found = [name for name in names if name.startswith(SIGNALS) and not name.endswith(".post_migrate")]
    return found + ["get_model" for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "get_model"]


def test_the_floors_are_the_installed_apps():
    ours = [config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    assert ours == [floor for floor in FLOORS if floor in ours], "INSTALLED_APPS stand in the order of the floors"


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_downwards_only(floor):
    found = {str(path.relative_to(ROOT)): upward(path.read_text(), floor) for path in sources(floor)}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("floor", FLOORS)
def test_floors_talk_by_calls_not_by_signals_or_names(floor):
    own = (path for path in sources(floor) if "migrations" not in path.parts)
    found = {str(path.relative_to(ROOT)): signals_and_models_by_name(path.read_text()) for path in own}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("floor", FLOORS)
def test_there_is_one_clock(floor):
    own = (path for path in sources(floor) if path != ROOT / "core/clock.py" and "migrations" not in path.parts)
    found = {str(path.relative_to(ROOT)): other_clocks(path.read_text()) for path in own}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from followups.models import CallSheet",
        "import followups.planning",
        "def late():\n    from reports import figures",
        "if TYPE_CHECKING:\n    import desk",
        "owner = models.ForeignKey('followups.FollowUp', on_delete=models.CASCADE)",
        "owner = models.ForeignKey(to='followups.FollowUp', on_delete=models.CASCADE)",
        "import_module('followups.planning')",
        "apps.get_model('desk', 'Import')",
    ],
)
def test_a_made_up_upward_import_is_found(source):
    assert upward(source, "visits")
    assert not upward(source, "desk")


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.datetime.now()",
        "from datetime import date as Date\nx = Date.today()",
        "from django.utils import timezone\nx = models.DateTimeField(default=timezone.now)",
        "from django.utils.timezone import now as at\nx = at()",
        "import time\nx = time.time()",
        "x = models.DateTimeField(auto_now_add=True)",
    ],
)
def test_a_made_up_second_clock_is_found(source):
    assert other_clocks(source)


def test_the_house_clock_and_the_monotonic_one_are_allowed():
    assert not other_clocks("import time\nfrom core import clock\nx = clock.now(), time.monotonic(), store.today()")


def test_a_made_up_signal_is_found():
    assert signals_and_models_by_name("from django.db.models.signals import post_save")
    assert signals_and_models_by_name("from django.dispatch import Signal")
    assert signals_and_models_by_name("x = apps.get_model('visits', 'Order')")


# What the content security policy would refuse at run time, and a clock that tests cannot move.
FORBIDDEN_IN_TEMPLATES = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.I),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "inline handler": re.compile(r"\son[a-z]+\s*=|\bhx-on\b", re.I),
    "the machine's clock": re.compile(r"{%\s*now\b"),
    "another site": re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", re.I),
}


def forbidden(template: str) -> list[str]:
    markup = re.sub(r"{%(?!\s*now\b).*?%}|{{.*?}}|{#.*?#}", "", template)
    return [name for name, pattern in FORBIDDEN_IN_TEMPLATES.items() if pattern.search(markup)]


def test_templates_hold_no_inline_script_or_style():
    found = {str(path.relative_to(ROOT)): forbidden(path.read_text()) for path in sorted((ROOT / "templates").rglob("*.html"))}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "template",
    ["<script>x</script>", '<p style="x">', "<button onclick='x'>", "<p hx-on:click='x'>", "{% now 'Y' %}", '<img src="//x.y/z">'],
)
def test_a_made_up_inline_script_is_found(template):
    assert forbidden(template)

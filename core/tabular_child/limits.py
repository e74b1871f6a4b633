"""What the reading process may use, and what a file may hold."""

import contextlib

MEMORY = 400 * 1024**2  # of address space; 50,000 rows of 25 columns need a good third
CPU_SECONDS = 8
OUTPUT_BYTES = 64 * 1024**2
OPEN_FILES = 32

UNPACKED_BYTES = 300 * 1024**2  # of a workbook's parts together
ROWS = 200_000
COLUMNS = 500
CELLS = 2_500_000
CELL_CHARACTERS = 32_767  # Excel's own limit


def set_all() -> None:
    """As far as the system knows them: macOS has no limit of the address space, Windows has none at all."""
    try:
        import resource
    except ImportError:
        return
    wanted = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": CPU_SECONDS, "RLIMIT_FSIZE": OUTPUT_BYTES, "RLIMIT_NOFILE": OPEN_FILES, "RLIMIT_CORE": 0}
    for name, value in wanted.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))

"""The process that opens files which strangers wrote; core/tabular.py starts it and says what the codes of a Refused mean.

Run as `python -I -S this_folder SITE_PACKAGES`: the file on standard input, what it holds on standard output (out.py). Standard library and
python-calamine only: it starts in a few hundredths of a second, and a file that breaks the reader breaks nothing else.
Exit status 0: whole; REFUSED: the output is one JSON list [code, numbers]; anything else: it died. It ends by its CPU limit when its parent dies.
"""

import errno
import sys

import limits  # this folder is the first place that Python looks into when it is started so

REFUSED = 3
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NO_TABLES = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf", b"MIME-Version:", b"\x7fELF", b"MZ\x90",
)  # fmt: skip


def read(data: bytes, out) -> None:
    """What the content is decides, not the name: systems and people name text .xls and workbooks .csv."""
    from out import Refused

    if not data.strip():
        raise Refused("empty")
    if data.startswith(b"PK"):
        import workbooks

        workbooks.read_zip(data, out)
    elif data.startswith(OLE):
        import workbooks

        workbooks.read_ole(data, out)
    elif data.startswith(NO_TABLES):
        raise Refused("no_table_kind")
    else:
        import texts

        texts.read(data, out)


def main() -> None:
    limits.set_all()
    sys.path.append(sys.argv[1])
    from out import Out, Refused

    out = Out(sys.stdout.buffer)
    try:
        read(sys.stdin.buffer.read(), out)
        out.flush()
    except Refused as refused:
        out.refuse(refused, REFUSED)
    except MemoryError:
        out.refuse(Refused("memory"), REFUSED)
    except BaseException as problem:  # calamine's panics are no Exception; whatever it was, the file is at fault
        too_much = isinstance(problem, OSError) and problem.errno == errno.EFBIG
        out.refuse(Refused("too_much" if too_much else "damaged"), REFUSED)


if __name__ == "__main__":
    main()

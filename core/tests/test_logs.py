import io
import json
import logging

from core import logs


def test_a_row_that_postgresql_refused_is_not_quoted_in_the_log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    log = logging.Logger("test")
    log.addHandler(handler)
    refusal = "duplicate key value\nDETAIL:  Failing row contains (12, +8613812345678,\n张三)."
    try:
        raise ValueError(refusal)
    except ValueError as cause:
        try:
            raise RuntimeError("not saved") from cause
        except RuntimeError:
            log.exception("refused")
    written = json.loads(stream.getvalue())["exception"]
    assert "13812345678" not in written and "张三" not in written
    assert "duplicate key value" in written and "RuntimeError: not saved" in written

import errno
import ssl

from promoter.metrics.reasons import clean, root_cause


def test_foreign_text_is_one_short_line_without_control_characters() -> None:
    assert clean("a\x1b[31m\r\nb\u202e\u2028c\ud800") == "a [31m b c"
    assert len(clean("x" * 1000)) == 200


def test_a_secret_is_blotted_out_before_the_text_is_cut() -> None:
    text = clean("x" * 195 + "s3cret-token", ["s3cret-token"])
    assert "s3c" not in text
    assert clean("Bearer s3cret-token!", ["s3cret-token"]) == "Bearer ***!"


def test_the_cause_is_what_the_operating_system_said() -> None:
    inner = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    outer = RuntimeError("HTTPConnectionPool(...): Max retries exceeded")
    outer.__cause__ = inner
    assert root_cause(outer) == "Connection refused"
    assert root_cause(RuntimeError("outer", inner)) == "Connection refused"
    assert root_cause(RuntimeError("alone")) == "alone"
    assert root_cause(RuntimeError()) == "RuntimeError"
    assert "certificate" in root_cause(ssl.SSLError(1, "certificate verify failed"))


def test_a_cause_that_goes_in_circles_ends() -> None:
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__cause__, second.__cause__ = second, first
    assert root_cause(first) in {"first", "second"}

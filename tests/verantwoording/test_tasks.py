import logging

import pytest

from verantwoording.tasks import sweep_berichten, told_by_type


def test_a_task_that_fails_says_its_type_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    """R05: Celery would print the exception, and a code may stand in it."""

    def fail() -> None:
        raise LookupError("ABCDE-FGHJK")

    with told_by_type("proef"):
        fail()

    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("proef stopped: LookupError at test_tasks.py:")
    assert record.exc_info is None


def test_a_task_without_a_database_does_not_raise(caplog: pytest.LogCaptureFixture) -> None:
    """The same for the task itself: without the mark of pytest-django each query is an error."""
    sweep_berichten()

    assert [record.getMessage().partition(" at ")[0] for record in caplog.records] == [
        "sweep_berichten stopped: RuntimeError"
    ]

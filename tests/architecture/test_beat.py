"""The beat schedule names tasks that exist, with queues that workers listen to."""

from collections.abc import Mapping
from typing import Any

from mijnduo.celery import app


def schedule() -> Mapping[str, Any]:
    found: Mapping[str, Any] = app.conf.beat_schedule
    return found


def test_beat_names_real_tasks() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in schedule().values()} <= set(app.tasks)


def test_the_jobs_that_must_run_are_in_the_schedule() -> None:
    assert {entry["task"] for entry in schedule().values()} >= {
        "verantwoording.tasks.sweep_berichten",
        "koppeling.tasks.run_inactiviteit",
        "koppeling.tasks.run_opruimen",
        "koppeling.tasks.run_metadata",
    }


def test_every_task_of_ours_goes_to_a_queue_by_name() -> None:
    app.loader.import_default_modules()
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    assert ours
    for name in ours:
        assert app.amqp.router.route({}, name)["queue"].name in {"mail", "taken"}


def test_trap_11_tasks_are_not_run_eagerly() -> None:
    assert not app.conf.task_always_eager


def test_trap_3_no_task_takes_a_moment_as_argument() -> None:
    assert not [entry for entry in schedule().values() if entry.get("args") or entry.get("kwargs")]

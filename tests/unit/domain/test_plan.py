"""What happens next, from a definition and what happened so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.plan import RECOVERY_LIMIT, judge, next_steps
from workflow_scheduler.domain.run import AttemptState, Run, RunState, TaskRun, TaskRunState, transition
from workflow_scheduler.domain.task import Guarantee, Retry, Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.domain.workflow_check import check_workflow

ENDS = (AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.CANCELLED, AttemptState.UNKNOWN)
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def states(workflow: Workflow, **given: TaskRunState) -> dict[str, TaskRun]:
    return {
        task.id: TaskRun("r", task.id, at, given.get(task.id, TaskRunState.PENDING), attempts=1)
        for at, task in enumerate(workflow.tasks)
    }


CHAIN = Workflow("w", tasks=(Task("a", "x"), Task("b", "x"), Task("c", "x")))
GRAPH = Workflow(
    "w",
    tasks=(
        Task("join", "x", depends_on=("left", "right")),
        Task("left", "x", depends_on=("root",)),
        Task("right", "x", depends_on=("root",)),
        Task("root", "x"),
        Task("alone", "x"),
    ),
)


def test_tasks_of_a_chain_run_one_after_another() -> None:
    assert next_steps(CHAIN, states(CHAIN), NOW).start == ("a",)
    assert next_steps(CHAIN, states(CHAIN, a=TaskRunState.RUNNING), NOW).start == ()
    assert next_steps(CHAIN, states(CHAIN, a=TaskRunState.SUCCEEDED), NOW).start == ("b",)


def test_independent_tasks_of_a_graph_start_together() -> None:
    assert set(next_steps(GRAPH, states(GRAPH), NOW).start) == {"root", "alone"}
    assert set(next_steps(GRAPH, states(GRAPH, root=TaskRunState.SUCCEEDED), NOW).start) == {"left", "right", "alone"}


def test_a_failure_stops_what_comes_after_it_and_nothing_else() -> None:
    plan = next_steps(GRAPH, states(GRAPH, root=TaskRunState.SUCCEEDED, left=TaskRunState.FAILED), NOW)
    assert [task for task, _ in plan.skip] == ["join"]
    assert "left" in plan.skip[0][1]
    assert set(plan.start) == {"right", "alone"}


def test_a_chain_that_failed_is_over_at_once() -> None:
    plan = next_steps(CHAIN, states(CHAIN, a=TaskRunState.FAILED), NOW)
    assert [task for task, _ in plan.skip] == ["b", "c"]
    assert plan.end is not None
    assert plan.end[0] is RunState.FAILED
    assert "a" in plan.end[1]


def test_continue_on_failure_goes_on_and_says_so() -> None:
    workflow = Workflow("w", tasks=(Task("a", "x", continue_on_failure=True), Task("b", "x")))
    assert next_steps(workflow, states(workflow, a=TaskRunState.FAILED), NOW).start == ("b",)
    plan = next_steps(workflow, states(workflow, a=TaskRunState.FAILED, b=TaskRunState.SUCCEEDED), NOW)
    assert plan.end is not None
    assert plan.end[0] is RunState.SUCCEEDED
    assert "a" in plan.end[1]


def test_a_retry_waits_for_its_time() -> None:
    task_runs = states(CHAIN)
    later = NOW + timedelta(seconds=30)
    task_runs["a"] = TaskRun("r", "a", 0, TaskRunState.WAITING, retry_at=later)
    assert next_steps(CHAIN, task_runs, NOW).wake_at == later
    assert next_steps(CHAIN, task_runs, later).start == ("a",)


def test_nothing_starts_while_cancelling() -> None:
    assert next_steps(CHAIN, states(CHAIN), NOW, cancelling=True).start == ()


def test_an_empty_workflow_is_over_at_once() -> None:
    plan = next_steps(Workflow("w"), {}, NOW)
    assert plan.end == (RunState.SUCCEEDED, "the workflow has no tasks")


@pytest.mark.parametrize(
    ("attempts", "state"), [(1, TaskRunState.WAITING), (2, TaskRunState.WAITING), (3, TaskRunState.FAILED)]
)
def test_the_retry_limit_counts_further_attempts(attempts: int, state: TaskRunState) -> None:
    task = Task("a", "x", retry=Retry(limit=2, delay=30))
    verdict = judge(
        task, TaskRun("r", "a", 0, TaskRunState.RUNNING, attempts=attempts), AttemptState.FAILED, "exit", NOW
    )
    assert verdict.state is state


def test_delays_grow_up_to_their_limit() -> None:
    retry = Retry(limit=9, delay=10, backoff=3, max_delay=50)
    assert [retry.delay_after(n) for n in (1, 2, 3, 4)] == [10, 30, 50, 50]


def test_an_unknown_end_is_tried_again_unless_at_most_once() -> None:
    once = Task("a", "x", guarantee=Guarantee.AT_MOST_ONCE)
    running = TaskRun("r", "a", 0, TaskRunState.RUNNING, attempts=1)
    assert judge(Task("a", "x"), running, AttemptState.UNKNOWN, "gone", NOW).state is TaskRunState.WAITING
    assert judge(once, running, AttemptState.UNKNOWN, "gone", NOW).state is TaskRunState.UNKNOWN


def test_each_unknown_end_counts_as_one_recovery_and_nothing_else_does() -> None:
    task_run = TaskRun("r", "a", 0, TaskRunState.RUNNING, attempts=3, recoveries=2)
    counts = {ended: judge(Task("a", "x"), task_run, ended, "", NOW).recoveries for ended in ENDS}
    assert counts == {end: 3 if end is AttemptState.UNKNOWN else 2 for end in ENDS}


def test_recoveries_are_capped_and_do_not_use_up_retries() -> None:
    task = Task("a", "x", retry=Retry(limit=1))
    tired = TaskRun("r", "a", 0, TaskRunState.RUNNING, attempts=RECOVERY_LIMIT + 1, recoveries=RECOVERY_LIMIT)
    assert judge(task, tired, AttemptState.UNKNOWN, "gone", NOW).state is TaskRunState.UNKNOWN
    assert judge(task, tired, AttemptState.FAILED, "exit", NOW).state is TaskRunState.WAITING


def test_cycles_unknown_names_and_duplicates_are_refused() -> None:
    def refused(*tasks: Task) -> str:
        with pytest.raises(InvalidInput) as error:
            check_workflow(Workflow("w", tasks=tasks))
        return str(error.value)

    assert "a -> b -> a" in refused(Task("a", "x", depends_on=("b",)), Task("b", "x", depends_on=("a",)))
    assert "'z'" in refused(Task("a", "x", depends_on=("z",)))
    assert "Two tasks" in refused(Task("a", "x"), Task("A", "x"))


def test_a_terminal_state_is_final() -> None:
    run = Run("r", "w", 1, RunState.SUCCEEDED, NOW)
    with pytest.raises(Refused):
        transition(run, RunState.RUNNING, NOW, workflow_id="w")


def test_a_transition_tells_what_happened() -> None:
    run, event = transition(Run("r", "w", 1, RunState.QUEUED, NOW), RunState.RUNNING, NOW, "why", workflow_id="w")
    assert (run.state, run.started_at, event.kind, event.run_id) == (RunState.RUNNING, NOW, "run.running", "r")


@pytest.mark.parametrize("guarantee", list(Guarantee))
def test_a_result_that_is_lost_is_no_success_whatever_goes_on(guarantee: Guarantee) -> None:
    workflow = Workflow("w", tasks=(Task("a", "x", guarantee=guarantee, continue_on_failure=True), Task("b", "x")))
    lost = {"a": TaskRun("r", "a", 0, TaskRunState.UNKNOWN, "gone", 1), "b": TaskRun("r", "b", 1)}
    assert next_steps(workflow, lost, NOW).start == ("b",)
    done = {**lost, "b": TaskRun("r", "b", 1, TaskRunState.SUCCEEDED)}
    assert next_steps(workflow, done, NOW).end == (RunState.UNKNOWN, "task a: gone")


@pytest.mark.parametrize("state", [TaskRunState.FAILED, TaskRunState.UNKNOWN])
def test_nothing_starts_after_a_task_that_is_not_known_to_have_succeeded(state: TaskRunState) -> None:
    plan = next_steps(CHAIN, states(CHAIN, a=state), NOW)
    assert plan.start == ()
    assert plan.skip == (
        ("b", "a failed" if state is TaskRunState.FAILED else "a ended with an unknown result"),
        ("c", "b was skipped"),
    )


def test_what_is_over_has_a_moment_of_its_end_and_nothing_else_has() -> None:
    queued = Run("r", "w", 1, RunState.QUEUED, NOW)
    running, _ = transition(queued, RunState.RUNNING, NOW, workflow_id="w")
    assert (running.started_at, running.finished_at) == (NOW, None)
    later = NOW + timedelta(seconds=5)
    ended, _ = transition(running, RunState.SUCCEEDED, later, workflow_id="w")
    assert (ended.started_at, ended.finished_at) == (NOW, later)


def test_the_last_recovery_is_still_tried() -> None:
    def after(recoveries: int) -> TaskRunState:
        task_run = TaskRun("r", "a", 0, TaskRunState.RUNNING, attempts=9, recoveries=recoveries)
        return judge(Task("a", "x"), task_run, AttemptState.UNKNOWN, "lost", NOW).state

    assert after(RECOVERY_LIMIT - 1) is TaskRunState.WAITING
    assert after(RECOVERY_LIMIT) is TaskRunState.UNKNOWN

"""A task's definition: a command, and what counts as its success."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .deadlines import TaskDeadlines
from .fields import About, Kind, declare
from .output_file import OutputFile
from .placement import Place, WhenUnreachable
from .quick_dataclass import dataclass

__all__ = ["Guarantee", "Retry", "Task"]


class Guarantee(StrEnum):
    """What happens when an attempt's result is lost."""

    AT_LEAST_ONCE = "at_least_once"  # try again
    AT_MOST_ONCE = "at_most_once"  # stop the run for review


@dataclass(frozen=True, slots=True)
class Retry:
    """Further attempts after a failure."""

    limit: int = declare(
        About(
            Kind.COUNT,
            "Retry count",
            "How many more attempts after a failure.",
            lowest=0,
            highest=1000,
            prompt="Retry Count",
            option="retry-count",
            shown="{} retry|{} retries",
        ),
        default=0,
    )
    delay: float = declare(
        About(
            Kind.DURATION,
            "Retry delay",
            "Time between a failure and the next attempt.",
            prompt="Retry Delay (seconds)",
            option="retry-delay",
            shown="retry after {}",
        ),
        default=0.0,
    )
    backoff: float = declare(
        About(
            Kind.FACTOR,
            "Retry backoff",
            "Multiply the delay by this factor after each retry.",
            lowest=1,
            highest=100,
            option="retry-backoff",
        ),
        default=1.0,
    )
    max_delay: float | None = declare(
        About(
            Kind.DURATION,
            "Longest retry delay",
            "Upper limit of the delay between two attempts.",
            unset="no limit",
            option="retry-max-delay",
        ),
        default=None,
    )

    def delay_after(self, failures: int) -> float:
        """Seconds to wait after the given number of failures (1 or more)."""
        # The exponent is bounded: 1e308 is where a float ends.
        delay = self.delay * self.backoff ** min(failures - 1, 100)
        return min(delay, self.max_delay if self.max_delay is not None else 365 * 86400.0)


COMMAND, SUCCESS, ORDER, LIMITS, DEADLINES, MACHINE, ENVIRONMENT = (
    *("Command", "Success", "Order", "Limits", "Deadlines", "Machine", "Environment"),
)
"""The parts of a task's form."""


@dataclass(frozen=True, slots=True)
class Task:
    """One step: a command and what counts as its success."""

    id: str = declare(
        About(Kind.IDENTIFIER, "Task ID", "Unique in the workflow. Default: the next free task_N.", COMMAND)
    )
    command: str = declare(About(Kind.TEXT, "Command", "Program, script, batch file or shell line.", COMMAND))
    args: tuple[str, ...] | str = declare(
        About(
            Kind.ARGUMENTS,
            "Arguments",
            "Arguments of the command. A list is passed as it is; a text is split by the operating system's rules.",
            COMMAND,
            option="arguments",
        ),
        default=(),
    )
    shell: bool = declare(
        About(
            Kind.FLAG,
            "Shell",
            "Hand the command to the operating system's shell.",
            ENVIRONMENT,
            off="no-shell",
            shown="shell",
        ),
        default=False,
    )
    working_dir: str | None = declare(
        About(Kind.PATH, "Working folder", "Folder in which the command starts.", ENVIRONMENT, unset="the home"),
        default=None,
    )
    env: Mapping[str, str] = declare(
        About(
            Kind.VARIABLES,
            "Environment",
            "Environment variables, as NAME=value.",
            ENVIRONMENT,
            shown="{} variable|{} variables",
        ),
        factory=dict,
    )
    env_file: str | None = declare(
        About(Kind.PATH, "Environment file", "File of NAME=value lines.", ENVIRONMENT, unset="none"), default=None
    )
    secrets: tuple[str, ...] = declare(
        About(
            Kind.USES,
            "Secrets",
            "Secrets of the workflow that the command receives: NAME as a variable, NAME:file as the file that the variable "
            "NAME_FILE names, NAME:stdin as standard input.",
            ENVIRONMENT,
            option="secret",
            shown="{} secret|{} secrets",
            examples=("DB_PASSWORD", "FTP_KEY:file"),
        ),
        default=(),
    )
    stdin: str | None = declare(
        About(
            Kind.TEXT,
            "Standard input",
            "Text that the command reads from its standard input, or file:PATH for the content of a file.",
            ENVIRONMENT,
            unset="empty",
            shown="standard input",
            examples=("yes", "file:answers.txt"),
        ),
        default=None,
    )
    nice: int = declare(
        About(
            Kind.COUNT,
            "Priority (nice)",
            "Priority of the command: 19 gives way to everything else, negative values come first and need the right to. "
            "Windows: the nearest of its priority classes.",
            LIMITS,
            lowest=-20,
            highest=19,
            shown="nice {}",
        ),
        default=0,
    )
    expected_exit_codes: tuple[int, ...] = declare(
        About(
            Kind.CODES,
            "Expected exit codes",
            "Exit codes that mean success: numbers, or ranges such as 0-7.",
            SUCCESS,
            prompt="Expected Exit Codes",
            shown="exit codes {}",
        ),
        default=(0,),
    )
    output_files: tuple[OutputFile, ...] = declare(
        About(
            Kind.FILES,
            "Output files",
            "Files that the task must write (paths or patterns).",
            SUCCESS,
            prompt="Output Files (separated by commas)",
            option="output-file",
            shown="{} output file|{} output files",
        ),
        default=(),
    )
    retry: Retry = declare(About(Kind.PART, "Retry", "Further attempts after a failure.", SUCCESS), default=Retry())
    output_timeout: float = declare(
        About(Kind.DURATION, "Output timeout", "How long to wait for each output file.", LIMITS), default=60.0
    )
    timeout: float | None = declare(
        About(
            Kind.DURATION, "Timeout", "Stop the command after this time.", LIMITS, unset="no limit", shown="at most {}"
        ),
        default=None,
    )
    ping: str = declare(
        About(
            Kind.TEXT,
            "Ping",
            "A monitor's address, pinged when the task starts, succeeds and fails, as for a workflow.",
            LIMITS,
            examples=("https://hc-ping.com/your-uuid",),
        ),
        default="",
    )
    stop_grace: float = declare(
        About(Kind.DURATION, "Stop grace", "Time between SIGTERM (Windows: Ctrl-Break) and a forced kill.", LIMITS),
        default=10.0,
    )
    continue_on_failure: bool = declare(
        About(
            Kind.FLAG,
            "Continue on failure",
            "Continue with the next tasks even if this one fails.",
            SUCCESS,
            prompt="Continue on Failure",
            off="stop-on-failure",
            shown="continues on failure",
        ),
        default=False,
    )
    guarantee: Guarantee = declare(
        About(
            Kind.CHOICE,
            "Guarantee",
            "If an attempt's result is lost: at_least_once retries it, at_most_once stops the run for review.",
            LIMITS,
            words={"at_least_once": "At least once", "at_most_once": "At most once"},
            shown="{}",
        ),
        default=Guarantee.AT_LEAST_ONCE,
    )
    deadlines: TaskDeadlines = declare(
        About(Kind.PART, "Deadlines", "When it is late, or takes unusually long or short.", DEADLINES),
        default=TaskDeadlines(),
    )
    place: Place = declare(
        About(
            Kind.PART,
            "Place",
            "On which other machine it runs. Default: the workflow's, or the scheduler's own.",
            MACHINE,
        ),
        default=Place(),
    )
    when_unreachable: WhenUnreachable = declare(
        About(Kind.PART, "When unreachable", "What becomes of an attempt whose machine is silent.", MACHINE),
        default=WhenUnreachable(),
    )
    depends_on: tuple[str, ...] | None = declare(
        About(
            Kind.NAMES,
            "Depends on",
            "Tasks that must finish first. Named in any task, it makes the workflow a graph.",
            ORDER,
            unset="the order of the list",
        ),
        default=None,
    )
    """None in every task: one after another. As soon as one task names its own, the graph is what they say."""

/** The fields of definitions as `domain` declares them; written by `python dev.py docs`. */

import type { DeclaredField } from "./declared";

export const TASK: readonly DeclaredField[] = [
  {"name": "id", "kind": "identifier", "label": "Task ID", "help": "Unique in the workflow. Default: the next free task_N.", "group": "Command", "default": null},
  {"name": "command", "kind": "text", "label": "Command", "help": "Program, script, batch file or shell line.", "group": "Command", "default": null},
  {"name": "args", "kind": "arguments", "label": "Arguments", "help": "Arguments of the command. A list is passed as it is; a text is split by the operating system's rules.", "group": "Command", "default": []},
  {"name": "shell", "kind": "flag", "label": "Shell", "help": "Hand the command to the operating system's shell.", "group": "Environment", "default": false, "shown": "shell"},
  {"name": "working_dir", "kind": "path", "label": "Working folder", "help": "Folder in which the command starts.", "group": "Environment", "default": null, "unset": "the home"},
  {"name": "env", "kind": "variables", "label": "Environment", "help": "Environment variables, as NAME=value.", "group": "Environment", "default": null, "shown": "{} variable|{} variables"},
  {"name": "env_file", "kind": "path", "label": "Environment file", "help": "File of NAME=value lines.", "group": "Environment", "default": null, "unset": "none"},
  {"name": "secrets", "kind": "uses", "label": "Secrets", "help": "Secrets of the workflow that the command receives: NAME as a variable, NAME:file as the file that the variable NAME_FILE names, NAME:stdin as standard input.", "group": "Environment", "default": [], "shown": "{} secret|{} secrets", "examples": ["DB_PASSWORD", "FTP_KEY:file"]},
  {"name": "stdin", "kind": "text", "label": "Standard input", "help": "Text that the command reads from its standard input, or file:PATH for the content of a file.", "group": "Environment", "default": null, "unset": "empty", "shown": "standard input", "examples": ["yes", "file:answers.txt"]},
  {"name": "nice", "kind": "count", "label": "Priority (nice)", "help": "Priority of the command: 19 gives way to everything else, negative values come first and need the right to. Windows: the nearest of its priority classes.", "group": "Limits", "default": 0, "shown": "nice {}"},
  {"name": "expected_exit_codes", "kind": "codes", "label": "Expected exit codes", "help": "Exit codes that mean success: numbers, or ranges such as 0-7.", "group": "Success", "default": [0], "shown": "exit codes {}"},
  {"name": "output_files", "kind": "files", "label": "Output files", "help": "Files that the task must write (paths or patterns).", "group": "Success", "default": [], "shown": "{} output file|{} output files"},
  {"name": "retry_count", "kind": "count", "label": "Retry count", "help": "How many more attempts after a failure.", "group": "Success", "default": 0, "shown": "{} retry|{} retries", "part": "retry", "partName": "limit"},
  {"name": "retry_delay", "kind": "duration", "label": "Retry delay", "help": "Time between a failure and the next attempt.", "group": "Success", "default": 0.0, "shown": "retry after {}", "part": "retry", "partName": "delay"},
  {"name": "retry_backoff", "kind": "factor", "label": "Retry backoff", "help": "Multiply the delay by this factor after each retry.", "group": "Success", "default": 1.0, "part": "retry", "partName": "backoff"},
  {"name": "retry_max_delay", "kind": "duration", "label": "Longest retry delay", "help": "Upper limit of the delay between two attempts.", "group": "Success", "default": null, "unset": "no limit", "part": "retry", "partName": "max_delay"},
  {"name": "output_timeout", "kind": "duration", "label": "Output timeout", "help": "How long to wait for each output file.", "group": "Limits", "default": 60.0},
  {"name": "timeout", "kind": "duration", "label": "Timeout", "help": "Stop the command after this time.", "group": "Limits", "default": null, "unset": "no limit", "shown": "at most {}"},
  {"name": "ping", "kind": "text", "label": "Ping", "help": "A monitor's address, pinged when the task starts, succeeds and fails, as for a workflow.", "group": "Limits", "default": "", "examples": ["https://hc-ping.com/your-uuid"]},
  {"name": "stop_grace", "kind": "duration", "label": "Stop grace", "help": "Time between SIGTERM (Windows: Ctrl-Break) and a forced kill.", "group": "Limits", "default": 10.0},
  {"name": "continue_on_failure", "kind": "flag", "label": "Continue on failure", "help": "Continue with the next tasks even if this one fails.", "group": "Success", "default": false, "shown": "continues on failure"},
  {"name": "guarantee", "kind": "choice", "label": "Guarantee", "help": "If an attempt's result is lost: at_least_once retries it, at_most_once stops the run for review.", "group": "Limits", "default": "at_least_once", "shown": "{}", "words": [["at_least_once", "At least once"], ["at_most_once", "At most once"]]},
  {"name": "depends_on", "kind": "names", "label": "Depends on", "help": "Tasks that must finish first. Named in any task, it makes the workflow a graph.", "group": "Order", "default": null, "unset": "the order of the list"},
];

export const POLICIES: readonly DeclaredField[] = [
  {"name": "catchup", "kind": "choice", "label": "Catch-up", "help": "What to run for fires missed while the scheduler was down: latest (one run), all, or none.", "default": "latest", "shown": "catch-up: {}", "words": [["latest", "One run for all"], ["all", "Each of them"], ["none", "None"]]},
  {"name": "catchup_window", "kind": "duration", "label": "Catch-up window", "help": "Ignore missed fires older than this.", "default": null, "unset": "no limit", "shown": "catch-up within {}"},
  {"name": "overlap", "kind": "choice", "label": "Overlap", "help": "If the previous run has not finished: queue, skip, allow or replace it.", "default": "queue", "shown": "overlap: {}", "words": [["queue", "Queue one run"], ["skip", "Skip the fire"], ["allow", "Run both"], ["replace", "Replace the previous run"]]},
  {"name": "overlap_scope", "kind": "choice", "label": "Overlap scope", "help": "Which runs count as the previous one: all of the workflow, or only the schedule's own.", "default": "workflow", "shown": "overlap counts: {}", "words": [["workflow", "Every run of the workflow"], ["schedule", "This schedule's own"]]},
  {"name": "params", "kind": "values", "label": "Parameters", "help": "Values for the workflow's parameters, as NAME=value.", "default": [], "shown": "{} parameter|{} parameters"},
  {"name": "calendar", "kind": "identifier", "label": "Calendar", "help": "The calendar whose closed days the schedule observes.", "default": null, "unset": "every day is open", "shown": "calendar {}"},
  {"name": "on_closed", "kind": "choice", "label": "On closed days", "help": "What becomes of a fire on a closed day: skip it, run it anyway, or move it to the next or previous open day; next_in_month moves it back instead where the next open day is in another month.", "default": "skip", "shown": "closed days: {}", "words": [["skip", "Skip the fire"], ["run", "Run anyway"], ["next", "Next open day"], ["previous", "Previous open day"], ["next_in_month", "Next open day of the month, otherwise the previous one"]]},
  {"name": "collide", "kind": "choice", "label": "Moved onto another fire", "help": "What becomes of a moved fire on a day that has a fire already: coalesce both into one run, or run_both.", "default": "coalesce", "shown": "moved fires: {}", "words": [["coalesce", "One run for both"], ["run_both", "Run both"]]},
  {"name": "jitter", "kind": "duration", "label": "Jitter", "help": "Delay each start by up to this much: always the same delay for the same fire, and no drift.", "default": 0.0, "shown": "jitter up to {}"},
  {"name": "from", "kind": "time", "label": "From", "help": "No fire before this date or time of the schedule's zone.", "default": null, "unset": "no limit", "shown": "from {}"},
  {"name": "until", "kind": "time", "label": "Until", "help": "No fire after this time, or after the end of this date.", "default": null, "unset": "no limit", "shown": "until {}"},
  {"name": "paused_until", "kind": "time", "label": "Paused until", "help": "Skip the fires before this date or time, then fire again.", "default": null, "unset": "not paused", "shown": "paused until {}"},
  {"name": "wake", "kind": "flag", "label": "Wake Windows", "help": "Wake Windows from sleep for a fire.", "default": false, "shown": "wakes Windows"},
  {"name": "enabled", "kind": "flag", "label": "Enabled", "help": "Whether it fires.", "default": true},
];

export const WORKFLOW: readonly DeclaredField[] = [
  {"name": "id", "kind": "identifier", "label": "Workflow ID", "help": "Unique in the home.", "default": null},
  {"name": "description", "kind": "text", "label": "Description", "help": "What it is for.", "default": ""},
  {"name": "params", "kind": "parameters", "label": "Parameters", "help": "Values that each run is given, each with its type, default and bounds.", "default": []},
  {"name": "env", "kind": "variables", "label": "Environment", "help": "Environment variables of every task, as NAME=value.", "default": null},
  {"name": "working_dir", "kind": "path", "label": "Working folder", "help": "Folder in which every command starts.", "default": null, "unset": "the home"},
  {"name": "max_active_runs", "kind": "count", "label": "Runs at once", "help": "At most this many runs of the workflow in progress at once.", "default": null, "unset": "no limit"},
  {"name": "enabled", "kind": "flag", "label": "Enabled", "help": "Whether its schedules fire.", "default": true},
  {"name": "labels", "kind": "names", "label": "Labels", "help": "Words to find it by.", "default": []},
  {"name": "notify", "kind": "names", "label": "Notify", "help": "Who is told about it beside the rules of the home: CHANNEL (of failures), WHAT:CHANNEL or WHAT:CHANNEL:1h, with + between several.", "default": [], "examples": ["ops", "late+at_risk:ops+chat:1h"]},
  {"name": "ping", "kind": "text", "label": "Ping", "help": "A monitor's address, pinged when a run starts, succeeds and fails: of Healthchecks, Cronitor or Uptime Kuma; or a secret that is one, as store:NAME.", "default": "", "examples": ["https://hc-ping.com/your-uuid", "store:ping"]},
  {"name": "secrets", "kind": "sources", "label": "Secrets", "help": "Where the secrets of its tasks are kept, as NAME=env:VARIABLE, file:PATH, store:NAME, keyring:SERVICE/NAME or credential:NAME; in a file also NAME: {command: [program, argument]}.", "default": null},
  {"name": "keep_awake", "kind": "flag", "label": "Keep Windows awake", "help": "Whether Windows stays awake while a run is in progress.", "default": null, "unset": "for runs of schedules", "words": [["true", "For every run"], ["false", "Never"]]},
];

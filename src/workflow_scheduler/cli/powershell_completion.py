"""Completion in PowerShell, which click does not provide.

Source: Microsoft, Register-ArgumentCompleter (-Native).
"""

from __future__ import annotations

import os

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from workflow_scheduler.system.tilde import expanded

__all__ = ["PowerShellComplete"]

_MOST = 200
# Windows PowerShell drops an empty variable, so the word gets a mark before it.
_SOURCE = r"""
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $ast, $position)
    $before = $ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    }
    $env:COMP_WORDS = @($before) -join "`n"
    $env:COMP_CWORD = "=" + $word.Trim("'", '"')
    $env:%(complete_var)s = "powershell_complete"
    try { $lines = & %(prog_name)s } finally { Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:%(complete_var)s }
    foreach ($line in $lines) {
        $value, $help = $line -split "`t", 2
        $text = if ($value -match "^[\w./:\\-]+$") { $value } else { "'" + $value.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($text, $value, "ParameterValue", $help)
    }
}
"""


class PowerShellComplete(ShellComplete):
    """Each line of the answer is a value and, after a tab, its meaning."""

    name = "powershell"
    source_template = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        words = os.environ["COMP_WORDS"].split("\n")
        return words[1:], os.environ["COMP_CWORD"].removeprefix("=")

    def format_completion(self, item: CompletionItem[str]) -> str:
        value = str(item.value)
        return f"{value}\t{' '.join((item.help or value).split())}"

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Completes files and folders by name: PowerShell does not once a completer is registered."""
        items = []
        for item in super().get_completions(args, incomplete):
            items += [item] if item.type == "plain" else _paths(incomplete, only_folders=item.type == "dir")
        return items


def _paths(incomplete: str, *, only_folders: bool) -> list[CompletionItem[str]]:
    """Paths that start with the text; a folder ends with a separator, so that the next Tab enters it."""
    cut = max(incomplete.rfind("/"), incomplete.rfind(os.sep)) + 1
    before, start = incomplete[:cut], incomplete[cut:]
    try:
        with os.scandir(expanded(before or ".")) as entries:
            found = sorted(
                (entry.name, entry.is_dir()) for entry in entries if entry.name.casefold().startswith(start.casefold())
            )
    except (OSError, RuntimeError):
        return []
    return [
        CompletionItem(f"{before}{name}{os.sep if is_folder else ''}", help="folder" if is_folder else "file")
        for name, is_folder in found
        if (is_folder or not only_folders) and (start or not name.startswith("."))
    ][:_MOST]


add_completion_class(PowerShellComplete)

"""Makes docs/demo.svg: the demo as somebody sees it in a terminal, line by line, over and over; without motion, its end."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

FILM = Path(__file__).parents[2] / "docs" / "demo.svg"
COLUMNS = 96
LINE, CHARACTER, MARGIN = 19, 8.43, 18
"""In pixels, of 14 px letters."""
FIRST, EACH, END = 1.5, 0.5, 9.0
"""Seconds: until the first line, for each line, and at the end."""


def run(words: list[str], folder: Path) -> list[Text]:
    """The lines that a command writes into a terminal, with their colours. It is asked nothing: nobody could answer."""
    ours, its = pty.openpty()
    env = {
        **os.environ,
        "COLUMNS": str(COLUMNS),
        "LINES": "50",
        "TERM": "xterm-256color",
        "SCHEDULER_HOME": str(folder),
    }
    process = subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=its, stderr=its)
    os.close(its)
    written = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    if process.wait() != 0:
        raise subprocess.CalledProcessError(process.returncode, words, written)
    return [Text.from_ansi(line) for line in screen(written.decode())]


def screen(written: str) -> list[str]:
    """What stands in a terminal at the end: lines that were drawn over are not there any more."""
    lines, row = [""], 0
    for part in re.split(r"(\x1b\[\d*A|\x1b\[2K|\x1b\[\?\d+[hl]|\r|\n)", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[2K":
            lines[row] = ""
        elif up := re.fullmatch(r"\x1b\[(\d*)A", part):
            row = max(0, row - int(up[1] or 1))
        elif not re.fullmatch(r"\r|\x1b\[\?\d+[hl]", part):
            lines[row] += part
    return "\n".join(lines).rstrip("\n").split("\n")


def _style(style: Style) -> str:
    rules = []
    if style.color is not None:
        rules.append(f'fill="{style.color.get_truecolor(MONOKAI).hex}"')
    if style.bold:
        rules.append('font-weight="bold"')
    if style.dim:
        rules.append('opacity="0.6"')
    return " ".join(rules)


def _spans(line: Text) -> str:
    """A line as SVG; each part stands at its column, whatever the width of the letters."""
    made = ""
    for start, end, style in _parts(line):
        at = MARGIN + start * CHARACTER
        width = (end - start) * CHARACTER
        text = escape(line.plain[start:end])
        made += f'<tspan x="{at:.1f}" textLength="{width:.1f}" {_style(style)}>{text}</tspan>'
    return made


def _parts(line: Text) -> list[tuple[int, int, Style]]:
    edges = sorted({0, len(line), *(edge for span in line.spans for edge in (span.start, span.end))})
    parts = []
    for start, end in pairwise(edges):
        styles = [span.style for span in line.spans if span.start <= start < span.end]
        parts.append((start, end, Style.combine([Style(), *(style for style in styles if isinstance(style, Style))])))
    return [(start, end, style) for start, end, style in parts if line.plain[start:end].strip()]


def draw(command: str, lines: list[Text]) -> str:
    """The animated SVG."""
    prompt = Text.assemble(("$ ", Style(color="green", bold=True)), (command, Style(bold=True)))
    shown = [prompt, *lines]
    length = FIRST + EACH * len(lines) + END
    width, height = round(2 * MARGIN + COLUMNS * CHARACTER), 2 * MARGIN + LINE * len(shown)
    rules, texts = [], []
    for number, line in enumerate(shown):
        begins = 0 if number == 0 else FIRST + EACH * (number - 1)
        share = 100 * begins / length
        if number:
            hidden = f"0%,{share - 0.01:.2f}%{{opacity:0}}"
            rules.append(f"@keyframes l{number}{{{hidden}{share:.2f}%,100%{{opacity:1}}}}")
            rules.append(f".l{number}{{animation:l{number} {length:.1f}s linear infinite}}")
        y = MARGIN + LINE * number + 14
        texts.append(f'<text class="l{number}" y="{y}">{_spans(line)}</text>')
    style = f"text{{font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:#d9d9d9}}{''.join(rules)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
            f"<title>{escape(command)}</title>",
            f"<style>{style}@media (prefers-reduced-motion: reduce){{text{{animation:none!important}}}}</style>",
            '<rect width="100%" height="100%" rx="8" fill="#16181d"/>',
            *texts,
            "</svg>",
            "",
        ]
    )


def main() -> None:
    # As an installed command: the film does not show where this copy is.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    folder = Path(tempfile.gettempdir()) / "demo-film"  # its path is in the film
    folder.mkdir(mode=0o700)
    try:
        lines = run([sys.executable, "-m", "workflow_scheduler", "--home", "demo", "demo"], folder)
    finally:
        shutil.rmtree(folder)
    FILM.write_text(draw("scheduler demo", lines), encoding="utf-8")
    print(f"docs/{FILM.name}  {FILM.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

"""Reads and checks definition files. All mistakes of all files are reported together, each with its position."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from workflow_scheduler.definitions.documents import Document, load
from workflow_scheduler.definitions.source_map import MAX_BYTES
from workflow_scheduler.domain.errors import InvalidInput, NotFound, SchedulerError
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.system.text_encoding import text_of
from workflow_scheduler.triggers.spec import parse_spec

from .arguments import argument_mistakes

__all__ = ["check_documents", "defined_twice", "read_documents"]

_ENDINGS = (".yaml", ".yml", ".json")
_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
"""Starts a document wherever it begins a line (YAML 1.2, 9.1.2)."""


def read_documents(names: Iterable[str], stdin: BinaryIO) -> list[Document]:
    """Every workflow in the files and folders, checked; `-` is standard input.

    All mistakes come together, as InvalidInput; as NotFound if the only ones are files that cannot be read.
    """
    documents: list[Document] = []
    errors: list[SchedulerError] = []
    for source, text in _texts(names, stdin):
        if isinstance(text, SchedulerError):
            errors.append(text)
        else:
            found, mistakes = _load(text, source)
            documents += found
            errors += mistakes
    errors += [InvalidInput(words) for words in (*defined_twice(documents), *_mistakes(documents, "UTC"))]
    if errors:
        kind = NotFound if all(isinstance(error, NotFound) for error in errors) else InvalidInput
        raise kind("\n".join(map(str, errors)))
    return documents


def _load(text: str, source: str) -> tuple[list[Document], list[InvalidInput]]:
    """The valid workflows of a text, and the mistakes of the others."""
    try:
        return load(text, source), []
    except InvalidInput as error:
        documents: list[Document] = []
        errors: list[InvalidInput] = []
        starts = [match.start() for match in _MARKER.finditer(text)]
        for start, end in zip([0, *starts], [*starts, len(text)], strict=True) if starts else ():
            part = text[start:end]
            if not [line for line in part.splitlines() if line.strip() and not line.startswith(("#", "---", "%"))]:
                continue
            try:
                # Preceded by as many lines as in the file, so that its mistakes have the right line numbers.
                documents += load("\n" * text.count("\n", 0, start) + part, source)
            except InvalidInput as mistake:
                errors.append(mistake)
        return (documents, errors) if errors else ([], [error])


def defined_twice(documents: Iterable[Document]) -> list[str]:
    errors = []
    seen: dict[tuple[str, str], tuple[Document, tuple[str | int, ...]]] = {}
    for document in documents:
        here: list[tuple[str, str, tuple[str | int, ...]]] = [("workflow", document.workflow.id, ("id",))]
        here += [("schedule", one.id, ("schedules", at, "id")) for at, one in enumerate(document.schedules or ())]
        for kind, name, path in here:
            if (kind, name) in seen:
                first, where = seen[kind, name]
                place = document.place(*path)
                errors.append(f"{place}: the {kind} {name!r} is defined at {first.place(*where)} already; remove one.")
            seen.setdefault((kind, name), (document, path))
    return errors


def _texts(names: Iterable[str], stdin: BinaryIO) -> Iterator[tuple[str, str | SchedulerError]]:
    """Each source with its text, or why it cannot be read."""
    for name in names:
        try:
            for file in _files(name):
                try:
                    yield str(file), _read(file, stdin)
                except SchedulerError as error:
                    yield str(file), error
        except SchedulerError as error:
            yield name, error


def _files(name: str) -> list[Path | str]:
    path = Path(name)
    # A name too long for the file system is reported when it is read; `Path.is_dir` would raise here.
    if name == "-" or not os.path.isdir(name):  # noqa: PTH112
        return [name if name == "-" else path]
    files: list[Path | str] = []
    try:  # a pipe or a device in a folder is not a definition
        files += sorted(file for file in path.rglob("*") if file.suffix in _ENDINGS and file.is_file())
    except OSError as error:  # such as a folder that is deleted just now
        raise NotFound(f"Cannot read {error.filename} ({error.strerror}); try again.") from None
    if not files:
        raise NotFound(f"The folder {name} contains no .yaml, .yml or .json file.")
    return files


def _read(file: Path | str, stdin: BinaryIO) -> str:
    if isinstance(file, str):
        return _text_of(stdin, "<stdin>")
    try:
        with file.open("rb") as stream:
            return _text_of(stream, str(file))
    except OSError as error:
        raise NotFound(f"Cannot read {file} ({error.strerror}); correct the name or its permissions.") from None


def _text_of(stream: BinaryIO, source: str) -> str:
    """The content of the file; InvalidInput if it is too large, without reading on: some files never end."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{source}:1:1: the file has more than {MAX_BYTES // 1_000_000} MB; split it.")
    try:
        return text_of(data)
    except ValueError as error:
        raise InvalidInput(f"{source}:1:1: the file is not UTF-8 text: {error}.") from None


def check_documents(documents: Iterable[Document], timezone: str = "UTC") -> None:
    """Check expressions, dates, zones and the splitting of arguments. InvalidInput has a line for
    each mistake."""
    if errors := list(_mistakes(documents, timezone)):
        raise InvalidInput("\n".join(errors))


def _mistakes(documents: Iterable[Document], timezone: str) -> Iterator[str]:
    for document in documents:
        for mistake in argument_mistakes(document.workflow):
            yield f"{document.place(*mistake.path)}: {mistake}"
        for at, one in enumerate(document.schedules or ()):
            try:
                check_identifier("schedule", one.id)
            except InvalidInput as error:
                yield f"{document.place('schedules', at, 'id')}: {error}"
            try:
                parse_spec(dict(one.spec), one.timezone or timezone)
            except InvalidInput as error:
                yield f"{document.place('schedules', at, next(iter(one.spec), 'id'))}: {error}"

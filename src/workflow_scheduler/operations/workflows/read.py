"""Reads definition files. All mistakes of all files are reported together, each with its position."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from workflow_scheduler.definitions.documents import Document, Draft
from workflow_scheduler.definitions.source_map import MAX_BYTES
from workflow_scheduler.domain.calendar import Calendar
from workflow_scheduler.domain.errors import InvalidInput, NotFound, SchedulerError
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.text_encoding import text_of

from .check import calendars_of_text, checked, drafts_of

__all__ = ["Definitions", "read_documents", "read_files", "read_text"]

KIND = "calendar"
"""A text without this word defines no calendar."""

_ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Definitions:
    """What files define."""

    workflows: list[Document]
    calendars: list[Calendar]


def read_documents(names: Iterable[str], stdin: BinaryIO) -> list[Document]:
    """Every workflow in the files and folders, as `read_files`."""
    return read_files(names, stdin).workflows


def read_files(names: Iterable[str], stdin: BinaryIO) -> Definitions:
    """Every workflow and calendar in the files and folders, checked; `-` is standard input.

    All mistakes come together, as InvalidInput; as NotFound if the only ones are files that cannot be read.
    """
    found: list[Draft] = []
    calendars: list[Calendar] = []
    errors: list[SchedulerError] = []
    for source, folder, text in _texts(names, stdin):
        if isinstance(text, SchedulerError):
            errors.append(text)
        else:
            more, mistakes = drafts_of(text, source)
            found += [_placed(draft, folder) for draft in more]
            errors += mistakes
            try:
                calendars += calendars_of_text(text, source) if KIND in text else []
            except InvalidInput as error:
                errors += [] if mistakes else [error]
    documents, mistakes = checked(found)
    errors += mistakes
    if errors:
        kind = NotFound if all(isinstance(error, NotFound) for error in errors) else InvalidInput
        raise kind("\n".join(map(str, errors)))
    names_of = [calendar.id for calendar in calendars]
    if twice := sorted({name for name in names_of if names_of.count(name) > 1}):
        raise InvalidInput(f"The calendar {twice[0]!r} is defined twice; remove one.")
    return Definitions(documents, calendars)


def read_text(name: str, stdin: BinaryIO) -> tuple[str, str]:
    """The text of a file and how messages name it; `-` is standard input."""
    return _read("-" if name == "-" else Path(name), stdin), "<stdin>" if name == "-" else name


def _placed(draft: Draft, folder: Path | None) -> Draft:
    return draft if draft.document is None else replace(draft, document=replace(draft.document, folder=folder))


def _texts(names: Iterable[str], stdin: BinaryIO) -> Iterator[tuple[str, Path | None, str | SchedulerError]]:
    """Each source with its folder, if it is a file, and its text, or why it cannot be read."""
    for name in names:
        try:
            for file in _files(name):
                folder = None if isinstance(file, str) else file.parent.absolute()
                try:
                    yield str(file), folder, _read(file, stdin)
                except SchedulerError as error:
                    yield str(file), folder, error
        except SchedulerError as error:
            yield name, None, error


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

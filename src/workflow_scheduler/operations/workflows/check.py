"""Checks the workflows of a text. All mistakes are reported together, each with its position."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from workflow_scheduler.definitions.documents import Document, Draft, drafts
from workflow_scheduler.definitions.source_map import Path
from workflow_scheduler.domain.calendar import Calendar
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.workflow_check import wrong_identifier
from workflow_scheduler.operations.schedules.problems import check_bounds_of
from workflow_scheduler.triggers.spec import check_zone, parse_spec

from .arguments import argument_mistakes

__all__ = ["calendars_of_text", "check_documents", "checked", "drafts_of", "load_text"]

_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
"""Starts a document wherever it begins a line (YAML 1.2, 9.1.2)."""


def load_text(text: str, source: str = "document") -> list[Document]:
    """Every workflow of a text, checked like those of a file. InvalidInput if it defines a calendar, too."""
    if "calendar" in text and calendars_of_text(text, source):
        raise InvalidInput(f"{source}: a calendar stands beside the workflow; apply it as a calendar of its own.")
    found, errors = drafts_of(text, source)
    documents, mistakes = checked(found)
    if errors or mistakes:
        raise InvalidInput("\n".join(map(str, [*errors, *mistakes])))
    return documents


def calendars_of_text(text: str, source: str) -> list[Calendar]:
    from workflow_scheduler.definitions.calendars import calendars_in  # noqa: PLC0415  its models take time to make

    return calendars_in(text, source)


def check_documents(documents: Iterable[Document], timezone: str) -> None:
    """Check expressions, dates, zones and the splitting of arguments. InvalidInput has a line for each mistake."""
    mistakes = [
        f"{document.place(*path)}: {sentence}"
        for document in documents
        for path, sentence in _expression_mistakes(document, timezone)
    ]
    if mistakes:
        raise InvalidInput("\n".join(mistakes))


def drafts_of(text: str, source: str) -> tuple[list[Draft], list[InvalidInput]]:
    """The workflows of a text with their mistakes, and what keeps parts of it from being workflows."""
    try:
        return drafts(text, source), []
    except InvalidInput as error:
        found: list[Draft] = []
        errors: list[InvalidInput] = []
        starts = [match.start() for match in _MARKER.finditer(text)]
        for start, end in zip([0, *starts], [*starts, len(text)], strict=True) if starts else ():
            part = text[start:end]
            if not [line for line in part.splitlines() if line.strip() and not line.startswith(("#", "---", "%"))]:
                continue
            try:
                # Preceded by as many lines as in the file, so that its mistakes have the right line numbers.
                found += drafts("\n" * text.count("\n", 0, start) + part, source)
            except InvalidInput as mistake:
                errors.append(mistake)
        return (found, errors) if errors else ([], [error])


def checked(found: Sequence[Draft]) -> tuple[list[Document], list[InvalidInput]]:
    """The workflows, and every mistake: those of each workflow in the order of its lines, then IDs that occur twice."""
    documents = [draft.document for draft in found if draft.document]
    sentences: list[str] = []
    for draft in found:
        mistakes = list(draft.mistakes)
        if (document := draft.document) is not None and document.tree is not None:
            mistakes += [document.tree.mistake(*mistake) for mistake in _expression_mistakes(document, "UTC")]
        sentences += map(str, sorted(mistakes))
    return documents, [InvalidInput(sentence) for sentence in (*sentences, *_defined_twice(documents))]


def _defined_twice(documents: Iterable[Document]) -> Iterator[str]:
    """IDs that several of the documents define. Invalid ones are reported as such."""
    seen: dict[tuple[str, str], tuple[Document, Path]] = {}
    for document in documents:
        for kind, name, path in _names_of(document, ("workflow", document.workflow.id) not in seen):
            first, where = seen.setdefault((kind, name), (document, path))
            if first is not document and not list(wrong_identifier(path, kind, name)):
                place, earlier = document.place(*path), first.place(*where)
                yield f"{place}: the {kind} {name!r} is defined at {earlier} already; remove one."


def _names_of(document: Document, made: bool) -> Iterator[tuple[str, str, Path]]:
    """The IDs of a workflow and its schedules. `made`: also those that are made from the workflow's."""
    name = document.workflow.id
    yield "workflow", name, ("id",)
    for at, schedule in enumerate(document.schedules or ()):
        if made or schedule.id != f"{name}.{at + 1}":
            yield "schedule", schedule.id, ("schedules", at, "id")


def _expression_mistakes(document: Document, timezone: str) -> Iterator[tuple[Path, str]]:
    """Mistakes in expressions, each with its place. `timezone`: of schedules that name none."""
    for mistake in argument_mistakes(document.workflow):
        yield mistake.path, str(mistake)
    for at, schedule in enumerate(document.schedules or ()):
        zone = schedule.timezone or timezone
        try:
            check_zone(zone)
        except InvalidInput as error:
            yield ("schedules", at, "timezone"), str(error)
            zone = "UTC"
        try:
            check_bounds_of(schedule.policies, zone)
        except InvalidInput as error:
            yield ("schedules", at, "until"), str(error)
        try:
            parse_spec(dict(schedule.spec), zone)
        except InvalidInput as error:
            yield ("schedules", at, next(iter(schedule.spec), "id")), str(error)

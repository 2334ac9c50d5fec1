"""Reads `notify.yaml`: channels, rules, quiet hours and reports, every mistake with its place."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, create_model

from workflow_scheduler.domain.alerts import Rule
from workflow_scheduler.domain.channels import CHANNEL_KINDS, SECRET_FIELDS, Channel
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.fields import Kind, declared_fields
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.notify_rules import SHORTEST_REPEAT, kind_named
from workflow_scheduler.domain.quiet_hours import QuietHours
from workflow_scheduler.domain.report_time import ReportTime, parse_days
from workflow_scheduler.domain.secrets import parse_source

from .kinds import duration_written, names_written
from .models import DefinitionModel, fields_of, values_of
from .sentences import sentences_of
from .source_map import Mistake, Path, Tree, read_trees

__all__ = ["load_notify"]

_MOST_CHANNELS, _MOST_RULES, _MOST_REPORTS = 100, 200, 20
_KNOWN = ("channels", "rules", "quiet", "report")
_REFERENCES = ("password", "token", "secret")
"""Fields that are never written out."""
_NOT_SHOWN = "cannot be read; write a text, or a list of texts where there may be several."
"""Of fields that may be secrets, whatever was written."""
_model: Any = create_model
_MODELS: Mapping[str, type[BaseModel]] = {
    name: _model(f"{name.title()}Model", __base__=DefinitionModel, kind=(str, ...), **fields_of(kind))
    for name, kind in CHANNEL_KINDS.items()
}
_Names = Annotated[list[Annotated[str, Field(max_length=100)]], BeforeValidator(names_written), Field(max_length=100)]


class _RuleModel(DefinitionModel):
    on: _Names
    to: _Names
    labels: _Names = Field([])
    repeat: Annotated[float, BeforeValidator(duration_written), Field(ge=SHORTEST_REPEAT)] | None = None


def _time(value: Any) -> Any:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            if (found := time.fromisoformat(value)).tzinfo is None:
                return found
        raise ValueError("is not a time of the day; write it as 22:00")
    return value


_Time = Annotated[time, BeforeValidator(_time)]
_QuietModel: Any = _model(
    "QuietModel", __base__=DefinitionModel, **{"from": (_Time, ...), "to": (_Time, ...), "except": (_Names, [])}
)


class _ReportModel(DefinitionModel):
    at: _Time
    to: _Names
    days: _Names = Field(["daily"])


def load_notify(text: str, source: str) -> NotifyPlan:
    """InvalidInput has a line for each mistake. An empty text has no channel."""
    trees = list(read_trees(text, source))
    if not trees:
        return NotifyPlan()
    tree = trees[0]
    if len(trees) > 1 or not isinstance(tree.value, dict):
        raise InvalidInput(f"{tree.place(())}: expected one set of names and values; write `channels:` and `rules:`.")
    reading = _Reading(tree)
    plan = NotifyPlan(reading.channels(), reading.rules(), reading.quiet(), reading.reports())
    if mistakes := [*tree.mistakes, *reading.mistakes]:
        raise InvalidInput("\n".join(map(str, sorted(mistakes))))
    return plan


class _Reading:
    """Reads part by part; what is wrong is left out and noted."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.mistakes: list[Mistake] = []
        self._names: set[str] = set()
        for name in tree.value.keys() - set(_KNOWN):
            self._note((name,), f"{name!r} is not a known name here; known are: {', '.join(_KNOWN)}.")

    def _note(self, path: Path, sentence: str) -> None:
        self.mistakes.append(self._tree.mistake(path, sentence))

    def channels(self) -> dict[str, Channel]:
        found: dict[str, Channel] = {}
        written = self._tree.value.get("channels") or {}
        if not isinstance(written, dict):
            self._note(("channels",), "channels: is not a set of names and values; write `name: {kind: mail, …}`.")
            return found
        if len(written) > _MOST_CHANNELS:
            self._note(("channels",), f"channels: more than {_MOST_CHANNELS} entries; use fewer.")
        self._names = set(written)
        for name, value in written.items():
            channel = self._channel(name, value, ("channels", name))
            if channel is not None:
                found[name] = channel
        return found

    def _channel(self, name: str, value: Any, path: Path) -> Channel | None:
        try:
            check_identifier("channel", name)
        except InvalidInput as error:
            self._note(path, str(error))
        kinds = ", ".join(CHANNEL_KINDS)
        if not isinstance(value, dict) or "kind" not in value:
            self._note(path, f"The channel {name[:60]!r} has no kind; write kind: and one of {kinds}.")
            return None
        kind = CHANNEL_KINDS.get(str(value["kind"]))
        if kind is None:
            near = difflib.get_close_matches(str(value["kind"])[:60], CHANNEL_KINDS, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"choose from: {kinds}."
            self._note((*path, "kind"), f"{str(value['kind'])[:60]!r} is not a kind of channel; {meant}")
            return None
        lists = [field.name for field in declared_fields(kind) if field.about.kind is Kind.WORDS]
        value = {key: [part] if key in lists and isinstance(part, str) else part for key, part in value.items()}
        model = self._model(_MODELS[kind.kind], value, path)
        if model is None:
            return None
        channel: Channel = kind(**values_of(model, kind))
        for where, sentence in _mistakes_in(channel):
            self._note((*path, where), sentence)
        return channel

    def rules(self) -> tuple[Rule, ...]:
        written = self._tree.value.get("rules") or []
        if not isinstance(written, list) or len(written) > _MOST_RULES:
            self._note(
                ("rules",), f"rules: is not a list of at most {_MOST_RULES} rules; write '- {{on: […], to: […]}}'."
            )
            return ()
        found = (self._rule(value, ("rules", at)) for at, value in enumerate(written))
        return tuple(rule for rule in found if rule is not None)

    def _rule(self, value: Any, path: Path) -> Rule | None:
        model: Any = self._model(_RuleModel, value, path)
        if model is None:
            return None
        kinds = []
        for name in model.on:
            try:
                kinds.append(kind_named(name))
            except InvalidInput as error:
                self._note((*path, "on"), str(error))
        if not model.on:
            self._note((*path, "on"), "on: is empty; name at least one.")
        self._check_to(model.to, (*path, "to"))
        return Rule(tuple(kinds), tuple(model.to), tuple(model.labels), model.repeat)

    def _check_to(self, names: list[str], path: Path) -> None:
        for name in names:
            if name not in self._names:
                near = difflib.get_close_matches(name, sorted(self._names), 1)
                meant = f"did you mean {near[0]!r}?" if near else "define it under `channels:`."
                self._note(path, f"There is no channel {name!r}; {meant}")
        if not names:
            self._note(path, "to: is empty; name at least one.")

    def reports(self) -> tuple[ReportTime, ...]:
        """One, or a list of them."""
        written = self._tree.value.get("report") or []
        if isinstance(written, list) and len(written) > _MOST_REPORTS:
            self._note(("report",), f"report: more than {_MOST_REPORTS} entries; use fewer.")
            return ()
        if isinstance(written, list):
            found = [self._report(value, ("report", at)) for at, value in enumerate(written)]
        else:
            found = [self._report(written, ("report",))]
        return tuple(one for one in found if one is not None)

    def _report(self, value: Any, path: Path) -> ReportTime | None:
        model: Any = self._model(_ReportModel, value, path)
        if model is None:
            return None
        self._check_to(model.to, (*path, "to"))
        days: frozenset[int] = frozenset()
        try:
            days = parse_days(model.days)
            if not days:
                self._note((*path, "days"), "days: is empty; leave it out for every day.")
        except InvalidInput as error:
            self._note((*path, "days"), f"days: {error}")
        return ReportTime(model.at, days, tuple(model.to)) if days else None

    def quiet(self) -> QuietHours | None:
        value = self._tree.value.get("quiet")
        model = None if value is None else self._model(_QuietModel, value, ("quiet",))
        if model is None:
            return None
        start, end, exempt = (getattr(model, name) for name in ("from", "to", "except"))
        if start == end:
            self._note(("quiet",), "quiet: `from` and `to` are the same time; leave out quiet, or change one.")
        return QuietHours(start, end, tuple(exempt))

    def _model(self, kind: type[BaseModel], value: Any, path: Path) -> Any:
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            for inside, sentence in sentences_of(error, value, kind):
                secret = next((name for name in inside if name in SECRET_FIELDS), None)
                if (
                    path[0] == "channels"
                    and secret
                    and not sentence.startswith((f"'{secret}' is missing", f"{secret}: more than "))
                ):
                    sentence = f"{secret}: {_NOT_SHOWN}"  # noqa: PLW2901
                self._note((*path, *inside), sentence.removeprefix(": "))
            return None


def _mistakes_in(channel: Channel) -> Iterator[tuple[str, str]]:
    for name in _REFERENCES:
        value = getattr(channel, name, "")
        if value:
            try:
                parse_source(value)
            except InvalidInput as error:
                yield name, f"{name}: {error}"
    for name in ("to", "urls", "command"):
        if getattr(channel, name, True) in ((), ("",)):
            yield name, f"{name}: is empty; write at least one."
    if getattr(channel, "token", "") and not getattr(channel, "user", ""):
        yield "token", "token: belongs to a user; name it with `user`."
    if getattr(channel, "user", "") and not (getattr(channel, "password", "") or getattr(channel, "token", "")):
        yield "user", "user: needs a password or a token, as a reference to a secret such as store:smtp."

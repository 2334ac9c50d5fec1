"""A group of commands of which some have modules of their own, imported only when they are used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """`modules`: for each such command, the module that defines it by its own name."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.commands, *self._modules})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._modules:
            self._load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def load(self) -> None:
        """Import all of them."""
        for name in self._modules:
            self._load(name)

    def _load(self, name: str) -> None:
        module = importlib.import_module(f".{self._modules[name]}", __package__)
        self.add_command(getattr(module, name), name)

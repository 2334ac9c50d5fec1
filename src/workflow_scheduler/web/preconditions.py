"""If-Match: an edit says which version it was made for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from .problems import Problem

__all__ = ["IfMatch", "needed", "tag_of"]

IfMatch = Annotated[str | None, Header(max_length=100, description="the ETag of what was edited, or *")]


def tag_of(header: str | None) -> str | None:
    """The version in an ETag, which goes on with a hash of the answer that it came with."""
    return None if header is None else header.strip().removeprefix("W/").strip('"').partition("~")[0]


def needed(header: str | None) -> str:
    """The version that is meant. Problem 428 if none is."""
    tag = tag_of(header)
    if not tag:
        raise Problem(428, "If-Match is required: send the ETag of the version you edited.")
    return tag

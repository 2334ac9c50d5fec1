"""If-Match: an edit names the version for which it was made."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from .problems import Problem

__all__ = ["IfMatch", "needed", "tag_of"]

IfMatch = Annotated[str | None, Header(max_length=100, description="the ETag of what was edited, or *")]


def tag_of(header: str | None) -> str | None:
    """The version in an ETag, without the hash of the response that came with it."""
    return None if header is None else header.strip().removeprefix("W/").strip('"').partition("~")[0]


def needed(header: str | None) -> str:
    """The version that If-Match names. Problem 428 without one."""
    tag = tag_of(header)
    if not tag:
        raise Problem(428, "If-Match is required: send the ETag of the version you edited.")
    return tag

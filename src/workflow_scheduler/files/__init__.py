"""Proof that an output file is finished."""

from .readiness import OutputResult, OutputSpec, expand, fingerprint, wait_until_ready

__all__ = ["OutputResult", "OutputSpec", "expand", "fingerprint", "wait_until_ready"]

"""Exit codes in the form that people search for. Loaded by keepers."""

from __future__ import annotations

__all__ = ["exit_code_words", "signed"]

# Source: Microsoft, [MS-ERREF] 2.3.1 NTSTATUS values; those with which a program ends that crashed or was ended.
_NAMES = {
    0x80000003: "breakpoint",
    0xC0000005: "access violation",
    0xC0000017: "not enough memory",
    0xC000001D: "illegal instruction",
    0xC0000022: "access denied",
    0xC0000094: "division by zero",
    0xC00000FD: "stack overflow",
    0xC0000135: "a DLL was not found",
    0xC0000139: "an entry point of a DLL was not found",
    0xC000013A: "ended by Ctrl-C or a closed console",
    0xC0000142: "a DLL could not be initialized",
    0xC0000374: "heap corruption",
    0xC0000409: "stack buffer overrun",
    0xE0434352: "unhandled .NET exception",
}
_SMALL = -0x10000


def signed(code: int) -> int:
    """As a signed 32-bit number, as most Windows programs mean it."""
    return code - 2**32 if code >= 2**31 else code


def exit_code_words(code: int) -> str:
    """`3`, `-1`, or `0xC0000005 (access violation)`."""
    code = signed(code)
    if code >= _SMALL:
        return str(code)
    unsigned = code % 2**32
    name = _NAMES.get(unsigned)
    return f"0x{unsigned:08X}" + (f" ({name})" if name else "")

"""A clock that a test can set: a few lines of C before the C library of one process, and of no other."""

from __future__ import annotations

import subprocess
from pathlib import Path

from machine import find_compiler

__all__ = ["Clock"]

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *found) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, found);
    const char *name = getenv("CLOCK_OFFSET_FILE");
    if (result == 0 && id == CLOCK_REALTIME && name) {
        long seconds = 0;
        FILE *file = fopen(name, "r");
        if (file && fscanf(file, "%ld", &seconds) == 1) found->tv_sec += seconds;
        if (file) fclose(file);
    }
    return result;
}
"""


class Clock:
    """`env` is what a process needs to see this clock; `step` sets it for those that run already."""

    def __init__(self, folder: Path) -> None:
        compiler = find_compiler()
        assert compiler is not None
        source, library = folder / "clock.c", folder / "clock.so"
        source.write_text(_SOURCE)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        self._offset = folder / "offset"
        self.step(0)
        self.env = {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(self._offset)}

    def step(self, seconds: int) -> None:
        """Let the clock stand so many seconds from the true time."""
        new = self._offset.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self._offset)

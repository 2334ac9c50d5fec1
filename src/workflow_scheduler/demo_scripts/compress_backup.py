"""Zip a backup, read the zip back, and compare it with what went in."""

import sys
import zipfile
from pathlib import Path

source = Path(sys.argv[1])
target = source.with_suffix(".zip")
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.write(source, source.name)
with zipfile.ZipFile(target) as archive:
    if archive.testzip() is not None or archive.read(source.name) != source.read_bytes():
        sys.exit(f"{target} is not the same as {source}")
print(f"{source.stat().st_size} bytes became {target.stat().st_size}, verified")

"""Compiles the kernel when this library is installed; where that fails, it is installed without.

    python hatch_build.py     compiles it in place, for a checkout that is on the path as it is

The result is a plain shared library that ctypes loads, so it needs a C compiler and no headers of Python's. Without
one `corpus.sketch` computes the same numbers in NumPy.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # started by hand, outside of a build
    BuildHookInterface = object

SOURCE = Path("corpus/sketch/kernel.c")
LIBRARY = Path("corpus/sketch/_kernel.so")
# No fused multiply-add: similarities are the same numbers on every machine.
FLAGS = ("-std=c11", "-O3", "-shared", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off")


def compile_kernel(root: Path) -> str | None:
    """Compile the kernel next to its source; what stood in the way, or None.

    Args:
        root: The folder of this file.
    """
    library = root / LIBRARY
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if shutil.which(command[0]) is None:
        command = ["cc"]
    fresh = library.with_suffix(f".{os.getpid()}.tmp")
    try:
        digest = hashlib.sha256((root / SOURCE).read_bytes()).hexdigest()
        flags = [*FLAGS, f'-DSOURCE="{digest}"']
        subprocess.run(  # noqa: S603 - the compiler that this Python names, on our own file
            [*command, *flags, str(root / SOURCE), "-o", str(fresh)], check=True, capture_output=True, text=True
        )
        fresh.replace(library)  # whole or not at all: another process may have the old one open
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip() or str(error)
    except OSError as error:
        why = str(error)
    else:
        return None
    fresh.unlink(missing_ok=True)
    library.unlink(missing_ok=True)
    return why


class CustomBuildHook(BuildHookInterface):
    """Puts the compiled kernel into the wheel, or next to its source for an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it makes a wheel."""
        why = compile_kernel(Path(self.root))
        if why is not None:
            self.app.display_warning(f"the kernel is not compiled, NumPy does its work some ten times slower: {why}")
            return
        if version == "editable":
            return
        build_data["artifacts"].append(f"/{LIBRARY.as_posix()}")
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data.update(pure_python=False, tag=f"py3-none-{platform}")


if __name__ == "__main__":
    problem = compile_kernel(Path(__file__).parent)
    sys.exit(problem and f"not compiled: {problem}")

"""From a source to a shared library, by PyTorch's compiler for other processes (AOTInductor)."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nearsight.programs.source import Source
from nearsight.programs.tracing import traced

_CPU: dict[str, Any] = {
    # What is compiled is small; its frame, which calls it, is not, and gains nothing from -O1.
    "aot_inductor.compile_wrapper_opt_level": "O0",
    "aot_inductor.enable_line_tables": False,
    "aot_inductor.enable_frame_pointer": False,
    # A precompiled header lies outside of the folder, and half a one would stay there.
    "aot_inductor.precompile_headers": False,
    "aot_inductor.package": False,
    # What /proc/cpuinfo says is not tried out by six programs first: 8 CPU seconds a process.
    "cpp.vec_isa_ok": True,
}


def build(source: Source, library: Path, work: Path) -> None:
    """Compile a source.

    Args:
        source: what to compile.
        library: where the shared library goes.
        work: an empty folder for all that comes in between.

    Raises:
        Exception: of whatever kind the compiler raises.
    """
    with _alone_in(work), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph, arguments = traced(source)
        import torch._inductor

        options = {**_CPU, **source.options, "aot_inductor.output_path": str(work / "library.so")}
        made = torch._inductor.aot_compile(graph, arguments, options=options)  # type: ignore[arg-type]
    Path(str(made)).rename(library)


@contextmanager
def _alone_in(work: Path) -> Iterator[None]:
    """The compiler keeps its files here, reads no others, and says nothing."""
    work.mkdir(parents=True, exist_ok=True)
    given = {"TORCHINDUCTOR_CACHE_DIR": str(work), "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}
    before = {name: os.environ.get(name) for name in given}
    level = logging.getLogger("torch").level
    os.environ.update(given)
    logging.getLogger("torch").setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logging.getLogger("torch").setLevel(level)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""Whether a Snakemake is at work on the results that networks are put beside."""

from pathlib import Path

from nearsight.errors import OutputInUseError


def require_idle(into: Path) -> None:
    """Refuse a folder that Snakemake works in: it would not see what comes, or write it itself.

    Args:
        into: folder of results, two levels below the folder that Snakemake is started in.

    Raises:
        OutputInUseError: its locks name files of the folder; names the lock.
    """
    home = into.resolve()
    start = home.parent.parent
    inside = f"{home.relative_to(start).as_posix()}/"
    for lock in sorted((start / ".snakemake" / "locks").glob("*.lock")):
        paths = lock.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(path.startswith(inside) for path in paths):
            raise OutputInUseError(
                f"{into}: Snakemake is at work on it ({lock}): merge when it has ended; if it was "
                "killed, snakemake --unlock first"
            )

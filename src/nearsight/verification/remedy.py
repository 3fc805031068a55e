"""How to make anew what is damaged, missing or stale: one command of Snakemake."""

import shlex
from pathlib import Path

from nearsight.verification.survey import Survey


def remedy(found: Survey, folder: Path) -> str:
    """The command that makes anew all that is at fault, and whatever follows from it.

    Args:
        found: by a look at the folder.
        folder: as the user named it.

    Returns:
        One line; where the study cannot be read, its own file has to be put in by hand.
    """
    home = folder.resolve()
    name = found.study.name if found.study is not None else home.name
    by_job: dict[str, str] = {}
    for finding in found.faults:
        by_job.setdefault(found.jobs.get(finding.root, finding.root), finding.root)
    files = " ".join(shlex.quote(f"results/{name}/{root}") for root in by_job.values())
    here = home == Path.cwd() / "results" / name
    elsewhere = home != home.parent.parent / "results" / name
    where = "" if here or elsewhere else f"--directory {shlex.quote(str(home.parent.parent))} "
    study = shlex.quote(f"results/{name}/study.json" if here else str(home / "study.json"))
    if found.study is None:
        study = "<the study's own file>"
    first = f" (once the folder is results/{name})" if elsewhere else ""
    return f"make anew{first}: snakemake --cores 1 {where}--configfile {study} --forcerun {files}"

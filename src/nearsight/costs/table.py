"""The costs of a study as text: by stage, and by network."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nearsight.costs.expected import Expected
from nearsight.costs.jobs import Job

HOUR: Final = 3600.0
ALL: Final = "all"
"""Name of the row of sums."""


def of_stages(jobs: Sequence[Job], expected: Mapping[str, Expected]) -> list[list[str]]:
    """A row for each stage that ran, the most expensive first, and one of their sums.

    Args:
        jobs: that were done.
        expected: what stages are expected to cost, as far as it is known.
    """
    by_stage: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_stage[job.stage].append(job)
    order = sorted(by_stage, key=lambda stage: -_cpu(by_stage[stage]))
    rows = [["stage", "jobs", "CPU s", "%", "wall s", "MB", "expected CPU s", "CPU / expected"]]
    whole = _cpu(jobs)
    known = [stage for stage in order if stage in expected]
    for stage in order:
        foreseen = expected[stage].core if stage in expected else None
        rows.append(_row(stage, by_stage[stage], whole, foreseen))
    rows.append(_row(ALL, jobs, whole, sum(expected[stage].core for stage in known) or None))
    return rows


def of_models(jobs: Iterable[Job]) -> list[list[str]]:
    """A row for each network, the most expensive first: CPU seconds in all and by stage.

    What networks of a job share is shared out equally. Empty where no job says what its networks
    cost.

    Args:
        jobs: that were done.
    """
    costs: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    stages: dict[str, float] = defaultdict(float)
    for job in jobs:
        for model, cpu in job.by_model.items():
            costs[model][job.stage] += cpu
            stages[job.stage] += cpu
    if not costs:
        return []
    order = sorted(stages, key=lambda stage: -stages[stage])
    rows = [["network", "CPU s", *order]]
    for model in sorted(costs, key=lambda model: -sum(costs[model].values())):
        own = costs[model]
        rows.append([model, _short(sum(own.values())), *(_short(own.get(s)) for s in order)])
    return rows


def of_expected(expected: Mapping[str, Expected]) -> list[list[str]]:
    """A row for each stage of a study that has not run, the most expensive first, and their sums.

    Args:
        expected: what stages are expected to cost.
    """
    rows = [["stage", "jobs", "core hours", "%", "GPU hours, if it has them"]]
    whole = sum(expected.values(), Expected())
    order = sorted(expected, key=lambda stage: -expected[stage].core)
    for stage, costs in [*((stage, expected[stage]) for stage in order), (ALL, whole)]:
        gpu = _short(costs.gpu / HOUR) if costs.gpu else ""
        share = f"{100 * costs.core / whole.core:.0f}"
        rows.append([stage, str(costs.jobs), _short(costs.core / HOUR), share, gpu])
    return rows


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Lines of a table, the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(name: str, jobs: Sequence[Job], whole: float, foreseen: float | None) -> list[str]:
    cpu = _cpu(jobs)
    return [
        name,
        str(len(jobs)),
        _short(cpu),
        f"{100 * cpu / whole:.0f}" if whole else "",
        _short(sum(job.wall for job in jobs)),
        f"{max(job.megabytes for job in jobs):.0f}",
        _short(foreseen),
        f"{cpu / foreseen:.2f}" if foreseen else "",
    ]


def _cpu(jobs: Iterable[Job]) -> float:
    return sum(job.cpu for job in jobs)


def _short(number: float | None) -> str:
    """Three digits of a number below a hundred, all of a larger one."""
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"

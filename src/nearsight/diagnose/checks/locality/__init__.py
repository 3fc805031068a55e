"""Whether what is far apart adds up, and how far atoms feel each other."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.diagnose.answering import answer, sentence
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.checks.locality.figure import draw
from nearsight.diagnose.checks.locality.findings import findings_of
from nearsight.diagnose.checks.locality.measure import (
    GAPS,
    Felt,
    felt_by_model,
    felt_by_reference,
    pair_distances,
    reach,
)
from nearsight.diagnose.finding import Finding
from nearsight.diagnose.probes import probe_for
from nearsight.diagnose.subject import Subject
from nearsight.labels import variable


def run(subject: Subject) -> Result:
    """Measure what the first structure feels of others and of itself."""
    atoms = subject.structures[0]
    distance, probe = pair_distances(atoms), probe_for(atoms).name
    felt, reference = felt_by_model(subject), felt_by_reference(subject)
    findings = findings_of(subject, probe, distance, felt, reference)
    return Result(findings, _table(subject, probe, distance, felt, reference))


def _table(
    subject: Subject, probe: str, distance: np.ndarray, felt: Felt, reference: Felt | None
) -> xr.Dataset:
    cutoff, depth = subject.model.cutoff, subject.model.depth
    field = np.nan if cutoff is None or depth is None else cutoff * depth
    mev_a = units.MEV_PER_ANGSTROM
    columns = {
        "distance": variable("pair", distance, units.LENGTH, "atom that moves to atom that feels"),
        "reach": variable(
            (), reach(distance, felt.move), units.LENGTH, "largest distance that is felt"
        ),
        "field": variable((), field, units.LENGTH, "cutoff times depth"),
        "excess": variable((), felt.excess, units.MEV, "two copies less twice one"),
    }
    for prefix, of in (("", felt), ("reference_", reference)):
        if of is not None:
            columns |= {
                f"{prefix}move": variable("pair", of.move, mev_a, "change of a force by a move"),
                f"{prefix}probe": variable(
                    "gap", of.probe, mev_a, "largest change of a force by a probe"
                ),
                f"{prefix}probe_mean": variable(
                    "gap", of.probe_mean, mev_a, "mean change of a force by a probe"
                ),
            }
    name = "" if subject.reference is None else subject.reference.label
    return xr.Dataset(
        columns,
        coords={"gap": variable("gap", list(GAPS), units.LENGTH, "probe to the nearest atom")},
        attrs={"probe": probe, "reference": name},
    )


def _well(found: Mapping[str, Finding]) -> str:
    return sentence(f"{found['excess'].reason}; {found['reach'].reason}")


def _gist(findings: Sequence[Finding]) -> str:
    return answer(findings, _well)


CHECK = Check(
    name="locality",
    title="Additivity and reach",
    question="Do molecules far apart add up, and how far do atoms feel each other?",
    run=run,
    draw=draw,
    gist=_gist,
)

"""What a study of stability answers about dynamics: whether they hold, fail, and are right."""

import numpy as np
import xarray as xr

from nearsight.aims.answering import Said, Verdict
from nearsight.aims.saying import extremes, known, number, of_sound, plural

SURVIVED = "survived"


def survival(table: xr.Dataset) -> Said:
    """Whether replicas hold."""
    asked = "Will the dynamics hold?"
    figures = ("survival", "survival_map", "heating")
    rows = known(table, "survival")
    if not rows.sizes["model"]:
        return Said(asked, "No model has dynamics.", figures, "not_applicable")
    share = rows["survival"].to_numpy()
    whole = int((share >= 1).sum())
    verdict: Verdict = "pass" if whole == len(share) else "warn"
    engine = ""
    if known(table, "reference_survival").sizes["model"]:
        value = float(known(table, "reference_survival")["reference_survival"].min())
        engine = f" Of the reference engine's own replicas survive {100 * value:.0f} %."
    return Said(
        asked,
        f"In {whole} of {plural(len(share), 'model')} every replica runs to the end. The "
        f"share of a model's replicas that do goes {extremes(table, 'survival')}, the "
        "restricted mean survival time "
        f"{extremes(table, 'restricted_mean_survival_time', 'ps')}.{engine} Heating goes "
        f"{extremes(table, 'heating', 'K')}.\n\nWhere nothing broke, the runs were too short to "
        "tell, not the model stable for ever.",
        figures,
        verdict,
        "" if verdict == "pass" else
        "See which rule ended them below, and their last frames in the 3-D view; failures.xyz "
        "holds frames to train on.",
    )  # fmt: skip


def failures(table: xr.Dataset) -> Said:
    """By which rule replicas end, and whether the integrator is to blame."""
    asked = "How do they fail, and would the reference engine?"
    figures = ("ends", "drift")
    rows = of_sound(table)
    if "end_count" not in rows or not np.isfinite(rows["end_count"]).any():
        return Said(asked, "No model has dynamics.", figures, "not_applicable")
    counts = rows["end_count"].sum("model").to_series()
    broken = counts.drop(SURVIVED, errors="ignore")
    broken = broken[broken > 0].sort_values(ascending=False)
    told = ", ".join(f"{int(count)} by {str(kind).replace('_', ' ')}" for kind, count in
                     broken.items())  # fmt: skip
    ended = f"Of {int(counts.sum())} replicas ended {told}." if told else "No replica ended."
    blamed = known(table, "integrator_failure_share")
    integrator = ""
    verdict: Verdict = "none"
    if blamed.sizes["model"]:
        share = blamed["integrator_failure_share"].to_numpy()
        verdict = "warn" if (share > 0).any() else "pass"
        integrator = (
            f" Run again with half the time step, ends that go away are the integrator's: a share "
            f"{extremes(table, 'integrator_failure_share')}."
        )
    return Said(
        asked,
        f"{ended}{integrator} The total energy drifts {extremes(table, 'drift', 'meV/atom/ps')}.",
        figures,
        verdict,
        "Where the integrator is to blame, take a shorter step (dynamics.timestep)."
        if verdict == "warn" else "",
    )  # fmt: skip


def right(table: xr.Dataset) -> Said:
    """Whether what survives looks like the data."""
    asked = "Is what survives right?"
    figures = ("distance_error", "spectrum")
    rows = known(table, "distance_error")
    if not rows.sizes["model"]:
        return Said(asked, "No model has distances in dynamics.", figures, "not_applicable")
    words = f"The error of interatomic distances goes {extremes(table, 'distance_error')}."
    if "distance_error_floor" not in rows:
        return Said(asked, words, figures)
    floor = rows["distance_error_floor"].to_numpy()
    low = rows["distance_error_low"] if "distance_error_low" in rows else rows["distance_error"]
    apart = int((low.to_numpy() > floor).sum())
    verdict: Verdict = "warn" if apart else "pass"
    two = number(float(np.nanmin(floor))) if np.isfinite(floor).any() else "unknown"
    return Said(
        asked,
        f"{words} Two halves of the data differ by {two}: that is the threshold. Of "
        f"{plural(len(floor), 'model')} {apart} lie above it with their whole interval.",
        figures,
        verdict,
        "Structures of these models are others than those of the data; look at the spectrum and "
        "at which pairs of atoms differ." if apart else "",
    )  # fmt: skip

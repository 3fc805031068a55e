"""The questions of a study of stability, answered from its tables."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight.aims.answering import Answers, Said, Shown, Tables, Verdict
from nearsight.aims.saying import (
    by_dataset,
    extremes,
    known,
    number,
    of_sound,
    plural,
    soundness,
    with_interval,
)
from nearsight.aims.stability.dynamics_answers import failures, right, survival
from nearsight.collect.models import OWN_LEVEL

OF_GIVEN = (
    " Errors of models that the study was given may hold the difference between their level of "
    "theory and that of the labels, those of energies between their zeros too."
)


def ask(tables: Tables) -> Sequence[Said]:
    """From the primary question to the numbers it hangs on."""
    table = tables["decay_vs_stability"]
    return [
        primary(tables),
        soundness(table),
        accuracy(table),
        decay(table),
        too_fast_or_slow(table),
        bodies(table),
        elements(tables),
        truth(table),
        constants(table),
        survival(table),
        failures(table),
        right(table),
    ]


def primary(tables: Tables) -> Said:
    """The one question that the study names before it runs."""
    asked = "Do models that decay wrongly fail sooner, at equal accuracy?"
    figures = ("deviation_vs_survival", "descriptors_vs_survival", "forest")
    question = tables.get("question")
    if question is None:
        words = "The table of the question is not made yet: run nearsight associate."
        return Said(asked, words, figures, "not_applicable")
    row = question.isel(question=0)
    verdict = str(row["verdict"].item())
    named = {name: str(row[name].item()).replace("_", " ") for name in ("descriptor", "outcome")}
    words = f"{verdict[:1].upper()}{verdict[1:]}."
    if named["descriptor"] != "none":
        words = (
            f"Asked before the run: {named['descriptor']} against {named['outcome']} on "
            f"{row['dataset'].item()}. {_seen(row)}\n\n{words}"
        )
    decided = not verdict.startswith("no verdict")
    enough = "A study of at least 8 settings and 2 seeds can decide it; config/decay.yaml is one."
    advice = "" if decided else enough
    return Said(asked, words, figures, "none" if decided else "undecided", advice)


def _seen(row: xr.Dataset) -> str:
    """The correlations, which are no verdict."""
    if not np.isfinite(float(row["rho"])):
        return ""
    partial = ""
    if np.isfinite(float(row["partial_rho"])):
        partial = f", at equal force error {with_interval(row, 'partial_rho')}"
    settings = plural(int(row["n_settings"]), "setting")
    return f"The rank correlation over {settings} is {with_interval(row, 'rho')}{partial}."


def accuracy(table: xr.Dataset) -> Said:
    """Errors on untouched test frames."""
    return Said(
        "How accurate are the models, and was training finished?",
        f"The mean absolute error of force components on test frames goes "
        f"{extremes(table, 'force_mae', 'meV/Å')}; that of energies "
        f"{extremes(table, 'energy_mae', 'meV')}. Equal errors do not mean equal decay: see below."
        f"{OF_GIVEN if OWN_LEVEL in table.coords else ''}",
        ("parity", "learning_curves"),
    )


def decay(table: xr.Dataset) -> Said:
    """Exponents, whatever law holds."""
    own = by_dataset(table, "reference_exponent")
    physics = f"The reference's: {own}." if own else "There is no reference beside them."
    laws = _laws(table, "response_law")
    return Said(
        "How do learned interactions decay with distance?",
        f"Fitted by a power law, the response of forces falls with exponents "
        f"{extremes(table, 'response_exponent')}, the two-body relevance with exponents "
        f"{extremes(table, 'relevance_exponent')}. {physics}{laws}",
        ("response_decay", "relevance_decay", "reference_curves"),
    )


def _laws(table: xr.Dataset, name: str) -> str:
    sound = of_sound(table)
    if name not in sound:
        return ""
    laws = sound[name].to_numpy().astype(str)
    counts = {law: int((laws == law).sum()) for law in dict.fromkeys(laws) if law}
    told = ", ".join(f"{law} in {count}" for law, count in counts.items())
    return f" Which law fits better: {told}." if told else ""


def too_fast_or_slow(table: xr.Dataset) -> Said:
    """The deviation that needs no fit."""
    name = "response_deviation_signed"
    rows = known(table, name)
    if not rows.sizes["model"]:
        words = "No model has a response beside a reference's."
        return Said(_TOO_FAST, words, ("deviation_map",), "not_applicable")
    values = rows[name].to_numpy()
    slow, fast = int((values > 0).sum()), int((values < 0).sum())
    return Said(
        _TOO_FAST,
        f"{plural(slow, 'model')} too slowly, {fast} too fast. Closest to the reference and "
        f"farthest from it, in decades: {extremes(table, name, size=True)}. A deviation of 1 is a "
        f"response ten times the reference's on average over distances, of −1 a tenth.",
        ("deviation_map",),
    )


_TOO_FAST = "Do they decay too fast or too slowly for the reference method?"


def bodies(table: xr.Dataset) -> Said:
    """How many atoms a walk is on, and how far it goes."""
    return Said(
        "How many-body are they, and how far do they reach?",
        f"The effective body order of relevance goes {extremes(table, 'effective_body_order')}; "
        f"the range within which 90 % of the relevance lies "
        f"{extremes(table, 'relevance_range_90', 'Å')}.",
        ("body_order", "body_order_range"),
    )


def elements(tables: Tables) -> Said:
    """Which elements and pairs of them are strong, averaged over networks."""
    asked, figures = "How strong are they by atomic species?", ("elements",)
    curves = tables.get("curves")
    parts = []
    for name, dim, text in (
        ("element_relevance", "element", "element"),
        ("element_pair_relevance", "element_pair", "pair of elements at equal distance"),
    ):
        if curves is None or name not in curves:
            continue
        values = of_sound(curves)[name].transpose("model", dim).to_numpy()
        mean = _geometric_mean(values)
        names = curves[dim].to_numpy().astype(str)[np.isfinite(mean)]
        mean = mean[np.isfinite(mean)]
        if len(mean):
            parts.append(
                f"the strongest {text} is {names[mean.argmax()]} ({number(mean.max())} times the "
                f"average), the weakest {names[mean.argmin()]} ({number(mean.min())})"
            )
    words = f"By relevance, over networks: {'; '.join(parts)}." if parts else "No network has it."
    return Said(asked, words, figures, "none" if parts else "not_applicable")


def _geometric_mean(values: np.ndarray) -> np.ndarray:
    """(label,) over the networks that have a positive value (model, label); NaN without any."""
    known_ = np.isfinite(values) & (values > 0)
    logarithms = np.where(known_, np.log(np.where(known_, values, 1.0)), 0.0).sum(axis=0)
    count = known_.sum(axis=0)
    return np.where(count > 0, np.exp(logarithms / np.maximum(count, 1)), np.nan)


def truth(table: xr.Dataset) -> Said:
    """Whether relevance goes with response beyond what distance alone would give."""
    asked = "Does relevance tell the truth about the network?"
    figures = ("agreement", "faithfulness", "ablation")
    rows = known(table, "faithfulness")
    if not rows.sizes["model"]:
        words = "No network has both relevance and response."
        return Said(asked, words, figures, "not_applicable")
    low = rows["faithfulness_low" if "faithfulness_low" in rows else "faithfulness"].to_numpy()
    above = int((low > 0).sum())
    verdict: Verdict = "pass" if above == len(low) else "warn"
    return Said(
        asked,
        f"At equal distance, strong relevance goes with strong response: their partial rank "
        f"correlation goes {extremes(table, 'faithfulness')}. The correlation with the relevance "
        f"of the same network with random weights, which should be none, goes "
        f"{extremes(table, 'randomised_agreement')}. The interval is above 0 in {above} of "
        f"{plural(len(low), 'network')}; it is asked to be in all (our choice of threshold).",
        figures,
        verdict,
        "" if verdict == "pass" else "Do not read relevance of networks whose interval holds 0.",
    )


def constants(table: xr.Dataset) -> Said:
    """What walks do not carry."""
    return Said(
        "How much of the output do walks not carry?",
        f"Biases and vectors that are held constant make up a share of the sizes of all terms "
        f"{extremes(table, 'constants_share_of_sizes')}. What is left of the sum, output minus "
        f"walks and constants, is rounding: {extremes(table, 'conservation_error', size=True)}.",
    )


COLUMNS = (
    Shown("dataset", "Data set"),
    Shown("family", "Family"),
    Shown("cutoff", "Cutoff", "Å"),
    Shown("depth", "Depth", words="how many times messages are passed"),
    Shown("n_train", "Training frames"),
    Shown("seed", "Seed"),
    Shown("status", "Status", words="how training and its stages ended"),
    Shown("force_mae", "Force MAE", "meV/Å", "mean absolute error of components"),
    Shown("response_deviation_signed", "Deviation", "decades",
          "of the response from the reference's; above 0 it decays too slowly"),
    Shown("response_exponent", "Response exponent", words="of a power law in the window of fits"),
    Shown("effective_body_order", "Body order", words="atoms on a walk, weighed by relevance"),
    Shown("faithfulness", "Faithfulness",
          words="rank correlation of relevance and response at equal distance"),
    Shown("restricted_mean_survival_time", "Survival time", "ps",
          "mean time to which replicas hold, at most the duration of runs"),
    Shown("heating", "Heating", "K", "of NVE replicas over the run"),
    Shown("drift", "Drift", "meV/atom/ps", "of the total energy"),
)  # fmt: skip

ANSWERS = Answers(ask, COLUMNS)

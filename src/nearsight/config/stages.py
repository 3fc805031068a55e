"""Settings of the stages after the training: explanation, its tests, response, statistics."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nearsight.families.specs import Treatment, treatments
from nearsight.limits import LARGEST_SEED, MOST_STRUCTURES
from nearsight.section import Section, setting

Strength = Annotated[float, Field(gt=0, le=1000)]
# Of the statistics that summing up dynamics needs too.
_ALSO_STABILITY = ("stability", "reference_stability", "collect")


class Explain(Section):
    """How relevance is computed (GNN-LRP)."""

    stages: ClassVar[tuple[str, ...]] = ("explain", "explain_alkanes")

    rule: Literal["zero", "gamma", "epsilon"] = setting(
        "gamma", unit="", description="LRP rule of dense layers with an activation."
    )
    gamma: float = setting(0.1, unit="1", description="Strength of the gamma rule.", ge=0, le=1000)
    epsilon: float = setting(
        0.01, unit="1", description="Strength of the epsilon rule.", gt=0, le=1000
    )
    vector: Treatment = setting(
        treatments()[0],
        unit="",
        description="Treatment of features that are vectors, in families that have a choice:"
        " constants (detach), or carrying relevance (flow).",
    )
    n_structures: int = setting(
        10,
        unit="frames",
        stages=("explain",),
        description="Held-out test structures to explain.",
        ge=1,
        le=MOST_STRUCTURES,
    )
    method: Literal["auto", "enumeration", "patterns", "sampling"] = setting(
        "auto",
        unit="",
        description="How walks are summed by body order: auto takes the first of the others that "
        "is within the budget; enumeration alone knows absolute sums exactly, patterns only "
        "signed ones, sampling estimates both with a standard error.",
    )
    budget: float = setting(
        2e10,
        unit="operations",
        description="Estimated cost up to which auto takes an exact method, per structure.",
        ge=0,
        le=1e18,
    )
    n_samples: int = setting(
        100_000,
        unit="walks",
        description="Walks drawn per structure when sampling.",
        ge=2,
        le=100_000_000,
    )
    seed: int = setting(0, unit="1", description="Seed of the walks drawn.", ge=0, le=LARGEST_SEED)
    range_bin: float = setting(
        0.25,
        unit="angstrom",
        description="Width of the bins of ranges and reaches.",
        ge=0.01,
        le=10,
    )


class Faithfulness(Section):
    """How relevance is put to the test: other rules, random weights, removed messages."""

    stages: ClassVar[tuple[str, ...]] = ("faithfulness",)

    n_structures: int = setting(
        5,
        unit="frames",
        description="First structures of those explained and probed to test.",
        ge=1,
        le=MOST_STRUCTURES,
    )
    gammas: list[Strength] = setting(
        [0.1, 0.25],
        unit="1",
        description="Strengths of the gamma rule that relevance is computed with, beside zero.",
        max_length=100,
    )
    n_randomisations: int = setting(
        3, unit="1", description="Networks with random weights to compare with.", ge=1, le=1000
    )
    n_random: int = setting(
        5, unit="1", description="Random orders in which messages are removed.", ge=1, le=1000
    )
    n_fractions: int = setting(
        12,
        unit="1",
        description="Steps in which messages are removed; small ones come first.",
        ge=2,
        le=1000,
    )
    seed: int = setting(
        0, unit="1", description="Seed of random weights and orders.", ge=0, le=LARGEST_SEED
    )


class Failures(Section):
    """What is told of the atoms at which replicas ended, and beside which typical values."""

    stages: ClassVar[tuple[str, ...]] = ("failures",)

    n_structures: int = setting(
        20,
        unit="frames",
        description="Held-out test structures whose values of the same pair stand beside.",
        ge=2,
        le=MOST_STRUCTURES,
    )
    gamma: float = setting(
        0.1,
        unit="1",
        description="Strength of the gamma rule behind relevance; 0 is the zero rule.",
        ge=0,
        le=1000,
    )
    vector: Treatment = setting(
        treatments()[0],
        unit="",
        description="Treatment of features that are vectors, in families that have a choice:"
        " constants (detach), or carrying relevance (flow).",
    )


class Respond(Section):
    """How Hessian blocks of models and of the reference engine are computed.

    Step and accuracy of the reference engine are those where neither truncation nor noise counts;
    ``tests/physics/test_reference_response.py`` is the proof.
    """

    stages: ClassVar[tuple[str, ...]] = ("respond_reference",)

    n_structures: int = setting(
        5,
        unit="frames",
        stages=("respond", "respond_given", "respond_reference", "reference_curves"),
        description="Held-out test structures to probe.",
        ge=1,
        le=MOST_STRUCTURES,
    )
    step: float = setting(
        0.005,
        unit="angstrom",
        stages=("respond_reference", "respond_given"),
        description="Displacement of the central differences of calculators and of the reference"
        " engine.",
        ge=1e-6,
        le=0.1,
    )
    adapt_step: bool = setting(
        True,
        unit="",
        stages=("respond_reference", "respond_given"),
        description="Measure the noise of a calculator's forces, and take a longer step where it"
        " counts, as in single precision; the file says which and why.",
        # Where nothing else is said it is not told: results from before it was there stay.
        exclude_if=lambda adapt: adapt,
    )
    accuracy: float = setting(
        0.001,
        unit="1",
        description="Accuracy of the reference engine's self-consistent field (tblite), smaller is"
        " tighter: the noise of its response.",
        ge=1e-9,
        le=1,
    )


class Statistics(Section):
    """Bins, fits and intervals of the decay and stability statistics."""

    stages: ClassVar[tuple[str, ...]] = ("collect",)

    bin_width: float = setting(
        0.5, unit="angstrom", description="Width of distance bins.", ge=0.01, le=10
    )
    first_shell: float = setting(
        2.5, unit="angstrom", description="Fits begin beyond this distance.", gt=0, le=100
    )
    least_pairs: int = setting(
        20,
        unit="1",
        description="Bins of distance with fewer pairs are left out of fits and deviations.",
        ge=1,
        le=1_000_000,
    )
    cutoff_margin: float = setting(
        0.25,
        unit="angstrom",
        description="Bins closer to a cutoff, where the network's response jumps, are pooled.",
        ge=0,
        le=10,
    )
    fit_fraction: float = setting(
        0.7, unit="1", description="Relevance is fitted up to this share of the cutoff.", gt=0, le=1
    )
    far_field: float = setting(
        5.0,
        unit="angstrom",
        description="The tail share counts pairs beyond this distance.",
        gt=0,
        le=100,
    )
    noise_factor: float = setting(
        3.0,
        unit="1",
        description="Response is compared where it exceeds this many times the noise.",
        ge=1,
        le=1e6,
    )
    distribution_bin: float = setting(
        0.05,
        unit="angstrom",
        stages=_ALSO_STABILITY,
        description="Width of the bins of the distribution of interatomic distances h(r).",
        ge=0.001,
        le=1,
    )
    spectrum_window: float = setting(
        1.0,
        unit="ps",
        stages=_ALSO_STABILITY,
        description="Window of the vibrational spectrum: resolution is 48 cm⁻¹ ps over it.",
        ge=0.001,
        le=1e5,
    )
    n_bootstrap: int = setting(
        500,
        unit="1",
        stages=_ALSO_STABILITY,
        description="Bootstrap samples behind each interval.",
        ge=100,
        le=100_000,
    )
    n_permutations: int = setting(
        10_000, unit="1", description="Permutations behind each p-value.", ge=100, le=1_000_000
    )
    confidence: float = setting(
        0.95, unit="1", stages=_ALSO_STABILITY, description="Level of every interval.", gt=0.5, lt=1
    )
    seed: int = setting(
        0,
        unit="1",
        stages=_ALSO_STABILITY,
        description="Seed of the bootstrap.",
        ge=0,
        le=LARGEST_SEED,
    )

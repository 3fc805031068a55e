"""Settings of the stages after the data: training, explanation, response, dynamics, statistics."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from nearsight.config.section import LARGEST_SEED, Section, setting

BondLimit = Annotated[float, Field(gt=0)]
Strength = Annotated[float, Field(gt=0)]


class Training(Section):
    """How a variant is fitted to energies and forces."""

    max_epochs: int = setting(300, unit="epochs", description="Most passes over the data.", ge=1)
    batch_size: int = setting(10, unit="frames", description="Frames per step.", ge=1)
    learning_rate: float = setting(1e-3, unit="1", description="First learning rate.", gt=0, le=1)
    lr_factor: float = setting(
        0.5, unit="1", description="Factor on the learning rate at a plateau.", gt=0, lt=1
    )
    lr_patience: int = setting(
        15, unit="epochs", description="Epochs without progress before the rate falls.", ge=0
    )
    min_learning_rate: float = setting(
        1e-6, unit="1", description="Training ends when the rate falls below this.", gt=0
    )
    early_stopping: int = setting(
        60, unit="epochs", description="Epochs without progress before training ends.", ge=1
    )
    energy_weight: float = setting(
        0.05, unit="1", description="Weight of the squared error of the energy (eV²).", ge=0
    )
    force_weight: float = setting(
        0.95, unit="1", description="Weight of the squared error of the forces (eV²/Å²).", ge=0
    )
    ema_decay: float = setting(
        0.99,
        unit="1",
        description="Decay per step of the exponential average of weights.",
        ge=0,
        lt=1,
    )
    gradient_clip: float = setting(
        10.0, unit="1", description="Largest norm of the gradient of a step.", gt=0
    )
    checkpoint_every: int = setting(
        5, unit="epochs", description="Epochs between checkpoints to resume from.", ge=1
    )

    @model_validator(mode="after")
    def _something_to_fit(self) -> "Training":
        if self.energy_weight + self.force_weight == 0:
            raise ValueError("energy_weight and force_weight are both 0: nothing to fit")
        return self


class Explain(Section):
    """How relevance is computed (GNN-LRP)."""

    rule: Literal["zero", "gamma", "epsilon"] = setting(
        "gamma", unit="", description="LRP rule of dense layers with an activation."
    )
    gamma: float = setting(0.1, unit="1", description="Strength of the gamma rule.", ge=0)
    epsilon: float = setting(0.01, unit="1", description="Strength of the epsilon rule.", gt=0)
    vector: Literal["detach", "flow"] = setting(
        "detach",
        unit="",
        description="Treatment of PaiNN's vectors: constants, or carrying relevance.",
    )
    n_structures: int = setting(
        10, unit="frames", description="Held-out test structures to explain.", ge=1
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
    )
    n_samples: int = setting(
        100_000, unit="walks", description="Walks drawn per structure when sampling.", ge=2
    )
    seed: int = setting(0, unit="1", description="Seed of the walks drawn.", ge=0, le=LARGEST_SEED)
    range_bin: float = setting(
        0.25, unit="angstrom", description="Width of the bins of ranges and reaches.", gt=0
    )


class Faithfulness(Section):
    """How relevance is put to the test: other rules, random weights, removed messages."""

    n_structures: int = setting(
        5,
        unit="frames",
        description="First structures of those explained and probed to test.",
        ge=1,
    )
    gammas: list[Strength] = setting(
        [0.1, 0.25],
        unit="1",
        description="Strengths of the gamma rule that relevance is computed with, beside zero.",
    )
    n_randomisations: int = setting(
        3, unit="1", description="Networks with random weights to compare with.", ge=1
    )
    n_random: int = setting(
        5, unit="1", description="Random orders in which messages are removed.", ge=1
    )
    n_fractions: int = setting(
        12,
        unit="1",
        description="Steps in which messages are removed; small ones come first.",
        ge=2,
    )
    seed: int = setting(
        0, unit="1", description="Seed of random weights and orders.", ge=0, le=LARGEST_SEED
    )


class Respond(Section):
    """How Hessian blocks of models and of the reference engine are computed.

    Step and accuracy of the reference engine are those where neither truncation nor noise counts;
    ``tests/physics/test_reference_response.py`` is the proof.
    """

    n_structures: int = setting(
        5, unit="frames", description="Held-out test structures to probe.", ge=1
    )
    step: float = setting(
        0.005,
        unit="angstrom",
        description="Displacement of the central differences of calculators and of the reference"
        " engine; a calculator in single precision needs 0.01 to 0.02.",
        gt=0,
        le=0.1,
    )
    accuracy: float = setting(
        0.001,
        unit="1",
        description="Accuracy of the reference engine's self-consistent field (tblite), smaller is"
        " tighter: the noise of its response.",
        gt=0,
        le=1,
    )


class Dynamics(Section):
    """NVE molecular dynamics and the rules by which a replica ends."""

    temperature: float = setting(500.0, unit="K", description="Temperature of the start.", gt=0)
    timestep: float = setting(
        0.5, unit="fs", description="Time step of velocity Verlet.", gt=0, le=5
    )
    duration: float = setting(10.0, unit="ps", description="Time after which survivors end.", gt=0)
    replicas: int = setting(32, unit="1", description="Trajectories per variant.", ge=1)
    reference_replicas: int = setting(
        4,
        unit="1",
        description="Trajectories of the reference engine, from the same first starts.",
        ge=1,
    )
    halved_replicas: int = setting(
        4,
        unit="1",
        description="Replicas run again at half the time step, those that failed first;"
        " of the reference engine only those that failed.",
        ge=0,
    )
    write_interval: int = setting(
        8,
        unit="steps",
        description="Steps between stored frames; 8 of 0.5 fs resolve vibrations to 4,169 cm⁻¹.",
        ge=1,
    )
    bond_deviation: float = setting(
        0.5,
        unit="angstrom",
        description="A bond this far off its mean length in the reference data ends a replica.",
        gt=0,
    )
    bond_limits: list[BondLimit] = setting(
        [0.25, 0.5, 1.0],
        unit="angstrom",
        description="Deviations of a bond that are watched beside the one that ends a replica.",
    )
    bond_forms: float = setting(
        1.2,
        unit="1",
        description="Atoms closer than this multiple of the sum of their covalent radii have"
        " formed a bond; one that the reference lacks ends a replica.",
        gt=0,
    )
    bond_breaks: float = setting(
        1.5,
        unit="1",
        description="A bond of the reference longer than this multiple of the sum of its covalent"
        " radii is broken and ends a replica.",
        gt=0,
    )
    close_contact: float = setting(
        0.6,
        unit="1",
        description="Two atoms closer than this multiple of the sum of their covalent radii end a"
        " replica.",
        gt=0,
    )
    isolation: float = setting(
        2.5,
        unit="angstrom",
        description="An atom further than this from all others ends a replica.",
        gt=0,
    )
    energy_deviation: float = setting(
        10.0,
        unit="meV atom-1",
        description="A total energy this far off its start ends a replica.",
        gt=0,
    )
    temperature_factor: float = setting(
        5.0,
        unit="1",
        description="A kinetic temperature above this multiple of the start ends a replica when it"
        " lasts.",
        gt=1,
    )
    temperature_time: float = setting(
        100.0, unit="fs", description="How long such a temperature may last.", ge=0
    )
    compute_limit: float = setting(
        0.0,
        unit="h",
        description="Wall time after which replicas that still run are censored; 0 sets none."
        " Run again with a higher one, the run goes on.",
        ge=0,
    )
    checkpoint_interval: float = setting(
        60.0, unit="s", description="Most work, in wall time, that a killed run loses.", ge=0
    )
    precision: Literal["float32", "float64"] = setting(
        "float32", unit="", description="Precision of the network; positions are always float64."
    )
    seed: int = setting(
        0, unit="1", description="Seed of start frames and velocities.", ge=0, le=LARGEST_SEED
    )

    @model_validator(mode="after")
    def _a_bond_is_broken_or_formed(self) -> "Dynamics":
        if self.bond_forms >= self.bond_breaks:
            raise ValueError(
                f"bond_forms ({self.bond_forms}) must be below bond_breaks ({self.bond_breaks}): "
                "between the two a pair stays what it was"
            )
        return self


class Statistics(Section):
    """Bins, fits and intervals of the decay and stability statistics."""

    bin_width: float = setting(0.5, unit="angstrom", description="Width of distance bins.", gt=0)
    first_shell: float = setting(
        2.5, unit="angstrom", description="Fits begin beyond this distance.", gt=0
    )
    fit_fraction: float = setting(
        0.7, unit="1", description="Relevance is fitted up to this share of the cutoff.", gt=0, le=1
    )
    far_field: float = setting(
        5.0, unit="angstrom", description="The tail share counts pairs beyond this distance.", gt=0
    )
    noise_factor: float = setting(
        3.0,
        unit="1",
        description="Response is compared where it exceeds this many times the noise.",
        ge=1,
    )
    distribution_bin: float = setting(
        0.05,
        unit="angstrom",
        description="Width of the bins of the distribution of interatomic distances h(r).",
        gt=0,
        le=1,
    )
    spectrum_window: float = setting(
        1.0,
        unit="ps",
        description="Window of the vibrational spectrum: resolution is 48 cm⁻¹ ps over it.",
        gt=0,
    )
    n_bootstrap: int = setting(
        500, unit="1", description="Bootstrap samples behind each interval.", ge=100
    )
    confidence: float = setting(
        0.95, unit="1", description="Level of every interval.", gt=0.5, lt=1
    )
    seed: int = setting(0, unit="1", description="Seed of the bootstrap.", ge=0, le=LARGEST_SEED)

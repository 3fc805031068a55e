"""Laws of relevance: agreement with the published algorithm, conservation, symmetries, locality."""

import copy
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from oracle import all_walks, walk_relevance

from nearsight.config import Split, Training, make_variant
from nearsight.data.importing import import_frames
from nearsight.data.split import assign_subsets
from nearsight.explain import Chain, Epsilon, Gamma, Rule, Zero, balance, linearize, pairs, walks
from nearsight.families.schnetpack.inputs import assemble
from nearsight.train.fit import fit

RULES = {"zero": Zero(), "gamma": Gamma(0.1), "strong gamma": Gamma(2.0), "epsilon": Epsilon(0.05)}
KINDS = [("schnet", "detach"), ("painn", "detach"), ("painn", "flow")]


def build(
    kind: str,
    *,
    depth: int = 2,
    features: int = 8,
    cutoff: float = 4.0,
    bias: bool = True,
    seed: int = 0,
    mode: str = "sum",
    head: torch.nn.Module | None = None,
    **options: object,
):
    family = {"schnet": spk.representation.SchNet, "painn": spk.representation.PaiNN}[kind]
    torch.manual_seed(seed)
    geometry = {
        "radial_basis": spk.nn.GaussianRBF(n_rbf=10, cutoff=cutoff),
        "cutoff_fn": spk.nn.CosineCutoff(cutoff),
    }
    head = head or spk.atomistic.Atomwise(features, output_key="energy", aggregation_mode=mode)
    network = spk.model.NeuralNetworkPotential(
        representation=family(n_atom_basis=features, n_interactions=depth, **geometry | options),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[head, spk.atomistic.Forces()],
    )
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3 if bias else 0.0)
    return network.double()


def bent(name: str = "CH3CH2OH", seed: int = 1):
    atoms = molecule(name)
    atoms.positions += np.random.default_rng(seed).normal(0, 0.08, atoms.positions.shape)
    return atoms


def energy(network: torch.nn.Module, atoms: Atoms):
    """SchNetPack's own forward pass with every ordered pair, near or far."""
    i, j = np.nonzero(~np.eye(len(atoms), dtype=bool))
    inputs = assemble(
        torch.as_tensor(atoms.numbers.astype(np.int64)),
        torch.as_tensor(atoms.positions.copy()),
        torch.tensor([len(atoms)]),
        torch.as_tensor(i),
        torch.as_tensor(j),
    )
    return network(inputs)["energy"].item()


def relevance_by_walk(chain: Chain):
    table = walks(chain)
    keys = map(tuple, table["walk"].to_numpy().tolist())
    return dict(zip(keys, table["relevance"].to_numpy(), strict=True))


def assert_equals_oracle(
    network: torch.nn.Module,
    atoms: Atoms,
    rule: Rule,
    vector: str,
    batch: int,
    output: str = "energy",
):
    chain = linearize(network, atoms, output=output, rule=rule, vector=vector)
    sequences = all_walks(len(atoms), chain.depth)
    expected = walk_relevance(
        network, atoms, sequences, rule=(rule.name, rule.strength), vector=vector, batch=batch
    )
    found = relevance_by_walk(chain)
    dense = np.array([found.pop(tuple(walk), 0.0) for walk in sequences.tolist()])
    assert not found
    assert np.abs(expected).max() > 1e-6
    np.testing.assert_allclose(dense, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_every_walk_equals_the_published_algorithm(kind: str, vector: str, rule: Rule, bias: bool):
    atoms = bent("CH3OH")
    # Cutoff 2.4 Å: some of the pairs are beyond it.
    network = build(kind, depth=3, cutoff=2.4, bias=bias)
    assert_equals_oracle(network, atoms, rule, vector, batch=1296)


MOLECULES = {5: "HCOOH", 6: "CH3OH", 7: "CH3CHO", 8: "HCOOCH3", 9: "CH3CH2OH"}


def sizes():
    """Rule, number of atoms and depth; slow from some thousand walks on.

    Rules differ in each layer alone: up to 16,807 walks for all of them, beyond for one.
    """
    for name, n_atoms, depth in product(RULES, MOLECULES, range(1, 5)):
        n_walks = n_atoms ** (depth + 1)
        if n_walks < 20_000 or name == "gamma":
            slow = pytest.mark.slow if n_walks > 2000 else ()
            yield pytest.param(
                RULES[name], n_atoms, depth, marks=slow, id=f"{name}-{n_atoms}-{depth}"
            )


@pytest.mark.parametrize(("rule", "n_atoms", "depth"), sizes())
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_every_walk_equals_the_published_algorithm_at_every_size(
    kind: str, vector: str, rule: Rule, n_atoms: int, depth: int
):
    atoms = bent(MOLECULES[n_atoms])
    assert len(atoms) == n_atoms
    # Biases at every other depth, a cutoff within the molecule at every other size.
    cutoff = 4.0 if n_atoms % 2 else 2.4
    bias = (n_atoms // 2 + depth) % 2 == 0
    network = build(kind, depth=depth, features=4, cutoff=cutoff, bias=bias, seed=depth)
    assert_equals_oracle(network, atoms, rule, vector, batch=2187)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_every_walk_of_a_trained_network_equals_the_published_algorithm(
    kind: str, vector: str, shared_data: Path
):
    frames = assign_subsets(
        import_frames(
            shared_data / "rmd17" / "rmd17_ethanol_train_01.npz", energy_unit="kcal/mol"
        ).select(np.arange(100)),
        Split(block=5),
    )
    variant = make_variant(family=kind, cutoff=4.0, depth=3, features=8, n_train=60)
    model, _ = fit(
        frames.of_subset("train"),
        frames.of_subset("validation"),
        variant,
        Training(max_epochs=10, learning_rate=5e-3),
        run_hash="none",
    )
    for rule in RULES.values():
        assert_equals_oracle(model.network.double(), frames.atoms(0), rule, vector, batch=2187)


def parts(name: str):
    """Networks with other parts than the default ones."""
    atomwise = spk.atomistic.Atomwise
    return {
        "average": {"mode": "avg"},
        "shared blocks": {"shared_interactions": True},
        "Bessel": {"radial_basis": spk.nn.BesselRBF(n_rbf=7, cutoff=2.4)},
        "centred": {"radial_basis": spk.nn.GaussianRBFCentered(n_rbf=7, cutoff=2.4)},
        "mollifier": {"cutoff_fn": spk.nn.MollifierCutoff(2.4)},
        "linear read-out": {"head": atomwise(n_in=8, n_layers=1, output_key="energy")},
        "deep read-out": {
            "head": atomwise(n_in=8, n_hidden=[7, 5], n_layers=3, output_key="energy")
        },
        "other embedding": {"nuclear_embedding": spk.nn.NuclearEmbedding(101, 8, zero_init=False)},
    }[name]


PARTS = (
    "average", "shared blocks", "Bessel", "centred", "mollifier", "linear read-out",
    "deep read-out", "other embedding",
)  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_other_parts_equal_the_published_algorithm(kind: str, vector: str, part: str):
    network = build(kind, cutoff=2.4, **parts(part)).eval()
    assert_equals_oracle(network, bent("H2CO"), Gamma(0.1), vector, batch=64)
    error = balance(linearize(network, bent("H2CO"), vector=vector))["conservation_error"]
    assert error.item() < 1e-10


@pytest.mark.parametrize("n_filters", [5, 13])
def test_another_number_of_filters_equals_the_published_algorithm(n_filters: int):
    network = build("schnet", cutoff=2.4, n_filters=n_filters)
    assert_equals_oracle(network, bent("H2CO"), Gamma(0.1), "detach", batch=64)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_one_walk_per_pass_equals_walks_side_by_side(kind: str, vector: str, rule: Rule):
    network, atoms = build(kind), bent("H2O")
    sequences, options = all_walks(3, 2), {"rule": (rule.name, rule.strength), "vector": vector}
    single = walk_relevance(network, atoms, sequences, batch=1, **options)
    batched = walk_relevance(network, atoms, sequences, batch=27, **options)
    np.testing.assert_allclose(single, batched, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("options", [{}, {"mode": "avg"}, {"shared_interactions": True}])
@pytest.mark.parametrize("rule", [Zero(), Gamma(0.1)], ids=["zero", "gamma"])
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_relevances_add_up_to_the_network_output(
    kind: str, vector: str, rule: Rule, options: dict[str, object]
):
    atoms, network = bent(), build(kind, depth=3, seed=5, **options)
    shares = balance(linearize(network, atoms, rule=rule, vector=vector))
    terms = [shares[name].sum().item() for name in ("walks", "bias", "vector", "readout_bias")]
    assert shares["leak"].item() == 0
    assert sum(terms) == pytest.approx(energy(network, atoms), rel=1e-10, abs=1e-10)
    assert shares["output"].item() == pytest.approx(energy(network, atoms), rel=1e-12)
    assert shares["conservation_error"].item() < 1e-10


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_stated_leak_of_epsilon_is_what_is_missing(kind: str, vector: str):
    atoms, network = bent(), build(kind, depth=3, seed=5)
    shares = balance(linearize(network, atoms, rule=Epsilon(0.2), vector=vector))
    kept = sum(shares[name].sum().item() for name in ("walks", "bias", "vector", "readout_bias"))
    assert abs(shares["leak"].item()) > 1e-3
    assert energy(network, atoms) - kept == pytest.approx(shares["leak"].item(), rel=1e-9)


def test_without_biases_a_schnet_is_all_walks():
    network = build("schnet", depth=3, bias=False)
    shares = balance(linearize(network, bent()))
    assert shares["walks"].item() == pytest.approx(shares["output"].item(), rel=1e-10)


def test_flow_without_biases_leaves_only_the_epsilon_of_the_norm():
    network = build("painn", depth=3, bias=False)
    for mixing in network.representation.mixing:
        mixing.epsilon = 1e-14
    atoms = bent()
    flow = balance(linearize(network, atoms, vector="flow"))
    detach = balance(linearize(network, atoms, vector="detach"))
    assert flow["walks"].item() == pytest.approx(flow["output"].item(), rel=1e-8)
    assert abs(detach["vector"].sum().item()) > 1e-3


@pytest.mark.parametrize("options", [{}, {"shared_filters": True}])
def test_shared_filters_of_painn(options: dict[str, object]):
    network = build("painn", depth=2, **options)
    assert_equals_oracle(network, bent("H2CO"), Gamma(0.1), "flow", batch=64)


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_relevance_does_not_depend_on_the_frame_of_reference(kind: str, vector: str):
    atoms, network = bent(), build(kind, depth=2)
    moved = atoms.copy()
    moved.rotate(37, (1, 2, 3))
    moved.translate((5, -3, 2))
    before, after = (
        walks(linearize(network, a, vector=vector))["relevance"].to_numpy() for a in (atoms, moved)
    )
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-11 * np.abs(before).max())


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_relevance_follows_a_permutation_of_atoms(kind: str, vector: str):
    atoms, network = bent("CH3OH"), build(kind, depth=2)
    order = np.array([3, 0, 5, 1, 4, 2])
    before = relevance_by_walk(linearize(network, atoms, vector=vector))
    after = relevance_by_walk(linearize(network, atoms[order], vector=vector))
    for walk, value in after.items():
        assert value == pytest.approx(before[tuple(order[list(walk)])], rel=1e-9, abs=1e-13)


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_nothing_is_relevant_beyond_depth_times_cutoff(kind: str, vector: str):
    line = Atoms("HCNOHC", positions=[[1.1 * n, 0.1 * n**2 % 0.3, 0] for n in range(6)])
    chain = linearize(build(kind, depth=2, cutoff=1.5), line, vector=vector)
    table = pairs(chain, "ends")
    far = table["distance"].to_numpy() > chain.depth * chain.cutoff
    assert far.any()
    assert (table["relevance"].to_numpy()[far] == 0).all()
    two_steps = abs(np.subtract.outer(np.arange(6), np.arange(6))) == 2
    assert (table["relevance"].to_numpy()[two_steps] != 0).all()


@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_two_distant_molecules_are_two_molecules(kind: str, vector: str):
    network, one, other = build(kind, depth=3), bent("H2O"), bent("CH3OH", seed=2)
    apart = other.copy()
    apart.translate((100, 0, 0))
    table = pairs(linearize(network, one + apart, vector=vector), "ends")["relevance"].to_numpy()
    assert (table[:3, 3:] == 0).all()
    assert (table[3:, :3] == 0).all()
    for block, alone in ((table[:3, :3], one), (table[3:, 3:], other)):
        expected = pairs(linearize(network, alone, vector=vector), "ends")["relevance"].to_numpy()
        np.testing.assert_allclose(block, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["schnet", "painn"])
def test_average_pooling_divides_by_the_number_of_atoms(kind: str):
    atoms, total, mean = bent(), build(kind), build(kind, mode="avg")
    expected = walks(linearize(total, atoms))["relevance"] / len(atoms)
    found = walks(linearize(mean, atoms))["relevance"]
    # Small walks are sums of terms as large as the largest, which round each.
    rounding = np.finfo(float).eps * float(abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=rounding)


def test_one_schnet_block_and_a_linear_readout_by_hand():
    network, atoms = build("schnet", depth=1), bent("H2O")
    head = spk.atomistic.Atomwise(n_in=8, n_layers=1, output_key="energy").double()
    network.output_modules[0] = head
    net, block = network.representation, network.representation.interactions[0]
    x, readout = net.embedding(torch.as_tensor(atoms.numbers)), head.outnet[0].weight[0]
    distance = torch.as_tensor(atoms.get_all_distances())
    filters = block.filter_network(net.radial_basis(distance)) * net.cutoff_fn(distance)[..., None]
    found = relevance_by_walk(linearize(network, atoms, rule=Zero()))
    for i in range(3):
        sent = {j: filters[i, j] * block.in2f(x[j]) for j in range(3) if j != i}
        z = block.f2out[0].weight @ sum(sent.values()) + block.f2out[0].bias
        gate = (torch.nn.functional.softplus(z) - np.log(2)) / z
        for j, message in sent.items():
            value = readout @ block.f2out[1].weight @ (gate * (block.f2out[0].weight @ message))
            assert found[j, i] == pytest.approx(value.item(), rel=1e-9)
        assert found[i, i] == pytest.approx((readout @ x[i]).item(), rel=1e-12)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(("kind", "vector"), KINDS)
def test_an_isolated_atom_has_finite_relevance(kind: str, vector: str, rule: Rule):
    network = build(kind, depth=3, bias=False)
    chain = linearize(network, Atoms("C"), rule=rule, vector=vector)
    table = walks(chain)
    assert table["walk"].to_numpy().tolist() == [[0, 0, 0, 0]]
    assert np.isfinite(table["relevance"].to_numpy()).all()
    assert balance(chain)["conservation_error"].item() < 1e-10


@pytest.mark.parametrize("kind", ["schnet", "painn"])
@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_as_it_was(kind: str, training: bool):
    network = build(kind).float().train(training)
    before = copy.deepcopy(network.state_dict())
    walks(linearize(network, bent()))
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None and p.requires_grad for p in network.parameters())
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert {m.training for m in network.modules()} == {training}


def test_single_precision_agrees_with_double():
    network, atoms = build("painn", depth=3), bent()
    double = pairs(linearize(network, atoms, vector="flow"))["relevance"].to_numpy()
    single = pairs(linearize(network, atoms, vector="flow", dtype="float32"))["relevance"]
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-4 * np.abs(double).max())

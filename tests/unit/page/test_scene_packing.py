"""What travels to the browser comes back as it was, as far as a pixel can tell."""

import base64
import gzip
import json
from dataclasses import replace

import numpy as np
from page_examples import MARKUP, scene

from nearsight.page.packing import pack_scene, packed, scene_document


def test_packed_bytes_come_back_and_are_the_same_each_time() -> None:
    content = MARKUP.encode() * 50
    text = packed(content)
    assert gzip.decompress(base64.b64decode(text)) == content
    assert text == packed(content)
    assert "<" not in text


def test_positions_come_back_as_finely_as_they_are_shown() -> None:
    one = scene()
    document = json.loads(gzip.decompress(base64.b64decode(pack_scene(one))))
    assert np.abs(np.reshape(document["position"], (-1, 3)) / 1000 - one.position).max() <= 0.0006
    replica = document["replicas"][0]
    frames = np.cumsum(replica["moves"], axis=0).reshape(-1, 9, 3) / 100
    assert np.abs(frames - one.replicas[0].position).max() <= 0.005 + 1e-9
    assert replica["before"] == 30
    assert replica["guilty"] == [1, 3]
    assert len(replica["time"]) == 25


def test_pairs_come_strongest_first_and_without_gaps() -> None:
    one = scene()
    pairs = one.layers["response"]
    value = pairs.value.copy()
    value[:2] = np.nan
    document = scene_document(replace(one, layers={"response": replace(pairs, value=value)}))
    (layer,) = document["layers"]
    assert len(layer["value"]) == len(value) - 2
    assert (np.diff(np.abs(layer["value"])) <= 0).all()
    dense = {(a, b): v for a, b, v in zip(pairs.atom, pairs.atom_other, value, strict=True)}
    for a, b, v in zip(layer["atom"], layer["other"], layer["value"], strict=True):
        assert np.isclose(dense[a, b], v, rtol=1e-3)
    assert layer["unit"] == "eV/Å²"


def test_walks_keep_their_order_and_bodies() -> None:
    walks = scene_document(scene())["walks"]
    assert walks["atom"][0] == [0, 1, 2]
    assert walks["bodies"] == [3, 2, 3, 2, 3, 2]
    assert walks["value"] == [0.3, -0.2, 0.1, 0.05, -0.02, 0.01]
    assert scene_document(replace(scene(), walks=None))["walks"] is None


def test_a_long_trajectory_of_a_large_molecule_stays_small() -> None:
    """Sixty frames of 22 atoms in at most 12 kB: what 6 MB of a page are reckoned with."""
    rng = np.random.default_rng(0)
    one = scene()
    atoms = np.zeros(22, int) + 6
    moves = rng.normal(scale=0.05, size=(60, 22, 3)).cumsum(0)
    replica = replace(
        one.replicas[0], position=moves, time=np.arange(60.0), guilty=(), frames_before=60
    )
    large = replace(
        one, atomic_number=atoms, position=moves[0], layers={}, walks=None, replicas=[replica]
    )
    assert len(pack_scene(large)) < 12_000

"""What layers saw in one forward pass: their last call, and no hook that stays."""

import copy
from itertools import pairwise

import pytest
import torch

from nearsight.lrp.recording import Recording, own_hooks


@pytest.fixture
def net() -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))


def test_what_goes_in_and_comes_out(net: torch.nn.Sequential) -> None:
    given = torch.randn(5, 3)
    with Recording(net) as seen:
        output = net(given)
    assert seen.given(net[0]) is given
    assert seen.output(net[2]) is output
    for before, after in pairwise(net):
        assert seen.output(before) is seen.given(after)


def test_the_last_call_counts(net: torch.nn.Sequential) -> None:
    first, last = torch.zeros(1, 3), torch.ones(1, 3)
    with Recording([net[0]]) as seen:
        net(first)
        net(last)
    assert seen.given(net[0]) is last


def test_layers_that_were_not_asked_for_or_not_called_are_unknown(net: torch.nn.Sequential) -> None:
    unused = torch.nn.Linear(3, 3)
    with Recording([net[0], unused]) as seen:
        net(torch.zeros(1, 3))
    for layer in (net[2], unused):
        with pytest.raises(KeyError):
            seen.given(layer)


def test_no_hook_is_left_even_after_an_error(net: torch.nn.Sequential) -> None:
    held = Recording(net)
    with pytest.raises(RuntimeError), held:
        net(torch.zeros(1, 7))
    assert not any(layer._forward_hooks for layer in net)


def test_hooks_of_others_stay_and_are_copied(net: torch.nn.Sequential) -> None:
    calls: list[int] = []
    net[0].register_forward_hook(lambda *_: calls.append(1))
    twin = copy.copy(net[0])
    twin.__dict__.update(own_hooks(net[0]))
    with Recording([twin]) as seen:
        twin(torch.zeros(1, 3))
        net[0](torch.ones(1, 3))  # its own hooks are not those of the copy
    assert calls == [1, 1]
    assert seen.given(twin).shape == (1, 3)
    with pytest.raises(KeyError):
        seen.given(net[0])
    assert len(net[0]._forward_hooks) == len(twin._forward_hooks) == 1


def test_what_is_recorded_is_what_gradients_flow_through(net: torch.nn.Sequential) -> None:
    with Recording([net[0]]) as seen:
        output = net(torch.ones(1, 3)).sum()
    (slope,) = torch.autograd.grad(output, seen.output(net[0]))
    tangent = net[2].weight.sum(0) * (1 - torch.tanh(seen.output(net[0])) ** 2)
    torch.testing.assert_close(slope, tangent)

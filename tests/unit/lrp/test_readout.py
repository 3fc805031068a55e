import pytest
import torch
from schnetpack.atomistic import Atomwise

from nearsight.explain import Epsilon, Gamma, Rule, Zero
from nearsight.lrp.readout import freeze_readout


@pytest.mark.parametrize("mode", ["sum", "avg"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("rule", [Zero(), Gamma(0.3), Epsilon(0.1)])
def test_frozen_readout_has_the_forward_value(mode: str, layers: int, rule: Rule):
    torch.manual_seed(0)
    head = Atomwise(n_in=6, n_layers=layers, aggregation_mode=mode).double().requires_grad_(False)
    for name, parameter in head.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    state = torch.randn(4, 6, dtype=torch.float64)
    frozen = freeze_readout(head, state, rule)
    values = head.outnet(state)
    expected = values.mean() if mode == "avg" else values.sum()
    total = (frozen.o * state).sum() + frozen.constants.total()
    assert total == pytest.approx(expected.item(), rel=1e-12)
    leak = frozen.constants.leak
    assert (leak is not None and leak.item() != 0) == (rule.name == "epsilon" and layers > 1)

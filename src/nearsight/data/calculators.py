"""ASE calculators named by the user, ``package.module:factory``, and what they may get wrong."""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from nearsight.errors import ConfigError, NearsightError, ReferenceEngineError


def calculator_from(name: str, arguments: Mapping[str, Any] | None = None) -> BaseCalculator:
    """Import and call a factory of an ASE calculator.

    The module may lie in the working directory; an installed one of the same name wins.

    Args:
        name: ``package.module:factory``, for example ``ase.calculators.emt:EMT`` or
            ``mace.calculators:mace_off``.
        arguments: keyword arguments of the factory.

    Raises:
        ConfigError: the name has no colon, the module or factory does not exist, the arguments do
            not fit, or what comes back is no ASE calculator.
    """
    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute):
        raise ConfigError(f"calculator {name}: expected package.module:factory")
    factory = getattr(_import(module_name, name), attribute, None)
    if not callable(factory):
        raise ConfigError(
            f"calculator {name}: {module_name} has no function or class {attribute!r}"
        )
    try:
        calculator = factory(**(arguments or {}))
    except TypeError as error:
        raise ConfigError(
            f"calculator {name}: cannot be called with {dict(arguments or {})} ({error}); "
            "set its arguments"
        ) from None
    except Exception as error:
        # Code of the user's: whatever it raises is a fact about it and no fault of ours.
        raise ConfigError(
            f"calculator {name}: called with {dict(arguments or {})} it failed: {_said(error)}"
        ) from error
    if not isinstance(calculator, BaseCalculator) and not hasattr(calculator, "get_forces"):
        raise ConfigError(
            f"calculator {name}: gave a {type(calculator).__name__}, which is no ASE calculator"
        )
    return calculator


def forces_of(atoms: Atoms, calculator: BaseCalculator) -> np.ndarray:
    """Forces (atom, 3) in eV/Å of a structure, which is left as it is.

    Raises:
        ReferenceEngineError: whatever went wrong in the calculator, in one line.
    """
    forces = np.array(_asked(atoms, calculator, Atoms.get_forces), dtype=float)
    if forces.shape != (len(atoms), 3):
        raise ReferenceEngineError(
            f"calculator {_name(calculator)}: gave forces of shape {forces.shape} for "
            f"{len(atoms)} atoms; expected {(len(atoms), 3)}"
        )
    return forces


def evaluate(atoms: Atoms, calculator: BaseCalculator) -> tuple[float, np.ndarray]:
    """Energy (eV) and forces (atom, 3) (eV/Å), as if no other structure had been asked for before.

    Raises:
        ReferenceEngineError: whatever went wrong in the calculator, in one line.
    """
    forget(calculator)
    energy = float(_asked(atoms, calculator, Atoms.get_potential_energy))
    return energy, forces_of(atoms, calculator)


def forget(calculator: BaseCalculator) -> None:
    """Begin the next call from nothing, as far as the calculator can."""
    again = getattr(calculator, "forget", None) or getattr(calculator, "reset", None)
    if again is not None:
        again()


def _asked(atoms: Atoms, calculator: BaseCalculator, question: Callable[[Atoms], Any]) -> Any:
    bare = Atoms(atoms.numbers, positions=atoms.positions, calculator=calculator)
    try:
        return question(bare)
    except NearsightError:
        raise
    except Exception as error:
        # Code of the user's: whatever it raises is a fact about it and no fault of ours.
        raise ReferenceEngineError(
            f"calculator {_name(calculator)} failed on {atoms.get_chemical_formula()}: "
            f"{_said(error)}"
        ) from error


def _name(calculator: BaseCalculator) -> str:
    return f"{type(calculator).__module__}:{type(calculator).__qualname__}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _import(module_name: str, name: str) -> Any:
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        raise ConfigError(
            f"calculator {name}: there is no module {missing!r} in this environment or in the "
            "working directory; install it, or correct the name"
        ) from None
    except Exception as error:
        raise ConfigError(
            f"calculator {name}: importing {module_name} failed: {_said(error)}"
        ) from error
    finally:
        sys.path.remove(here)

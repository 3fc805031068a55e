"""ASE calculators named by the user, ``package.module:factory``."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ase.calculators.calculator import BaseCalculator

from nearsight.data.calculators.words import said
from nearsight.errors import ConfigError


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
            f"calculator {name}: called with {dict(arguments or {})} it failed: {said(error)}"
        ) from error
    if not isinstance(calculator, BaseCalculator) and not hasattr(calculator, "get_forces"):
        raise ConfigError(
            f"calculator {name}: gave a {type(calculator).__name__}, which is no ASE calculator"
        )
    return calculator


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
            f"calculator {name}: importing {module_name} failed: {said(error)}"
        ) from error
    finally:
        sys.path.remove(here)

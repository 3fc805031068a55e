"""Strict reading of YAML: safe, no duplicate keys, every fault one clear error."""

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from nearsight.config.faults import SHORT, describe
from nearsight.config.machine import Machine
from nearsight.config.study import Study
from nearsight.errors import ConfigError
from nearsight.families.specs import VARIANT
from nearsight.families.variant import Variant
from nearsight.section import Section
from nearsight.storage import require_file

S = TypeVar("S", bound=Section)

_ENDINGS = (".yaml", ".yml")
_MERGE = "tag:yaml.org,2002:merge"


class _StrictLoader(yaml.SafeLoader):
    """Safe loader that refuses a key given twice, and a key that is not text (NO is false)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                raise ConfigError(f"merge keys (<<) are not read (line {line}): write the keys out")
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                shown = SHORT.repr(key)
                raise ConfigError(f"key {shown} is not text (line {line}): put it in quotes")
            if key in keys:
                raise ConfigError(f"key {key!r} is given twice (line {line}): keep one of them")
            keys.add(key)
        return super().construct_mapping(node, deep)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise ConfigError(f"key {key!r} is given twice: keep one of them")
    return dict(pairs)


def parse_yaml(text: str, origin: str) -> Any:
    """Parse YAML or JSON text safely.

    JSON comes first: our own tools write numbers as 1e-6, which is a number in JSON and text in
    YAML.

    Raises:
        ConfigError: not YAML, or a key is given twice; names ``origin``.
    """
    try:
        with suppress(json.JSONDecodeError):
            return json.loads(text, object_pairs_hook=_unique_pairs)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{origin}: not valid YAML: nested too deeply") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        # PyYAML lets bare errors out where a value does not fit its tag, as in 2020-99-99.
        raise ConfigError(f"{origin}: not valid YAML: {' '.join(str(error).split())}") from None


def read_yaml(path: Path, origin: str) -> Any:
    """Read a YAML or JSON file safely; ``origin`` names it in messages.

    Raises:
        MissingFileError, ConfigError: not there, not UTF-8, or see :func:`parse_yaml`.
    """
    try:
        text = require_file(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{origin}: not UTF-8 text: save it as UTF-8") from None
    return parse_yaml(text, origin)


def validate(model: type[S], values: Any, origin: str) -> S:
    """Make a section from plain values.

    Args:
        model: the section's class.
        values: keys and values, as YAML has them.
        origin: where they come from, for messages.

    Raises:
        ConfigError: with the origin, key path, value and what is allowed, for every fault.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{origin}: expected keys and values, found {type(values).__name__}")
    try:
        if model is Variant:
            # Which class it is, its family says.
            return VARIANT.validate_python(values)  # type: ignore[return-value]
        return model.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(describe(fault) for fault in error.errors(include_url=False))
        raise ConfigError(f"{origin}: {faults}") from None


def load_study(path: Path) -> Study:
    """Read and validate a study file.

    Raises:
        MissingFileError: no such file.
        ConfigError: anything wrong in it.
    """
    return validate(Study, read_yaml(path, str(path)), str(path))


def load_section(
    model: type[S], text: str | None, overrides: Mapping[str, Any], origin: str = "settings"
) -> S:
    """Make a section from inline YAML/JSON or a YAML file, with single keys overridden.

    Args:
        model: the section's class.
        text: path of a YAML file, or YAML/JSON text; ``None`` for defaults.
        overrides: values that win, by key.
        origin: where inline text and overrides come from, for messages.

    Raises:
        ConfigError: anything wrong in it.
    """
    values, origin = _file_or_inline(text, origin) if text else ({}, origin)
    return validate(model, {**values, **overrides}, origin)


def load_entry(model: type[S], text: str, name: str, origin: str) -> S:
    """Make a section from one entry of sections by name, given inline or as a YAML file.

    Args:
        model: the section's class.
        text: path of a YAML file, or YAML/JSON text: sections by name.
        name: of the entry.
        origin: where inline text comes from, for messages.

    Raises:
        ConfigError: there is no entry of that name, or anything wrong in it.
    """
    entries, origin = _file_or_inline(text, origin)
    if name not in entries:
        raise ConfigError(f"{origin}: no entry {name!r}; there are {SHORT.repr(sorted(entries))}")
    return validate(model, entries[name], f"{origin}: {name}")


def _file_or_inline(text: str, origin: str) -> tuple[dict[str, Any], str]:
    """Keys and values with their origin, from the path of a file or from the text itself."""
    is_file = not text.lstrip().startswith("{") and Path(text).suffix in (".yaml", ".yml", ".json")
    origin = text if is_file else origin
    values = read_yaml(Path(text), origin) if is_file else parse_yaml(text, origin)
    if not isinstance(values, dict):
        raise ConfigError(f"{origin}: expected keys and values, found {type(values).__name__}")
    return values, origin


def load_workflow(
    files: Sequence[Path], values: Mapping[str, Any], default: Path
) -> tuple[Study, Machine]:
    """The study of a Snakemake run, and what is known of the machine.

    Every file is read strictly, since Snakemake itself lets a key given twice pass. Keys of
    :class:`Machine` come from ``--config`` or a profile; a study file that holds one is refused,
    because it would not say the same elsewhere.

    Args:
        files: what ``--configfile`` named.
        values: Snakemake's merged configuration; with no file it holds ``--config`` alone.
        default: the study to take when no file is named.

    Raises:
        MissingFileError, ConfigError: as :func:`load_study`.
    """
    given = _plain(values)
    facts = {key: given.pop(key) for key in Machine.model_fields if key in given}
    # What a profile leaves empty reaches us as None.
    facts = {key: value for key, value in facts.items() if value is not None}
    machine = validate(Machine, facts, "--config or the profile's config")
    stated = {path: read_yaml(path, _shown(path)) for path in files or [default]}
    for path, values_of_file in stated.items():
        _refuse_machine(values_of_file, _shown(path))
    if not files:
        given = _merge(stated[default], given)
    study = validate(Study, given, " + ".join(map(_shown, stated)))
    for path, values_of_file in stated.items():
        # A name of the command line is chosen on purpose.
        if isinstance(values_of_file, Mapping) and values_of_file.get("name") == study.name:
            require_own_name(path, study.name, [path.parent, default.parent])
    return study, machine


def require_own_name(path: Path, name: str, folders: Sequence[Path]) -> None:
    """Refuse a study file that states the name of another one: both would write the same results.

    Args:
        path: the study file.
        name: the name in it.
        folders: where other study files lie.

    Raises:
        ConfigError: a file called like the name lies there and states it too.
    """
    # What the workflow itself writes among the results of a study is no other study.
    written = path.name == "study.json" and path.resolve().parent.name == name
    for other in (folder / f"{name}{ending}" for folder in folders for ending in _ENDINGS):
        if written or path.stem == name or not other.is_file() or other.samefile(path):
            continue
        stated = read_yaml(other, _shown(other))
        if isinstance(stated, Mapping) and stated.get("name") == name:
            raise ConfigError(
                f"{_shown(path)}: name = {name!r} is that of {_shown(other)}, and both would write "
                f"results/{name}: set name to {path.stem!r}, or give --config name=..."
            )


def _refuse_machine(values: Any, origin: str) -> None:
    found = [key for key in Machine.model_fields if isinstance(values, Mapping) and key in values]
    if found:
        raise ConfigError(
            f"{origin}: {found[0]} is a fact of a machine, not of a study: give it with --config "
            "or in a profile's config"
        )


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _plain(values: Any) -> Any:
    """Ordered mappings of any kind as plain dictionaries."""
    if isinstance(values, Mapping):
        return {key: _plain(value) for key, value in values.items()}
    return values


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        both = isinstance(inner, dict) and isinstance(value, Mapping)
        merged[key] = _merge(inner, value) if both else value  # type: ignore[arg-type]
    return merged

"""What is generated from the models: the JSON schema and the Markdown table of all keys."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from nearsight.config.feeding import stages_of_keys
from nearsight.config.machine import Machine
from nearsight.config.study import Study

Node = Mapping[str, Any]
"""A part of a JSON schema."""

BEGIN = "<!-- keys: written by `nearsight config table`, do not edit -->"
END = "<!-- end of keys -->"

_HEAD = "| key | type | unit | default | allowed | runs anew | what it is |\n" + "|---" * 7 + "|"
# A key that says only how the work is done still stands in the tables.
_NOTHING, _TABLES = "nothing", "collect"
_SOURCE = re.compile(r"^datasets\.[a-z]+\.")
_TYPES = {
    "number": "number",
    "integer": "whole number",
    "string": "text",
    "boolean": "true or false",
}
_LIMITS = {
    "exclusiveMinimum": "> {}",
    "minimum": ">= {}",
    "exclusiveMaximum": "< {}",
    "maximum": "<= {}",
    "minLength": "at least {} character",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entry",
    "maxItems": "at most {} entries",
    "minProperties": "at least {} entry",
    "maxProperties": "at most {} entries",
    "pattern": "matching `{}`",
}


def schema() -> dict[str, Any]:
    """JSON schema of a study file; every setting carries its ``unit``."""
    return Study.model_json_schema()


def schema_text() -> str:
    """The schema as the text of ``config/schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def key_table() -> str:
    """Markdown tables of all keys of a study file, one per section."""
    whole = schema()
    sections = [_section(title, prefix, node, whole) for title, prefix, node in _sections(whole)]
    return "\n".join(sections)


def with_key_table(text: str) -> str:
    """A text with what stands between its two markers replaced by the current key table.

    A text without the markers is replaced as a whole by the table, markers included.
    """
    table = f"{BEGIN}\n\n{key_table()}\n{END}"
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{table}{after}" if begin and end else f"{table}\n"


def _sections(whole: Node) -> Iterator[tuple[str, str, Node]]:
    """Heading, key prefix and schema node of each section of a study file.

    The prefix of a data set names its source, as in :func:`stages_of_keys`.
    """
    yield "The study", "", whole
    (entries,) = whole["properties"]["datasets"]["patternProperties"].values()
    for source, reference in entries["discriminator"]["mapping"].items():
        node = _resolve({"$ref": reference}, whole)
        yield f"A data set, `source: {source}`", f"datasets.{source}.", node
    for name, node in whole["properties"].items():
        if _is_section(node):
            yield f"`{name}`", f"{name}.", _resolve(node, whole)
        elif "discriminator" in node.get("items", {}):
            for family, reference in node["items"]["discriminator"]["mapping"].items():
                block = _resolve({"$ref": reference}, whole)
                yield f"A block of `{name}`, `family: {family}`", f"{name}.", block
        elif name == "models":
            (entry,) = node["patternProperties"].values()
            yield "A model of `models`", "models.NAME.", _resolve(entry, whole)
        elif "$ref" in node.get("items", {}):
            yield f"An entry of `{name}`", f"{name}.", _resolve(node["items"], whole)
    machine = Machine.model_json_schema()
    yield "The machine: `--config KEY=VALUE`, or `config` in a profile", "", machine


def _section(title: str, prefix: str, node: Node, whole: Node) -> str:
    rows = "\n".join(_rows(prefix, node, whole))
    return f"### {title}\n\n{node['description']}\n\n{_HEAD}\n{rows}\n"


def _rows(prefix: str, node: Node, whole: Node) -> Iterator[str]:
    stages = stages_of_keys()
    for name, value in node["properties"].items():
        if not _is_section(value):
            key = f"{prefix}{name}"
            # Keys of an entry of a list feed what the list does.
            feeds = stages.get(key, stages.get(prefix.removesuffix(".")))
            anew = _NOTHING if feeds is None else ", ".join(feeds) or _TABLES
            cells = _cells(value, anew, required=name in node.get("required", []))
            yield f"| `{_SOURCE.sub('datasets.NAME.', key)}` | " + " | ".join(cells) + " |"
        elif prefix:  # a section within a section; those of the study have their own tables
            yield from _rows(f"{prefix}{name}.", _resolve(value, whole), whole)


def _cells(value: Node, anew: str, *, required: bool) -> tuple[str, ...]:
    default = "required" if required else f"`{_yaml(value['default'])}`"
    return _kind(value), value["unit"], default, _allowed(value), anew, value["description"]


def _yaml(default: Any) -> str:
    # As YAML reads it back: 1e-06 would be text, 1.0e-06 is a number.
    return yaml.safe_dump(default, default_flow_style=True).partition("\n")[0]


def _kind(value: Node) -> str:
    if "type" not in value:  # words and truth values side by side
        return "text, true or false"
    if value["type"] == "array" and _holds_sections(value["items"]):
        return "list of sections"
    if value["type"] == "array":
        kind = _kind(value["items"])
        return f"list of {kind}s" if kind.endswith("number") else f"list of {kind}"
    if value["type"] == "object":
        return "sections by name" if "patternProperties" in value else "keys and values"
    return _TYPES[value["type"]]


def _allowed(value: Node) -> str:
    choices = [value["const"]] if "const" in value else value.get("enum", [])
    parts = [", ".join(f"`{_yaml(choice)}`" for choice in choices)] if choices else []
    parts += [text.format(_plain(value[key])) for key, text in _LIMITS.items() if key in value]
    for name in value.get("patternProperties", ()):
        parts.append(f"names matching `{name}`")
    if "items" in value and not _holds_sections(value["items"]):
        inner = _allowed(value["items"])
        parts += [f"each {inner}" if value["items"]["type"] != "string" else inner]
    return "; ".join(parts)


def _holds_sections(items: Node) -> bool:
    return "$ref" in items or "discriminator" in items


def _plain(limit: Any) -> Any:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _is_section(node: Node) -> bool:
    return any("$ref" in form for form in _forms(node))


def _forms(node: Node) -> list[Node]:
    """A node, or each form that it may be written in: a section, or one word for it."""
    return list(node.get("anyOf", [node]))


def _resolve(node: Node, whole: Node) -> Node:
    reference = next(form["$ref"] for form in _forms(node) if "$ref" in form)
    return whole["$defs"][reference.rpartition("/")[2]]

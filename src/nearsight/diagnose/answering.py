"""From findings to an answer of a sentence or two."""

from collections.abc import Callable, Mapping, Sequence

from nearsight.diagnose.finding import Finding, Verdict, worst

MOST = 2
"""Findings that an answer names where something is wrong."""


def answer(findings: Sequence[Finding], well: Callable[[Mapping[str, Finding]], str]) -> str:
    """The gravest findings in their own words, or that all is well.

    Args:
        findings: of one check.
        well: from findings by quantity to the sentence for a check that passes.
    """
    verdict = worst([finding.verdict for finding in findings])
    if verdict == Verdict.PASS:
        return well({finding.quantity: finding for finding in findings})
    # Several findings may have one reason.
    gravest = list(dict.fromkeys(f.reason for f in findings if f.verdict == verdict))
    told = " ".join(map(sentence, gravest[:MOST]))
    more = len(gravest) - MOST
    return f"{told} ({more} more like this.)" if more > 0 else told


def sentence(text: str) -> str:
    """A reason as prose has it: it begins large and ends with a full stop."""
    start = text[:1].upper() + text[1:]
    return start if start.endswith((".", "!", "?")) else f"{start}."


def first_sentence(text: str) -> str:
    """The first sentence of a reason, as prose has it."""
    return sentence(text.split(". ")[0])

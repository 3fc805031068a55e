"""Answers and figures: what they refuse, and what a browser gets of a picture."""

import base64

import pytest
from page_examples import PNG, SVG

from nearsight.errors import DataError
from nearsight.page import Answer, Column, Figure, Table


def test_an_answer_needs_a_question_and_words() -> None:
    with pytest.raises(DataError, match="lacks a question or words"):
        Answer("Does it hold?", "  \n")
    with pytest.raises(DataError, match="lacks a question or words"):
        Answer("", "It does.")


def test_a_verdict_is_one_of_six() -> None:
    for verdict in ("pass", "warn", "fail", "undecided", "not_applicable", "none"):
        assert Answer("Does it hold?", "It does.", verdict).verdict == verdict  # type: ignore[arg-type]
    with pytest.raises(DataError, match="'good' is none of pass, warn"):
        Answer("Does it hold?", "It does.", "good")  # type: ignore[arg-type]


def test_more_stands_behind_the_words_where_there_is_a_figure_or_a_table() -> None:
    assert not Answer("Does it hold?", "It does.").has_more
    assert Answer("Does it hold?", "It does.", figures=[Figure(SVG, "c", "a")]).has_more
    assert Answer("Does it hold?", "It does.", table=Table("t", [Column("c")], [])).has_more


@pytest.mark.parametrize(("image", "kind"), [(SVG, "image/svg+xml"), (PNG, "image/png")])
def test_a_picture_is_known_by_its_bytes_and_travels_whole(image: bytes, kind: str) -> None:
    figure = Figure(image, "caption", "alt")
    assert figure.media_type == kind
    head, content = figure.address.split(",")
    assert head == f"data:{kind};base64"
    assert base64.b64decode(content) == image


def test_a_figure_without_alt_text_is_refused() -> None:
    with pytest.raises(DataError, match="'A curve' has no alt text"):
        Figure(SVG, "A curve", " ")


@pytest.mark.parametrize("image", [b"", b"GIF89a", b"<html>", b"\xff\xd8\xff\xe0 JFIF"])
def test_other_pictures_are_refused(image: bytes) -> None:
    with pytest.raises(DataError, match="neither an SVG nor a PNG"):
        Figure(image, "A curve", "alt")

"""Front matter is what MkDocs takes for it."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from mkdocs.utils import meta

from unbroken.formats.front_matter import front_matter

LINES = st.lists(
    st.sampled_from(
        [
            *(
                "---",
                "--- ",
                "--- b",
                "...",
                "----",
                "title: x",
                "title:",
                "- x",
                "  more: y",
                "    more",
                "",
                " ",
                "# H",
            ),
            *(
                "x: [",
                "x: ]",
                "{a: b}",
                "*a",
                "x: *a",
                "a: &a 1",
                "!!python/none",
                "\ttab",
                "note: 'x",
                "text",
            ),
        ]
    ),
    max_size=7,
)


@example(lines=["---", "---", "a: 1", "---", "---"], newline="\n", bom="")
@example(lines=["---", "a: &a 1", "b: &a 2", "---", "---"], newline="\n", bom="")
@example(lines=["---", "a: 1", "--- b", "---"], newline="\n", bom="")
@given(lines=LINES, newline=st.sampled_from(["\n", "\r\n", "\r"]), bom=st.sampled_from(["", "\ufeff"]))
def test_the_markdown_begins_where_mkdocs_has_it(lines: list[str], newline: str, bom: str) -> None:
    text = bom + newline.join(lines)
    found = front_matter(text)
    body, data = meta.get_data(re.sub("\r\n?", "\n", text.removeprefix("\ufeff")))
    assert re.sub("\r\n?", "\n", text[found.body :]).lstrip("\n") == body.lstrip("\n")
    assert len(bom) <= found.start <= found.end <= found.body
    if found.start < found.end:
        assert yaml.safe_load(re.sub("\r\n?", "\n", text[found.start : found.end])) == data


@pytest.mark.parametrize("text", ["", "\ufeff", "---\n", "---\n---\n", "# Heading\n", "---\n- a\n---\n"])
def test_a_text_without(text: str) -> None:
    found = front_matter(text)
    assert found.start == found.end == found.body == text.startswith("\ufeff")

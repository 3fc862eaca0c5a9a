"""The outline of pages: what two versions share, and what anchors equal headings get."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown  # type: ignore[import-untyped]

from unbroken.formats.outline import has_same_headings, sections, slug_of

SLUG = slug_of("")
#: Rows that make headings, fences, underlines and front matter, and some that make none.
ROWS = st.sampled_from(
    ["# One", "## Two", "---", "--", "===", "- item", "text", "Title", "", " ", "```", "~~~ py", "````",
     "  ```", "key: value", "a\x0c---", "b\r", "#", "* note", "\tcode", "...", "\ufeff# Mark"]
)  # fmt: skip
TEXTS = st.lists(ROWS, max_size=9)


def fragments(text: str) -> list[str]:
    return [section.fragment for section in sections(text, SLUG)]


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_said_to_have_the_same_headings_has_them(
    head: list[str], old: list[str], new: list[str], tail: list[str], end: str, ends: bool
) -> None:
    texts = [end.join([*head, *middle, *tail]) + end * ends for middle in (old, new)]
    if has_same_headings(*texts):
        assert fragments(texts[0]) == fragments(texts[1])


def test_an_edit_away_from_headings_is_seen_to_be_one() -> None:
    page = "# Notes\n\n* one\n* two\n\n## More\n\ntext of more\n\n## Last\n\nend\n"
    for edited in (
        page.replace("* one", "* new\n* one"),
        page.replace("text", "other text"),
        page.replace("end\n", "end\n\nand another\n"),
        page.replace("* two\n", ""),
    ):
        assert edited != page
        assert has_same_headings(page, edited)


@given(
    st.lists(st.sampled_from(["Usage", "Usage 1", "Usage_1", "usage_2", "usage_07", "!", "1"]), max_size=12)
)
def test_equal_headings_are_numbered_as_markdown_does(names: list[str]) -> None:
    text = "".join(f"## {name}\n\n" for name in names)
    markdown = Markdown(extensions=["toc"])
    markdown.convert(text)
    made: list[str] = [token["id"] for token in markdown.toc_tokens]
    assert fragments(text) == made

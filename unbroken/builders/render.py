"""Pages as HTML, by a site's own Markdown: what they say, their links and their anchors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import unescape
from typing import TYPE_CHECKING, Any, NamedTuple

from unbroken.builders.markdown import mkdocs_config, with_context, without_colours
from unbroken.formats.front_matter import front_matter
from unbroken.model.errors import Refused
from unbroken.model.listing import Listing
from unbroken.workspace.config import Config

if TYPE_CHECKING:
    from mkdocs.structure.files import Files

_MARK = "unbroken-link-"
#: What holds no links: comments, and what is within some elements; their own attributes may be links.
_SILENT = re.compile(
    r"""<!--.*?-->|<(script|style|template|textarea)\b(?:[^>"']++|"[^"]*+"|'[^']*+')*+>(.*?)</\1\s*>""",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"""<([a-zA-Z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]++)""")
_URLS = frozenset(
    ("href", "src", "srcset", "imagesrcset", "poster", "cite", "action", "formaction", "background")
) | {"longdesc", "xlink:href", "data"}


class Rendered(NamedTuple):
    """A page as HTML.

    Attributes:
        shape: the HTML without its URLs.
        urls: each URL in order, and whether MkDocs takes it for a source's.
        anchors: each ``id`` and ``name`` in order.
    """

    shape: str
    urls: tuple[tuple[str, bool], ...]
    anchors: tuple[str, ...]


class Renderer:
    """Render pages with a site's own Markdown, as MkDocs does, and resolve links as it does.

    Plugins, hooks and the theme are left out: they may do anything, and none of them makes what an author
    writes as a link.

    Args:
        config: the site's configuration.

    Raises:
        Refused: MkDocs cannot read the configuration.
    """

    def __init__(self, config: Config) -> None:
        self.config = mkdocs_config(config)
        self.options = without_colours(self.config.markdown_extensions, self.config.mdx_configs or {})
        self._markdown: Any = None
        self._known: dict[str, Rendered] = {}

    @property
    def is_rooted(self) -> bool:
        """Whether "/" in a link is docs_dir's root."""
        # MkDocs has no public name for it: below every level of logging.
        return bool(self.config.validation.links.absolute_links == -1)

    @property
    def has_attributes(self) -> bool:
        """Whether a heading can be given an anchor of its own."""
        return "attr_list" in {name.rpartition(".")[2] for name in self.config.markdown_extensions}

    def over(self, folders: Mapping[str, str]) -> Renderer:
        """Return a renderer that finds snippets in other folders first: each with the one it goes before."""
        other = Renderer.__new__(Renderer)
        other.config = self.config
        other.options = {name: dict(given) for name, given in self.options.items()}
        options = other.options.setdefault("pymdownx.snippets", {})
        given = options.get("base_path", ["."])
        bases = [given] if isinstance(given, str) else list(given)
        options["base_path"] = [
            each for base in bases for each in (folders.get(os.path.abspath(base)), base) if each
        ]
        other._markdown = None
        other._known = {}
        return other

    def render(self, text: str) -> Rendered:
        """Return a page's text as HTML.

        Raises:
            Refused: Markdown fails.
        """
        if text not in self._known:
            self._known[text] = self._render(text)
        return self._known[text]

    def _render(self, text: str) -> Rendered:
        import markdown  # type: ignore[import-untyped]
        from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]
        from markdown.util import AMP_SUBSTITUTE  # type: ignore[import-untyped]

        marked: list[str] = []

        class Marks(Treeprocessor):  # type: ignore[misc]
            def run(self, root: Any) -> None:
                for element in root.iter():
                    key = {"a": "href", "img": "src"}.get(element.tag)
                    if key and (url := element.get(key)) is not None:
                        element.set(key, f"{_MARK}{len(marked)}")
                        if AMP_SUBSTITUTE in url:  # an e-mail address, in character references
                            url = unescape(url.replace(AMP_SUBSTITUTE, "&"))
                        marked.append(url)

        try:
            if self._markdown is None:
                self._markdown = markdown.Markdown(
                    extensions=with_context(self.config.markdown_extensions), extension_configs=self.options
                )
            self._markdown.reset()
            self._markdown.treeprocessors.register(Marks(self._markdown), "relpath", 0)
            text = re.sub("\r\n?", "\n", text)  # as a file is read
            html = self._markdown.convert(text[front_matter(text).body :])
        except Exception as error:  # extensions raise whatever they like
            raise Refused(f"Markdown fails on it: {error}") from None
        return scanned(html, marked)

    def resolver(self, files: Iterable[str], listing: Listing | None = None) -> Callable[[str, str], str]:
        """Return a function that turns a URL in the source of a page into that of the built page.

        Args:
            files: the page path of every file.
            listing: what the builder publishes, where it was asked.
        """
        from mkdocs.structure.files import File, Files
        from mkdocs.structure.pages import _RelativePathTreeprocessor

        known = listing.by_source if listing else {}
        docs, directory_urls = self.config.docs_dir, self.config.use_directory_urls
        there: Files = Files(
            [
                File(
                    path,
                    docs,
                    "",
                    directory_urls,
                    dest_uri=at.destination if (at := known.get(path)) else None,
                )
                for path in files
            ]
        )

        def resolve(page: str, url: str) -> str:
            file = there.get_file_from_path(page)
            if file is None:
                return url
            return _RelativePathTreeprocessor(file, there, self.config).path_to_url(url)

        return resolve

    def unpublished(self, files: Iterable[str]) -> set[str]:
        """Return those of the files that MkDocs would not publish."""
        from mkdocs.structure.files import File, InclusionLevel, set_exclusions

        given = [File(path, self.config.docs_dir, "", self.config.use_directory_urls) for path in files]
        set_exclusions(given, self.config)
        levels = (InclusionLevel.EXCLUDED, InclusionLevel.DRAFT)
        return {file.src_uri for file in given if file.inclusion in levels}


def scanned(html: str, marked: Sequence[str]) -> Rendered:
    """Take URLs and anchors out of HTML.

    Args:
        html: the HTML.
        marked: the URLs that stand where a mark is.
    """
    shape: list[str] = []
    urls: list[tuple[str, bool]] = []
    anchors: list[str] = []
    at = 0
    silent = [found.span(found.lastindex or 0) for found in _SILENT.finditer(html)]
    quiet = iter([*silent, (len(html), len(html))])
    start, end = next(quiet)
    for tag in _TAG.finditer(html):
        while tag.start() >= end and end < len(html):
            start, end = next(quiet)
        if start <= tag.start() < end:
            continue
        for found in _ATTRIBUTE.finditer(html, *tag.span(2)):
            key, value = found[1].lower(), found[2]
            if value[0] in "\"'":
                value = value[1:-1]
            if key == "id" or (key == "name" and tag[1].lower() == "a"):
                anchors.append(unescape(value))
                continue
            if key not in _URLS or (key == "data" and tag[1].lower() != "object"):
                continue
            shape.append(html[at : found.start(2)])
            at = found.end(2)
            if value.startswith(_MARK):
                urls.append((marked[int(value.removeprefix(_MARK))], True))
            elif key in ("srcset", "imagesrcset"):
                each = re.findall(r"[\s,]*([^\s,]\S*[^\s,]|[^\s,])(?:\s+[^,]*)?", unescape(value))
                urls += ((url, False) for url in each)
            else:
                urls.append((unescape(value).strip(), False))
    shape.append(html[at:])
    return Rendered("".join(shape), tuple(urls), tuple(anchors))

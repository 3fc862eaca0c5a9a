"""Pages as HTML, by a site's own Markdown: what they say, their links and their anchors."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from unbroken.model.errors import Refused
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_MARK = "unbroken-link-"
_SILENT = re.compile(r"<!--.*?-->|<(script|style|template|textarea)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
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


def _code(source: str, *_: object, **__: object) -> str:
    from html import escape

    return f"<pre><code>{escape(source)}</code></pre>"


class _Errors(logging.Handler):
    """Keep the errors that MkDocs logs instead of printing them; from then on it prints nothing."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []
        self._logger = logging.getLogger("mkdocs")

    def emit(self, record: logging.LogRecord) -> None:
        # An extension that fails comes with its traceback, of which the last line says why.
        first, *more = record.getMessage().strip().splitlines() or [""]
        self.messages.append(first.rstrip(".") + (f" ({more[-1].strip()})" if more else ""))

    def __enter__(self) -> None:
        self._propagates, self._logger.propagate = self._logger.propagate, False
        self._logger.setLevel(logging.ERROR)
        self._logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._propagates
        self._logger.setLevel(logging.CRITICAL)


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
        from mkdocs.config import load_config
        from mkdocs.exceptions import Abort, MkDocsException

        said = _Errors()
        own: dict[str, Any] = {"plugins": [], "hooks": [], "theme": {"name": "mkdocs"}, "strict": False}
        file: Any = str(config.file)
        if config.file.suffix == ".toml":
            file = io.BytesIO(b"{}")
            own["site_name"] = config.file.parent.name
            own["docs_dir"] = str(config.docs_dir)
            own["use_directory_urls"] = config.directory_urls
        try:
            with said:
                self.config: MkDocsConfig = load_config(file, **own)
        except (Abort, MkDocsException, yaml.YAMLError, RecursionError) as error:
            reason = "; ".join(said.messages) or " ".join(str(error).split()).rstrip(".!")
            raise Refused(
                f"{shown(config.file)}: MkDocs cannot read this, so no link can be proved: {reason}."
            ) from None
        if config.file.suffix == ".toml":
            self.config.markdown_extensions, self.config.mdx_configs = _zensical_extensions(config.file)
        self.options = {name: dict(given) for name, given in (self.config.mdx_configs or {}).items()}
        for name, setting in (("pymdownx.highlight", "use_pygments"), ("codehilite", "use_pygments")):
            if name in self.config.markdown_extensions:
                # The colours of code cost the most and hold no links.
                self.options.setdefault(name, {})[setting] = False
        if "pymdownx.superfences" in self.config.markdown_extensions:
            # Without colours it takes no fence that has a title or another option for code.
            fences = self.options.setdefault("pymdownx.superfences", {})
            code = {"name": "*", "class": "", "format": _code, "validator": lambda *_: True}
            fences["custom_fences"] = [code, *fences.get("custom_fences", [])]
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
        from mkdocs.utils import meta

        marked: list[str] = []

        class Marks(Treeprocessor):  # type: ignore[misc]
            def run(self, root: Any) -> None:
                for element in root.iter():
                    key = {"a": "href", "img": "src"}.get(element.tag)
                    if key and (url := element.get(key)) is not None:
                        element.set(key, f"{_MARK}{len(marked)}")
                        marked.append(url)

        try:
            if self._markdown is None:
                self._markdown = markdown.Markdown(
                    extensions=self.config.markdown_extensions, extension_configs=self.options
                )
            self._markdown.reset()
            self._markdown.treeprocessors.register(Marks(self._markdown), "relpath", 0)
            body, _ = meta.get_data(text.removeprefix("\ufeff"))
            html = self._markdown.convert(body)
        except Exception as error:  # extensions raise whatever they like
            raise Refused(f"Markdown fails on it: {error}") from None
        return _scan(html, marked)

    def resolver(self, files: Iterable[str]) -> Callable[[str, str], str]:
        """Return a function that turns a URL in the source of a page into that of the built page."""
        from mkdocs.structure.files import File, Files
        from mkdocs.structure.pages import _RelativePathTreeprocessor

        there: Files = Files(
            [File(path, self.config.docs_dir, "", self.config.use_directory_urls) for path in files]
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


def _zensical_extensions(file: Path) -> tuple[list[str], dict[str, Any]]:
    """Return what Zensical gives to Python-Markdown for a ``zensical.toml``."""
    try:
        from zensical.config import parse_config
    except ImportError:
        raise Refused(
            f"{shown(file)}: moves are proved with Zensical's Markdown, and Zensical is not installed beside "
            "unbroken. Install both in one environment."
        ) from None
    try:
        found = parse_config(str(file))
    except Exception as error:  # it has no one class for its errors
        raise Refused(
            f"{shown(file)}: Zensical cannot read this, so no link can be proved: {error}"
        ) from None
    return found["markdown_extensions"], found["mdx_configs"]


def _scan(html: str, marked: Sequence[str]) -> Rendered:
    """Take URLs and anchors out of HTML."""
    from html import unescape

    shape: list[str] = []
    urls: list[tuple[str, bool]] = []
    anchors: list[str] = []
    at = 0
    silent = [found.span() for found in _SILENT.finditer(html)]
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

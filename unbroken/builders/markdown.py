"""The Markdown of a site: Python-Markdown with the extensions that the site configures."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from unbroken.formats.markdown import Rendering
from unbroken.model.errors import Refused
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

#: What sites use that have Material's theme, for a site that cannot be asked.
USUAL = (
    *("abbr", "admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc"),
    *("pymdownx.details", "pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.snippets"),
    *("pymdownx.superfences", "pymdownx.tabbed", "pymdownx.tasklist"),
)
_ZENSICAL = "zensical.extensions."


class SiteMarkdown:
    """Python-Markdown with a site's extensions, made when it is first needed.

    Args:
        extensions: the extensions.
        options: the options of each.
        lenient: whether an extension that cannot be loaded is left out.

    Attributes:
        extensions: the extensions.
        options: the options of each, without the colours of code, which cost the most and hold no links.
    """

    def __init__(
        self, extensions: Iterable[Any], options: Mapping[str, Mapping[str, Any]], *, lenient: bool = False
    ) -> None:
        self.extensions = list(extensions)
        self.options = without_colours(self.extensions, options)
        # A file that is not there is for the build to report.
        for name in _names(self.extensions) & {"pymdownx.snippets", "snippets"}:
            self.options[name] = {**self.options.get(name, {}), "check_paths": False, "url_download": False}
        self._lenient = lenient
        self._markdown: Any = None
        self._definitions: list[str] = []
        self._snippets: list[str] = []
        self._marks = re.compile("(?!)")

    @property
    def has_snippets(self) -> bool:
        """Whether lines like ``--8<-- "file"`` include files."""
        return "snippet" in self._made().preprocessors

    def render(self, text: str, marks: re.Pattern[str]) -> Rendering:
        """Return what becomes of a text without front matter.

        Args:
            text: the text, in which the path of a snippet may begin with a mark.
            marks: matches a mark.

        Raises:
            Refused: an extension cannot be loaded, or fails.
        """
        markdown = self._made()
        self._marks = marks
        self._definitions.clear()
        self._snippets.clear()
        try:
            markdown.reset()
            html = markdown.convert(re.sub("\r\n?", "\n", text))  # as a file is read
        except Exception as error:  # extensions raise whatever they like
            raise Refused(f"Markdown fails on it: {error}") from None
        return Rendering(html, tuple(self._definitions), tuple(self._snippets))

    def _made(self) -> Any:
        if self._markdown is None:
            self._markdown = self._new()
            self._markdown.references = _Definitions(self._definitions)
            if "snippet" in self._markdown.preprocessors:
                included = self._markdown.preprocessors["snippet"]
                included.get_snippet_path = self._unmarked(included.get_snippet_path)
            self._leave_unmarked()
        return self._markdown

    def _leave_unmarked(self) -> None:
        """Let inline Markdown be read in marked texts only, for no other holds a link that is asked about."""
        from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]
        from markdown.util import AtomicString  # type: ignore[import-untyped]

        site = self

        class Unmarked(Treeprocessor):  # type: ignore[misc]
            def run(self, root: Any) -> None:
                search = site._marks.search
                for element in root.iter():
                    if element.text and not search(element.text):
                        element.text = AtomicString(element.text)
                    if element.tail and not search(element.tail):
                        element.tail = AtomicString(element.tail)

        for name in ("toc", "prettify"):  # which make no link of what an author has written
            self._markdown.treeprocessors.deregister(name, strict=False)
        before_inline = 20.5
        self._markdown.treeprocessors.register(Unmarked(self._markdown), "unmarked", before_inline)

    def _new(self) -> Any:
        import markdown  # type: ignore[import-untyped]

        extensions = self.extensions
        if self._lenient:
            extensions = [each for each in extensions if _loads(each, self.options)]
        try:
            return markdown.Markdown(extensions=with_context(extensions), extension_configs=self.options)
        except Exception as error:  # extensions raise whatever they like
            raise Refused(f"an extension of its Markdown cannot be loaded: {error}") from None

    def _unmarked(self, find: Callable[[str], str | None]) -> Callable[[str], str | None]:
        """Return how a snippet is found of which the path may begin with a mark."""

        def found(path: str) -> str | None:
            plain = self._marks.sub("", path)
            if plain != path:
                self._snippets.append(path)
            return find(plain)

        return found


class _Definitions(dict[str, tuple[str, str]]):
    """The link definitions of a text, which tell of each, and not only of the last with its name."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def __setitem__(self, name: str, value: tuple[str, str]) -> None:
        self._told.append(value[0])
        super().__setitem__(name, value)


def site_markdown(config: Config) -> SiteMarkdown:
    """Return a site's Markdown.

    When the builder cannot read the configuration, as without one of the extensions that it names, it is
    plain Python-Markdown with those of them that can be loaded; when they cannot be told, with ``USUAL``.
    """
    try:
        if config.file.suffix == ".toml":
            return SiteMarkdown(*zensical_extensions(config.file))
        read = mkdocs_config(config)
        return SiteMarkdown(read.markdown_extensions, read.mdx_configs or {})
    except (Refused, ImportError):
        return SiteMarkdown(*_named(config.file), lenient=True)


def _named(file: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the extensions that a configuration names, whether or not they can be loaded."""
    try:
        from mkdocs.utils.yaml import yaml_load

        with file.open("rb") as stream:
            named = yaml_load(stream).get("markdown_extensions") or []
        pairs = (
            named.items()
            if isinstance(named, dict)
            else (next(iter(each.items())) if isinstance(each, dict) else (each, None) for each in named)
        )
        options = {str(name): dict(given or {}) for name, given in pairs}
    except Exception:  # whatever reading it raises, there is something to fall back to
        options = {}
    if not options:
        return list(USUAL), {"pymdownx.tabbed": {"alternate_style": True}}
    return [*dict.fromkeys(("toc", "tables", "fenced_code", *options))], options


def _loads(extension: Any, options: Mapping[str, Any]) -> bool:
    import markdown

    try:
        markdown.Markdown(extensions=[extension], extension_configs=options)
    except Exception:  # extensions raise whatever they like
        return False
    return True


def _names(extensions: Iterable[Any]) -> set[str]:
    return {each for each in extensions if isinstance(each, str)}


def without_colours(
    extensions: Iterable[Any], options: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the options of extensions without the colours of code."""
    names = _names(extensions)
    result = {name: dict(given) for name, given in options.items()}
    for name in names & {"pymdownx.highlight", "codehilite"}:
        result.setdefault(name, {})["use_pygments"] = False
    if "pymdownx.superfences" in names:
        # Without colours it takes no fence that has a title or another option for code.
        fences = result.setdefault("pymdownx.superfences", {})
        code = {"name": "*", "class": "", "format": _code, "validator": lambda *_: True}
        fences["custom_fences"] = [code, *fences.get("custom_fences", [])]
    return result


def _code(source: str, *_: object, **__: object) -> str:
    from html import escape

    return f"<pre><code>{escape(source)}</code></pre>"


class _Errors(logging.Handler):
    """Keep the errors that MkDocs logs instead of printing them; from then on a command prints nothing of it.

    In a build the log is the build's, and goes on as before.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []
        self._logger = logging.getLogger("mkdocs")

    def emit(self, record: logging.LogRecord) -> None:
        # An extension that fails comes with its traceback, of which the last line says why.
        first, *more = record.getMessage().strip().splitlines() or [""]
        self.messages.append(first.rstrip(".") + (f" ({more[-1].strip()})" if more else ""))

    def __enter__(self) -> None:
        self._level = self._logger.level if self._logger.handlers else logging.CRITICAL
        self._propagates, self._logger.propagate = self._logger.propagate, False
        self._logger.setLevel(logging.ERROR)
        self._logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._propagates
        self._logger.setLevel(self._level)


def mkdocs_config(config: Config) -> MkDocsConfig:
    """Return a site's configuration as MkDocs reads it, without plugins, hooks and theme.

    Of a ``zensical.toml`` it has what says where pages are, and Zensical's extensions.

    Raises:
        Refused: it cannot be read.
    """
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
    above = config.listing is not None and config.file.parent.is_relative_to(config.docs_dir)
    if above:  # which MkDocs alone refuses, and the site's builder does not
        own["docs_dir"] = os.path.dirname(__file__)
    try:
        with said:
            read: MkDocsConfig = load_config(file, **own)
    except (Abort, MkDocsException, yaml.YAMLError, RecursionError) as error:
        reason = "; ".join(said.messages) or " ".join(str(error).split()).rstrip(".!")
        raise Refused(
            f"{shown(config.file)}: MkDocs cannot read this, so no link can be proved: {reason}."
        ) from None
    if above:
        read.docs_dir = str(config.docs_dir)
    if config.file.suffix == ".toml":
        read.markdown_extensions, read.mdx_configs = zensical_extensions(config.file)
    return read


def zensical_extensions(file: Path) -> tuple[list[str], dict[str, Any]]:
    """Return what Zensical gives to Python-Markdown for a ``zensical.toml``.

    Raises:
        Refused: Zensical is not installed, or cannot read the file.
    """
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


def with_context(extensions: list[Any]) -> list[Any]:
    """Return extensions with what Zensical's own ask for: a page, and the settings of the site."""
    if not any(name.startswith(_ZENSICAL) for name in _names(extensions)):
        return extensions
    try:
        from zensical.config import get_config
        from zensical.extensions.context import ContextExtension, Page
    except ImportError:
        return extensions
    context = ContextExtension(page=Page(url="", path="index.md"), config=get_config())
    return [context, *extensions]

"""Names of files where no Markdown reader looks: configuration, navigation, front matter and templates.

What moves is called by its new name there too, and every other byte stays.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import translate
from pathlib import PurePosixPath
from urllib.parse import unquote

import yaml

from unbroken.formats.front_matter import front_matter
from unbroken.formats.macros import arguments
from unbroken.formats.yaml import LOADER
from unbroken.model.addresses import is_page_path, normal
from unbroken.move.targets import Docs, LinkTarget, Move, moved

#: Settings that are no page path, whatever they say.
NO_PATHS = frozenset(
    ("INHERIT", "docs_dir", "site_dir", "site_name", "site_url", "repo_url", "redirect_maps", "patterns")
) | {"retired"}
#: What a pattern for paths has.
GLOB = re.compile(r"[*?\[]")
_LINE_END = re.compile(r"\r\n?|\n")
_PATTERNS = ("exclude_docs", "not_in_nav", "draft_docs")


def rename_in_yaml(text: str, new_name: Callable[[str], str | None], patterns: bool = False) -> str:
    """Return a YAML text in which some scalar values have another text, and nothing else is changed.

    Args:
        text: the text; what is no YAML stays as it is.
        new_name: returns the new text of a value, or None.
        patterns: whether to look into the lines of ``exclude_docs`` and its like.
    """
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(bom)
    edits: list[tuple[int, int, str]] = []
    for key, node in _scalars(text):
        start, end = node.start_mark.index, node.end_mark.index
        if patterns and key in _PATTERNS:
            edits += _lines(text, start, end, new_name)
        elif node.style in (None, "", "'", '"') and (new := new_name(node.value)) is not None:
            edits.append((start, end, yaml_scalar(text[start:end], node.value, new)))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return bom + text


def _scalars(text: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield each scalar value that may name a path, with its key; none of what is no YAML."""
    try:
        root = yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, RecursionError, ValueError):
        return
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, str]] = [(root, "")] if root else []
    while waiting:
        node, key = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for each, value in node.value:
                name = each.value if isinstance(each, yaml.ScalarNode) else ""
                if name not in NO_PATHS:
                    waiting.append((value, name))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, key) for item in node.value]
        elif isinstance(node, yaml.ScalarNode):
            yield key, node


def patterns_in_yaml(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the pattern wherever a YAML text has one for paths."""
    for key, node in _scalars(text.removeprefix("\ufeff")):
        first, last = node.start_mark.line, node.end_mark.line
        if key not in _PATTERNS:
            if GLOB.search(node.value) and first == last:
                yield first + 1, node.value
            continue
        written = text.removeprefix("\ufeff")[node.start_mark.index : node.end_mark.index]
        for number, line in enumerate(_LINE_END.split(written), first + 1):
            pattern = line.strip().lstrip("!") if number > first + 1 or node.style not in ("|", ">") else ""
            if pattern and not pattern.startswith("#"):
                yield number, pattern.strip("'\"")


def parted(pattern: str, files: Mapping[str, str], below: str) -> Iterator[tuple[str, str]]:
    """Yield each moved file that a pattern of a configuration matches, and its new place, which it does not.

    Whoever reads the pattern may read it in more than one way; what one of them sees is told.
    """
    from pathspec.gitignore import GitIgnoreSpec

    ways: list[Callable[[str], object]] = []
    with suppress(ValueError, re.error):  # what is no pattern that git or a shell can read
        ways.append(GitIgnoreSpec.from_lines([pattern]).match_file)
    with suppress(re.error):
        ways.append(re.compile(translate(pattern)).match)
    for matches in ways:
        found = [
            (old, new)
            for old, new in files.items()
            for prefix in ("", f"{below}/")
            if matches(prefix + old) and not matches(prefix + new)
        ]
        if found:
            yield from dict.fromkeys(found)
            return


def _lines(
    text: str, start: int, end: int, new_name: Callable[[str], str | None]
) -> Iterator[tuple[int, int, str]]:
    for found in re.finditer(r"(?m)(?<![^\s!])(/?)([^\s#!|>'\"/][^\r\n#]*?)(/?)[ \t]*\r?$", text[start:end]):
        name = found[2]
        # Only a pattern with a slash in front or within names one place.
        if not found[1] and "/" not in name:
            continue
        if new := new_name(name) or new_name(f"{name}/"):
            yield start + found.start(2), start + found.end(2), new.rstrip("/")


def yaml_scalar(raw: str, old: str, new: str) -> str:
    """Return a value as YAML, quoted as the one that it stands for is written where it has to be quoted."""
    if raw[:1] == "'":
        return "'" + new.replace("'", "''") + "'"
    if raw[:1] == '"':
        return '"' + new.replace("\\", "\\\\").replace('"', '\\"') + '"'
    plain = re.fullmatch(r"[\w./](?:[\w./ ()+@~*-]|(?<! )#)*(?<! )", new) and not re.fullmatch(
        r"[\d._:+-]*", new
    )
    anchor = raw[: len(raw) - len(old)] if raw.endswith(old) else ""
    return anchor + (new if plain else "'" + new.replace("'", "''") + "'")


def plugins_in_yaml(data: bytes) -> set[str]:
    """Return the names of the plugins in a YAML configuration; none where it is no YAML."""
    try:
        root = yaml.compose(data, Loader=LOADER)
    except yaml.YAMLError:
        return set()
    names: set[str] = set()
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value != "plugins":
            continue
        for item in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            named = [each for each, _ in item.value] if isinstance(item, yaml.MappingNode) else [item]
            names.update(each.value for each in named if isinstance(each, yaml.ScalarNode))
    return names


def config_name(move: Move, before: Docs, after: Docs) -> Callable[[str], str | None]:
    """Return how configuration names what moved: by its page path, from its own folder, or by its address."""
    below = before.below

    def name(value: str) -> str | None:
        for prefix in ("", below + "/"):
            if not value.startswith(prefix):
                continue
            path = PurePosixPath(value[len(prefix) :]).as_posix()
            if path in move.files:
                return prefix + move.files[path]
            if (source := before.bare(path)) in move.files:
                return prefix + before.bare_name(move.files[source or ""], "")
            if "/" in value and path in move.folders:
                return prefix + move.folders[path] + ("/" if value.endswith("/") else "")
            # A pattern for what is in a folder follows the folder.
            folder = posixpath.dirname(GLOB.split(path, 1)[0])
            if folder in move.folders and GLOB.search(path):
                return prefix + move.folders[folder] + path.removeprefix(folder)
        return address(value)

    def address(value: str) -> str | None:
        """Return the new address in place of one, as navigation may name a page or a heading."""
        head, mark, fragment = value.partition("#")
        if not (mark or head.endswith("/")) or ":" in head or not head or head.rstrip("/") in before.folders:
            return None
        base = before.resolver.base + "/"
        prefix = base if head.startswith(base) else ""
        try:
            page = before.addresses.get(normal("/" + head.removeprefix(prefix)))
        except ValueError:
            return None
        if page is None:
            return None
        was = LinkTarget("file", page, unquote(fragment), "url")
        now = moved(was, move)
        new = (
            prefix
            + after.address(now.place).lstrip("/")
            + (now.hash if now.fragment != was.fragment else mark + fragment)
        )
        return new if now.end != was.end and new != value else None

    return name


def in_front_matter(text: str, page: str, before: Docs, after: Docs, move: Move) -> str:
    """Return a page with the paths in its front matter following a move."""
    found = front_matter(text)
    if found.start == found.end:
        return text

    def name(value: str) -> str | None:
        head, _, fragment = value.partition("#")
        if not re.search(r"\.\w+$|/", head) or re.search(r"\s{2}|\n|://", head):
            return None
        near = before.canonical(posixpath.join(posixpath.dirname(page), head))
        far = before.canonical(head.lstrip("/"))
        place = far if far in before.files and not head.startswith(".") else near
        if place not in before.files:
            return None
        was = LinkTarget("file", place, unquote(fragment), "docs" if head.startswith("/") else "source")
        want = moved(was, move)
        here = move.file(page) if place == near and place != far else "index.md"
        if place == near == far:  # a page at the top: both mean the same
            here = "index.md"
        new = after.write(here, value, want, "inline")
        return new if new != value else None

    changed = rename_in_yaml(text[found.start : found.end], name)
    return text[: found.start] + changed + text[found.end :]


def in_navigation(text: str, path: str, before: Docs, move: Move) -> tuple[str, list[str], list[str]]:
    """Return a folder's navigation file following a move, and what of it has left the folder.

    Plugins refuse to build a site of which such a file names something else, so that an item of a list goes
    with what it names. Return the names that are gone, and those that still stand there.

    Args:
        text: the file, as plugins read it.
        path: its path before the move.
        before: what is there before the move.
        move: the move.
    """
    here = posixpath.dirname(path)
    there = posixpath.dirname(move.file(path))
    left: list[str] = []

    def name(value: str) -> str | None:
        place = before.canonical(posixpath.join(here, value))
        new = move.files.get(place) or move.folders.get(place) or place
        if place not in before.files and (place not in before.folders or not value):
            return None
        written = posixpath.relpath(new, there or ".")
        if written.startswith("../"):
            left.append(value)
            return None
        return None if written == posixpath.normpath(value) else written

    changed = rename_in_yaml(text, name)
    gone = _without(changed, left) if left else changed
    return gone, [each for each in left if gone != changed], [each for each in left if gone == changed]


def _without(text: str, names: list[str]) -> str:
    """Return a YAML text without the items of its lists that are one of some names; as it is if one stays."""
    lines = text.splitlines(keepends=True)
    wanted, taken = {*names}, set[str]()
    for items in _lists(text):
        pairs = [(item, node) for item in items if (node := _named(item)) and node.value in wanted]
        if len(pairs) == len(items):
            continue  # an empty list is none
        for item, node in pairs:
            if node.end_mark.line == item.start_mark.line:
                lines[item.start_mark.line] = ""
                taken.add(node.value)
    return "".join(lines) if taken == wanted else text


def _lists(text: str) -> Iterator[list[yaml.Node]]:
    """Yield the items of each list of a YAML text that has a line for each."""
    root = yaml.compose(text, Loader=LOADER)
    waiting, seen = [root] if root else [], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue  # an alias, which may lead in a circle
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
            waiting += node.value
            yield node.value


def _named(item: yaml.Node) -> yaml.ScalarNode | None:
    """Return what an item of a navigation names, with a title or without."""
    if isinstance(item, yaml.MappingNode) and len(item.value) == 1:
        item = item.value[0][1]
    return item if isinstance(item, yaml.ScalarNode) else None


def lists_all(text: str) -> bool:
    """Return whether a folder's navigation file leaves nothing of its folder out, as far as can be told."""
    try:
        root = yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, RecursionError, ValueError):
        return True
    if isinstance(root, yaml.MappingNode):
        root = next((value for key, value in root.value if key.value == "nav"), None)
    return not isinstance(root, yaml.SequenceNode) or any(
        re.search(r"\.\.\.|[*]|\bglob\b", text[item.start_mark.index : item.end_mark.index])
        for item in root.value
    )


def in_macros(text: str, page: str, before: Docs, move: Move) -> Iterator[tuple[int, str]]:
    """Yield the line and the name wherever an argument of a macro on a page names another file after a move.

    What a macro takes its arguments for, its author alone knows: a name counts from the folder of the page,
    from docs_dir or from the folder of the configuration, where a file is there.

    Args:
        text: the page.
        page: its page path before the move.
        before: what is there before the move.
        move: the move.
    """
    here, there = posixpath.dirname(page), posixpath.dirname(move.file(page))
    for name, start in arguments(text):
        folders = ((here, there), ("", ""), (posixpath.relpath(".", before.below),) * 2)
        for folder, new_folder in folders:
            place = before.canonical(posixpath.join(folder, name))
            if place not in before.files:
                continue
            if before.canonical(posixpath.join(new_folder, name)) != move.file(place):
                yield len(_LINE_END.findall(text, 0, start)) + 1, name
            break


def in_metadata(files: Iterable[str], move: Move) -> Iterator[tuple[str, str, bool]]:
    """Yield each file of metadata for a folder, and each page that a move takes out of it or into it.

    Args:
        files: the page path of every file before the move.
        move: the move.

    Yields:
        The file's path afterwards, the page's, and whether it is for it then.
    """
    for path in sorted(file for file in files if posixpath.basename(file) == ".meta.yml"):
        folder, folder_now = (f"{posixpath.dirname(each)}/".lstrip("/") for each in (path, move.file(path)))
        for old, new in sorted(move.files.items()):
            was, now = old.startswith(folder), new.startswith(folder_now)
            if was != now and is_page_path(old):
                yield move.file(path), new, now


class InTemplates:
    """The addresses of what moves, as the site's own templates write them.

    Args:
        before: what is there before the move.
        move: the move.
    """

    def __init__(self, before: Docs, move: Move) -> None:
        self._before = before
        self._move = move
        self._old = {path: path for path in move.files}
        self._old |= {before.address(path).lstrip("/"): path for path in move.files}
        self._old |= {before.address(h.page).lstrip("/"): h.page for h in move.headings}
        names = "|".join(re.escape(name) for name in sorted(self._old, key=len, reverse=True) if name)
        base = "|".join(re.escape(each) for each in {before.site_url, before.resolver.base + "/"} if each)
        self._mention = re.compile(rf"""(?:["'(=\s]|\}}\}}/?|(?:{base}))({names})(?=["'#?)\s<]|$)""")
        self._plain = re.compile(rf"""(\{{\{{-?\s*(["']))({names})(#[^"'{{}}]*)?(\2\s*\|\s*url\s*-?\}}\}})""")
        self._any = bool(names)

    def __bool__(self) -> bool:
        return self._any

    def renamed(self, text: str) -> str:
        """Return a template in which each ``{{ 'address/' | url }}`` follows the move."""
        return self._plain.sub(self._new, text)

    def _new(self, found: re.Match[str]) -> str:
        meaning = LinkTarget("file", self._old[found[3]], unquote((found[4] or "")[1:]), "url")
        want = moved(meaning, self._move)
        address = self._before.address(want.place).lstrip("/") or "."
        fragment = want.hash if want.fragment != meaning.fragment else found[4] or ""
        return f"{found[1]}{address}{fragment}{found[5]}"

    def left(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the line and the name wherever a template still names what has moved."""
        for number, line in enumerate(text.splitlines(), 1):
            for name in self._mention.findall(line):
                # An address of which only an anchor moves is still right.
                if self._old[name] in self._move.files:
                    yield number, name

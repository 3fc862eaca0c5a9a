"""What is written for each host, to the letter, and what is said of it.

Other tests ask servers; here a slip shows that no request meets. ``written/HOST.txt`` is what is expected:
``python -m tests.unbroken.publish.hosts.test_written`` writes those files anew, for one to look at.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unbroken.publish.hosts.names import plan_of, source_of
from unbroken.findings.base import Place
from unbroken.model.plan import Plan
from unbroken.publish.hosts import HOSTS, Host, stub_of

HERE = Path(__file__).parent / "written"
PAGES = ("index.md", "new.md", "other.md", "größe.md", "v2/install.md")
#: What the site's authors wrote.
OWN = {
    "_redirects": "# ours\n/mine /there 302\n/all/* /there/:splat 302\n/more /there\n",
    "vercel.json": '{"redirects": [{"source": "/mine", "destination": "/there"}]}',
    "firebase.json": '{"hosting": {"redirects": [{"source": "/mine", "destination": "/", "type": 302}]}}',
    "staticwebapp.config.json": '{"routes": [{"route": "/mine", "redirect": "/there"}]}',
}


#: Every letter that means something to a language of theirs.
NASTY = [" a\"b'c.", "$1{x}%1", "(v)[w]^|", "*:splat", "#?%", "<s>&;`", "~@!+,=_-", "é中\xa0"]


def plans() -> dict[str, Plan]:
    """A site of each kind: at a root, below a path and with rules of its own, of files, nasty, empty."""
    few = [
        ("old.md", "new.md"),
        ("Old.md", "new.md"),
        ("x.pdf", "größe.md"),
        ("ext.md", "https://else.example/?b"),
    ]
    below = plan_of(
        few,
        [("v1/*", "v2/*")],
        ["/v1/a/"],
        ["gone.md", "x.md"],
        site_url="https://docs.example/a%20b/",
        pages=PAGES,
    )
    return {
        "at the root": plan_of(
            [*few, ("moved.md", "new.md#part"), ("split.md", "new.md"), ("split.md#part", "other.md#place")],
            [("v1/*", "v2/*"), ("mixed/*", "v2/*"), ("flat/*", "new.md#part")],
            ["/v1/install/", "/mixed/keep/", "/flat/one/"],
            ["gone.md"],
            pages=(*PAGES, "mixed/keep.md"),
        ),
        "below a path": replace(below, own=OWN, max_age=60),
        "pages in files": plan_of(
            [("old.md", "new.md"), ("old/x.html", "other.md#a?b"), ("was/index.md", "new.md")],
            [("part-*", "v2/*"), ("all/*", "https://else.example/*"), ("n/*", "index.md")],
            ["/part-one.html", "/all/x.html"],
            ["gone.md", "files/gone.pdf", "all/gone.md"],
            directory_urls=False,
            site_url="",
            pages=PAGES,
        ),
        "nasty names": plan_of(
            [
                (source_of(name), "new.md" if n % 2 else f"https://else.example/{n}")
                for n, name in enumerate(NASTY)
            ],
            [(source_of(f"{name}/").removesuffix(".md") + "*", "v2/*") for name in NASTY[:3]],
        ),
        "nothing": plan_of([]),
    }


def written(host: Host) -> str:
    """Everything that is written for one host, and said of it."""
    lines = []
    for title, plan in plans().items():
        lines += [f"=== {title}: {file.path}\n{file.content}" for file in host.files(plan)]
        said = [
            f"{each.code} {each.place}: {each.message}\n" for each in host.judge(plan, Place("mkdocs.yml", 9))
        ]
        stubs = [answer.source for answer in plan.answers if stub_of(plan, answer, [host])]
        lines += [f"=== {title}: findings\n", *said, f"=== {title}: stubs\n{' '.join(stubs)}\n"]
    return "".join(lines)


@pytest.mark.parametrize("name", HOSTS)
def test_every_letter_is_as_expected(name: str) -> None:
    assert written(HOSTS[name]) == (HERE / f"{name}.txt").read_bytes().decode()


def test_every_host_is_expected() -> None:
    assert {file.stem for file in HERE.iterdir()} == {*HOSTS}


if __name__ == "__main__":
    for name, host in HOSTS.items():
        (HERE / f"{name}.txt").write_bytes(written(host).encode())

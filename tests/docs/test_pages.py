"""Every listing and command of docs/using is executed, page by page, on a server of its own."""

from __future__ import annotations

import pytest

from harness import documents
from harness.server import Server

PAGES = sorted(documents.PAGES.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page, tmp_path):
    directory = tmp_path / "checkout"
    directory.mkdir()
    with Server(tmp_path / "server", shards=1) as server:
        assert documents.Reader(page, directory, server).follow() > 0


# ---- The reader finds what is wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("text, fault", [
    ("```sh\nfalse\n```\n", "page.md:1: it ends with status 1"),
    ("```sh\necho one\n```\n\n```text\ntwo\n```\n", "page.md:5: what is printed is another:\none"),
    ("x\n\n    indented\n", "page.md:3: a listing between ``` is run"),
    ("```\nx\n```\n", "page.md:1: a listing says which language it is in"),
    ("```cpp\nint x;\n```\n", "page.md:1: a listing in cpp is a file and has a name"),
    ("```text\nx\n```\n", "page.md:1: there is nothing before it that prints"),
    ("```sh\n", "page.md:1: the listing has no end"),
])
def test_faults(text, fault, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(text)
    directory = tmp_path / "checkout"
    directory.mkdir()
    with pytest.raises(documents.PageError, match="^" + documents.re.escape(fault)):
        documents.Reader(page, directory, Server(tmp_path / "server")).follow()


def test_what_a_page_shows_is_compared_up_to_blanks_and_dots(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```c one/a.c\nint a;\n```\n```sh\ncat one/a.c; echo; echo end of it\nls -d sdk\n```\n\n```text\nint a;\nend …\nsdk\n```\n"
                    "<!-- run\n```sh\ntrue\n```\n-->\n```sh not-run\nfalse\n```\n")
    directory = tmp_path / "checkout"
    directory.mkdir()
    assert documents.Reader(page, directory, Server(tmp_path / "server")).follow() == 4

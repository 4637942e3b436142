"""The listings of a page of documentation, and what happens when a reader follows them from the top to the end.

A listing is a fenced block. Its language says what is done with it; a word behind it, which file it is:

    cql              run by cqlsh against the page's server, in the keyspace of the last USE; an error is shown by the listing behind it
    sh               run by bash, which ends at the first command that fails
    text             what the listing before it printed; `…` stands for any text
    LANGUAGE FILE    written to FILE
    LANGUAGE not-run shown only: a page should have few of them

A listing in an HTML comment that begins with `run`, for what a reader has already or need not see, is run like others:

    <!-- run
    ```cql
    CREATE KEYSPACE …
    ```
    -->

Commands run in a directory that looks like the checkout, with `cqlsh` and `nacre` in the path and told by the environment where the server is.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.server import BINARY, ROOT, Server

PAGES = ROOT / "docs" / "using"
SECONDS_MAX = 300
USE = re.compile(r"^USE (\w+);", re.MULTILINE)
FENCE = re.compile(r"^```(?P<info>.*)$")


class PageError(AssertionError):
    """Something on the page is not as it says."""


@dataclass
class Listing:
    language: str
    rest: str  # a file's name, "not-run", or nothing
    text: str
    line: int


def listings(page: Path) -> list[Listing]:
    """Of a page on which every block of code is fenced."""
    found: list[Listing] = []
    opened: Listing | None = None
    was_blank = True
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if fence and opened is None:
            language, _, rest = fence["info"].strip().partition(" ")
            if not language:
                raise PageError(f"{page.name}:{number}: a listing says which language it is in")
            opened = Listing(language, rest.strip(), "", number)
        elif fence:
            found.append(opened)
            opened = None
        elif opened is not None:
            opened.text += line + "\n"
        elif was_blank and line.startswith("    ") and line.strip():
            raise PageError(f"{page.name}:{number}: a listing between ``` is run; one that is indented is not")
        was_blank = not line.strip()
    if opened is not None:
        raise PageError(f"{page.name}:{opened.line}: the listing has no end")
    return found


def normal(text: str) -> str:
    """Without blank lines and blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def matches(expected: str, got: str) -> bool:
    pattern = ".*?".join(re.escape(part) for part in normal(expected).split("…"))
    return re.fullmatch(pattern, normal(got), re.DOTALL) is not None


class Reader:
    """Follows a page in `directory`."""

    def __init__(self, page: Path, directory: Path, server: Server):
        self.page = page
        self.directory = directory
        self.server = server
        self.printed: str | None = None
        self.keyspace: list[str] = []
        self.programs = directory.parent / "programs"
        self.programs.mkdir()
        (self.programs / "nacre").symlink_to(BINARY)
        for entry in ROOT.iterdir():
            if entry.name != ".git":
                (directory / entry.name).symlink_to(entry)

    def follow(self) -> int:
        """How many listings were run."""
        count = 0
        every = listings(self.page)
        for listing, after in zip(every, [*every[1:], None]):
            if listing.rest == "not-run":
                self.printed = None
                continue
            try:
                self.step(listing, is_shown=after is not None and after.language == "text" and not after.rest)
            except PageError as error:
                raise PageError(f"{self.page.name}:{listing.line}: {error}") from None
            count += 1
        return count

    def step(self, listing: Listing, is_shown: bool) -> None:
        if listing.language == "text" and not listing.rest:
            if self.printed is None:
                raise PageError("there is nothing before it that prints")
            if not matches(listing.text, self.printed):
                raise PageError(f"what is printed is another:\n{normal(self.printed)}")
            self.printed = None
        elif listing.rest:
            path = self.directory / listing.rest
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(listing.text)
            self.printed = None
        elif listing.language == "cql":
            self.printed = self.run(["cqlsh", "--no-color", *self.keyspace], listing.text, may_fail=is_shown)
            for name in USE.findall(listing.text):
                self.keyspace = ["--keyspace", name]
        elif listing.language == "sh":
            self.printed = self.run(["bash", "-euo", "pipefail", "-c", listing.text])
        else:
            raise PageError(f"a listing in {listing.language} is a file and has a name")

    def run(self, command: list[str], given: str | None = None, may_fail: bool = False) -> str:
        environment = os.environ | {
            "PATH": f"{self.programs}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
            "NACRE_CONTACT": f"{self.server.host}:{self.server.port}",
            "CQLSH_HOST": self.server.host,
            "CQLSH_PORT": str(self.server.port),
        }
        done = subprocess.run(command, cwd=self.directory, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=SECONDS_MAX, env=environment, stdin=None if given is not None else subprocess.DEVNULL)
        if done.returncode != 0 and not may_fail:
            raise PageError(f"it ends with status {done.returncode}:\n{done.stdout}")
        return done.stdout

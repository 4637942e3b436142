"""CQL scripts: where one statement ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Statement:
    text: str
    line: int
    directives: set[str] = field(default_factory=set)


def split(script: str) -> list[Statement]:
    """The statements of a script, without their semicolons. A comment line `-- @word` before a
    statement is a directive for whoever runs it."""
    statements: list[Statement] = []
    directives: set[str] = set()
    start = position = 0
    in_statement = False

    def finish(end: int) -> None:
        nonlocal directives, in_statement
        text = script[start:end].strip()
        if text:
            line = script.count("\n", 0, start + script[start:end].index(text[0])) + 1
            statements.append(Statement(text, line, directives))
        directives = set()
        in_statement = False

    while position < len(script):
        rest = script[position : position + 2]
        if rest in ("--", "//"):
            end = script.find("\n", position)
            end = len(script) if end < 0 else end
            comment = script[position + 2 : end].strip()
            if comment.startswith("@"):
                directives.add(comment[1:])
            position = end
        elif rest == "/*":
            end = script.find("*/", position + 2)
            position = len(script) if end < 0 else end + 2
        elif rest == "$$":
            in_statement, start = True, start if in_statement else position
            end = script.find("$$", position + 2)
            position = len(script) if end < 0 else end + 2
        elif rest[0] in "'\"":
            in_statement, start = True, start if in_statement else position
            end = script.find(rest[0], position + 1)
            position = len(script) if end < 0 else end + 1
        elif rest[0] == ";":
            words = script[start:position].upper().split() if in_statement else []
            inside_batch = words[:1] == ["BEGIN"] and words[-2:] != ["APPLY", "BATCH"]
            if in_statement and not inside_batch:
                finish(position)
            position += 1
        else:
            if not rest[0].isspace() and not in_statement:
                in_statement, start = True, position
            position += 1
    if in_statement:
        finish(len(script))
    return statements

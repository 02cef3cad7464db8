"""`docs/benchmarks.md` by sections: each is measured, dated and replaced by itself."""

import re

HEAD = """# Benchmarks

Written by `make bench`; `python -m tests.benchmarks <name>` measures one section anew and leaves the others. Ours and
theirs are measured side by side in one run, so that a busy machine slows both: read the ratios, not the absolutes.
A dash means that there is nothing to compare with, or that the other program was not installed.
"""
TITLE = re.compile(r"(?m)^## ")
COMMAND = "`python -m tests.benchmarks "


def section(name: str, doc: str, table: str, measured: str) -> str:
    """One benchmark as it stands on the page; `measured` says when and on what.

    >>> print(section("at_rest", "Bytes a sample.", "| a table |", "2026-11-20, 2 cores"))
    ## at rest
    <BLANKLINE>
    Bytes a sample.
    <BLANKLINE>
    | a table |
    <BLANKLINE>
    `python -m tests.benchmarks at_rest`, 2026-11-20, 2 cores
    <BLANKLINE>
    """
    command = f"{COMMAND}{name}`, {measured}"
    return f"## {name.replace('_', ' ')}\n\n{doc.strip()}\n\n{table}\n\n{command}\n"


def replaced(page: str, sections: list[str]) -> str:
    """The page with these sections in the place of older ones of the same title, by title; the rest as it was.

    What a person has written below a table stays.

    >>> page = replaced("", ["## b\\n\\nold\\n", "## c\\n\\nkept\\n"])
    >>> page = replaced(page, ["## b\\n\\nnew\\n", "## a\\n\\nadded\\n"])
    >>> print(page.removeprefix(HEAD).strip())
    ## a
    <BLANKLINE>
    added
    <BLANKLINE>
    ## b
    <BLANKLINE>
    new
    <BLANKLINE>
    ## c
    <BLANKLINE>
    kept
    """
    by_title = {title_of(text): text for text in (f"## {part.strip()}\n" for part in TITLE.split(page)[1:])}
    for text in sections:
        by_title[title_of(text)] = with_note(text, note_of(by_title.get(title_of(text), "")))
    return "\n".join([HEAD, *(by_title[title] for title in sorted(by_title))])


def title_of(text: str) -> str:
    return text.split("\n", 1)[0]


def note_of(text: str) -> str:
    """What stands between the table of a section and its command.

    >>> note_of("## a\\n\\n| 1 |\\n| 2 |\\n\\nMeasured at night.\\n\\n`python -m tests.benchmarks a`, today\\n")
    'Measured at night.'
    """
    return text.rpartition(COMMAND)[0].rpartition("|\n")[2].strip()


def with_note(text: str, note: str) -> str:
    before, _, behind = text.rpartition(COMMAND)
    return f"{before}{note}\n\n{COMMAND}{behind}" if note else text

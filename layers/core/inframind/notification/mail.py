"""A notice as an e-mail through SNS: a subject of at most 100 printable ASCII characters, and plain text."""

from inframind.notification import wording
from inframind.notification.notices import Notice

SUBJECT = 100
TEXT = 200_000  # bytes; SNS takes 256 KB


def mail(notice: Notice, link: str | None = None) -> tuple[str, str]:
    """Subject and text."""
    lines = [
        wording.headline(notice),
        "",
        *(f"{name}: {text}" for name, text in wording.facts(notice.incident).items()),
    ]
    for part in wording.parts(notice):
        lines += ["", part.title, *part.lines]
    lines += ["", *([link] if link else []), f"InfraMind, incident {notice.incident.id}"]
    return subject(wording.headline(notice)), wording.clip_bytes("\n".join(lines), TEXT)


def digest(count: int, lines: list[str]) -> tuple[str, str]:
    """Subject and text for the many notices of a storm."""
    return subject(f"InfraMind: {count} notices in a storm"), wording.clip_bytes("\n".join(lines), TEXT)


def subject(text: str) -> str:
    """The text as SNS takes subjects: printable ASCII, beginning with a letter or figure, at most 100 characters.

    >>> subject("🔴 CRITICAL · checkout is slow")
    'CRITICAL - checkout is slow'
    """
    ascii_only = "".join(one if " " <= one <= "~" else "" for one in text.replace("·", "-").replace("…", "..."))
    return ascii_only.lstrip(" -!.,:;\"'()[]{}<>#*").strip()[:SUBJECT].strip() or "InfraMind"

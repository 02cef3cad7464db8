"""A notice as an e-mail through SNS: a subject of at most 100 printable ASCII characters, and plain text.

SNS gives every e-mail a `Message-ID` of its own, so the notice's id stands in the last line: the same when sent again.
"""

from inframind.notification import wording
from inframind.notification.notices import Notice
from inframind.notification.webhook import notice_id

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
    last = [*([link] if link else []), f"InfraMind, incident {notice.incident.id}, notice {notice_id(notice)}"]
    return subject(wording.headline(notice)), _text(lines, last)


def digest(digest_id: str, lines: list[str]) -> tuple[str, str]:
    """Subject and text for the many notices of a storm."""
    return subject(f"InfraMind: {len(lines)} notices in a storm"), _text(lines, [f"InfraMind, digest {digest_id}"])


def subject(text: str) -> str:
    """The text as SNS takes subjects: printable ASCII, beginning with a letter or figure, at most 100 characters.

    >>> subject("🔴 CRITICAL · checkout is slow")
    'CRITICAL - checkout is slow'
    """
    ascii_only = "".join(one if " " <= one <= "~" else "" for one in text.replace("·", "-").replace("…", "..."))
    return ascii_only.lstrip(" -!.,:;\"'()[]{}<>#*").strip()[:SUBJECT].strip() or "InfraMind"


def _text(lines: list[str], last: list[str]) -> str:
    return "\n".join([wording.clip_bytes("\n".join(lines), TEXT), "", *last])

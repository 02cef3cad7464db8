"""The bootstrap admin key: given by the person, or made on the first start and kept in the data folder."""

import os
import secrets
from pathlib import Path

from infra.local.settings import KEY_FORM, Refused


def new_token() -> str:
    """A fresh `im_<id>_<secret>`, the form that the platform mints itself: 6 and 24 random bytes."""
    return f"im_{secrets.token_hex(6)}_{secrets.token_urlsafe(24)}"


def kept_token(path: Path) -> str:
    """The key in `path`, made there (readable by its owner alone) when there is none."""
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(new_token() + "\n")
        unfinished.replace(path)
    token = path.read_text().strip()
    if not KEY_FORM.fullmatch(token):
        raise Refused(f"{path} holds no key. Delete it and start again: a new one is made")
    return token

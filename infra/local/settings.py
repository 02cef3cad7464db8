"""What can be chosen about a local run, read from the environment once."""

import json
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A person's own key may have any form that fits in a header.
KEY_FORM = re.compile(r"[!-~]{1,512}")


class Refused(Exception):
    """The run cannot start; the message is the one line a person reads, with the remedy in it."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Settings:
    """One local run: where it listens, where it keeps data, which interpreters it uses."""

    port: int
    data_dir: Path
    template: Path
    save_every_s: float
    key: str | None
    engine_python: Path
    functions_python: Path
    stop_at_eof: bool = False
    parameters: str = ""

    @property
    def state_dir(self) -> Path:
        return self.data_dir / "state"

    @property
    def tmp_dir(self) -> Path:
        return self.data_dir / "tmp"

    @property
    def key_file(self) -> Path:
        return self.data_dir / "key"

    @property
    def run_file(self) -> Path:
        """What other programs may know of the run that is up: its pid, URL, engine endpoint and stack outputs."""
        return self.data_dir / "run.json"

    @property
    def lock_file(self) -> Path:
        return self.data_dir / "lock"

    def run_url(self) -> str | None:
        """Where the run on this data folder is, if one is up and open."""
        try:
            return str(json.loads(self.run_file.read_text())["url"])
        except OSError:
            return None

    @property
    def log_file(self) -> Path:
        return self.data_dir / "engine.log"


def read_settings(environ: dict[str, str]) -> Settings:
    """The settings of this run; refuses values that cannot be meant (exit status 2)."""
    return Settings(
        port=read_port(environ.get("PORT") or "8080"),
        data_dir=Path(environ.get("DATA_DIR") or ROOT / ".data").expanduser().resolve(),
        template=Path(environ.get("TEMPLATE") or ROOT / "template.yaml").resolve(),
        save_every_s=read_seconds(environ.get("SAVE_EVERY_S") or "3"),
        key=read_key(environ.get("INFRAMIND_API_KEY", "")),
        engine_python=Path(environ.get("ENGINE_PYTHON") or ROOT / ".venv/engine/bin/python"),
        functions_python=Path(environ.get("FUNCTIONS_PYTHON") or ROOT / ".venv/functions/bin/python"),
        stop_at_eof=environ.get("STOP_AT_EOF") == "1",
        parameters=read_parameters(environ.get("PARAMETERS", "")),
    )


def read_parameters(text: str) -> str:
    """Parameters of the template as `sam deploy` takes them: `Name=value`, with quotes around blanks."""
    try:
        pairs = shlex.split(text)
    except ValueError as error:
        raise Refused(f"PARAMETERS cannot be read: {error}", 2) from error
    unnamed = [pair for pair in pairs if not pair.partition("=")[0].isalnum() or "=" not in pair]
    if unnamed:
        raise Refused(f"PARAMETERS holds {unnamed[0]}, which is not Name=value, as in PARAMETERS='LogLevel=INFO'", 2)
    return text


def demo_command(settings: Settings) -> str:
    """What feeds the demonstration to this run, whose port and usual key it finds in the data folder."""
    chosen = [f"DATA_DIR={shlex.quote(str(settings.data_dir))}"] if settings.data_dir != ROOT / ".data" else []
    chosen += [f"INFRAMIND_API_KEY={shlex.quote(settings.key)}"] if settings.key else []
    return " ".join(["make demo", *chosen])


def read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Refused(f"PORT={text} is not a port: choose a number from 1 to 65535, for example PORT=8080", 2)
    return int(text)


def read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise Refused(f"SAVE_EVERY_S={text} is not between 0.1 and 3600 seconds", 2)
    return seconds


def read_key(text: str) -> str | None:
    if not text:
        return None
    if not KEY_FORM.fullmatch(text):
        raise Refused(
            "INFRAMIND_API_KEY must be at most 512 printable characters without blanks; leave it out to have one made",
            2,
        )
    return text


def child_environ(environ: dict[str, str], settings: Settings) -> dict[str, str]:
    """The whole environment of the host, and through it of every function: chosen, nothing of the user's leaks in."""
    tmp = str(settings.tmp_dir)
    return {
        "PATH": os.defpath,
        "HOME": tmp,
        "TMPDIR": tmp,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **{name: environ[name] for name in ("TERM", "NO_COLOR") if name in environ},
    }


def host_environ(environ: dict[str, str], settings: Settings) -> dict[str, str]:
    """`child_environ` plus what the host itself reads and then removes."""
    chosen = {
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir),
        "TEMPLATE": str(settings.template),
        "SAVE_EVERY_S": str(settings.save_every_s),
        "INFRAMIND_API_KEY": settings.key or "",
        "ENGINE_PYTHON": str(settings.engine_python),
        "FUNCTIONS_PYTHON": str(settings.functions_python),
        "STOP_AT_EOF": "1" if settings.stop_at_eof else "",
        "PARAMETERS": settings.parameters,
        "PYTHONPATH": str(ROOT),
    }
    return child_environ(environ, settings) | chosen

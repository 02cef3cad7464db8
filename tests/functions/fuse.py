"""Ways for adapters to fail in the middle of a handler's work."""

from collections.abc import Callable
from functools import partial
from typing import Any


class Killed(BaseException):
    """The process ends here and now: nothing catches this."""


class Fuse:
    """Calls through to an adapter; the call with the chosen number fails, before or after it has had its effect."""

    def __init__(self, at: int = -1, failure: BaseException | None = None, *, after: bool = False) -> None:
        self.calls = 0
        self._at, self._failure, self._after = at, failure, after

    def around(self, adapter: Any) -> Any:
        """The adapter, through the fuse."""
        return _Fused(adapter, self)

    def call(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """One call of an adapter."""
        self.calls += 1
        blows = self.calls - 1 == self._at and self._failure is not None
        if blows and not self._after:
            raise self._failure  # type: ignore[misc]
        answer = work(*arguments)
        if blows:
            raise self._failure  # type: ignore[misc]
        return answer


class _Fused:
    def __init__(self, adapter: Any, fuse: Fuse) -> None:
        self._adapter, self._fuse = adapter, fuse

    def __getattr__(self, name: str) -> Any:
        work = getattr(self._adapter, name)
        return lambda *arguments, **named: self._fuse.call(partial(work, **named), arguments)

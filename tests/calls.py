"""Which functions of flaskadmin.py a request runs, and how deep they are nested: what a reader must follow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import flaskadmin

UNNAMED = {"<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>", "<lambda>"}


@dataclass
class Calls:
    """The functions that ran, each with how often, and the longest chain of them that was active at once."""

    counts: dict[CodeType, int] = field(default_factory=dict)
    deepest: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Their names, in the order in which they were first called."""
        return [code.co_qualname for code in self.counts]


@contextmanager
def traced() -> Iterator[Calls]:
    """Note the named functions of flaskadmin.py that this thread runs."""
    found, active = Calls(), list[CodeType]()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if code.co_filename != flaskadmin.__file__ or code.co_name in UNNAMED:
            return
        if event == "call":
            active.append(code)
            found.counts[code] = found.counts.get(code, 0) + 1
            if len(active) > len(found.deepest):
                found.deepest = [one.co_qualname for one in active]
        elif event == "return" and active and active[-1] is code:
            active.pop()

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)

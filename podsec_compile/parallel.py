"""Work on a long input in several processes, in order and in bounded memory.

Processes are forked, where that is possible, and so have what was made before; each is handed the next part only when
its last answer has been taken. A short input, which costs less than a process, is worked on here.
"""

from __future__ import annotations

import os
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

_Part = TypeVar("_Part")
_Answer = TypeVar("_Answer")


def processes() -> int:
    """Give how many processes pay on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") and hasattr(os, "fork") else 1


def mapped(work: Callable[[_Part], _Answer], parts: Iterable[_Part], *, count: int, few: int) -> Iterator[_Answer]:
    """Give the answer to each part, in their order, by as many processes; up to a few parts are worked on here."""
    parts = iter(parts)
    first = list(islice(parts, few + 1))
    if len(first) <= few or count < 2:
        yield from map(work, chain(first, parts))
        return
    from multiprocessing import get_context  # what few inputs need

    context = get_context("fork")
    workers: list[tuple[BaseProcess, Connection]] = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            inherited = [*(pipe for _, pipe in workers), ours]
            process: BaseProcess = context.Process(target=_serve, args=(work, theirs, inherited), daemon=True)
            process.start()
            theirs.close()
            workers.append((process, ours))
        yield from _handed_out(chain(first, parts), [ours for _, ours in workers])
    finally:
        for process, _ in workers:
            process.kill()  # it waits for a part, or for its answer to be taken, which is no more wanted
            process.join()


def _handed_out(parts: Iterator[_Part], pipes: list[Connection]) -> Iterator[Any]:
    waiting: list[Connection] = []
    idle = list(pipes)
    for part in parts:
        if not idle:
            pipe = waiting.pop(0)
            answer = _answer(pipe)
            pipe.send(part)
            waiting.append(pipe)
            yield answer
        else:
            pipe = idle.pop(0)
            pipe.send(part)
            waiting.append(pipe)
    for pipe in waiting:
        yield _answer(pipe)


def _answer(pipe: Connection) -> Any:
    wrong, answer = pipe.recv()
    if wrong:
        raise RuntimeError(answer)
    return answer


def _serve(work: Callable[[_Part], _Answer], pipe: Connection, inherited: list[Connection]) -> None:
    for one in inherited:
        one.close()  # so that the end of the process that asks is the end of this one
    while True:
        try:
            part = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((False, work(part)))
        except Exception as wrong:  # it is raised where the answer is read
            pipe.send((True, f"{type(wrong).__name__}: {wrong}"))

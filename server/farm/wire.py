"""How one value travels between the server and one worker: a small frame on a socket, bulk in a shared file.

Both ends hold a stream socket and an anonymous file in memory (the *exchange*). A value is pickled with every large
`bytes` taken out; these go into the exchange as they are, and only their sizes go into the frame. A picture of 2 MB
thus costs one write by the worker and one read by the server, in one step each: no second copy inside a pickle, no
dozens of wake-ups to move it through a socket buffer. The exchange needs no lock because a worker holds one job at a
time: the server writes before it sends the request, and the worker writes only after it has read all of it.

The first page of the exchange holds the number of the job that the worker started last, so that the server can tell
a job that killed its worker from one that the worker never saw.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

_SPILL_BYTES = 16 * 1024  # bytes objects of this size leave the pickle
_INLINE_LIMIT = 4096  # pickles above this go through the exchange, so that a frame always fits the socket buffer
_DATA_OFFSET = 4096  # the first page is for the started mark
_KEEP_BYTES = 8 * 1024 * 1024  # an exchange that grew above this gives its memory back after the message

_LENGTH = struct.Struct("<I")
_SEQUENCE = struct.Struct("<Q")


class Kind(IntEnum):
    """What a frame says."""

    READY = 0  # worker: initialised; the value is None
    BROKEN = 1  # worker: could not initialise; the value is the traceback's text
    REQUEST = 2  # server: run the task on the value
    RESULT = 3  # worker: the value is the task's result
    ERROR = 4  # worker: the value is a Failure


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it is written on the socket.

    `sequence` is the job's number, `rss` the worker's resident memory in bytes, `segments` the sizes of what lies in
    the exchange. `inline` is the pickled value; None if the pickle itself is the exchange's first segment.
    """

    kind: Kind
    sequence: int
    rss: int
    inline: bytes | None
    segments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the task: itself as a pickle of its own (None if it has none), and its description in words."""

    pickled: bytes | None
    kind: str
    message: str
    traceback: str


class _SpillingPickler(pickle.Pickler):
    """Takes large bytes out of the pickle; `persistent_id` is the one hook that sees exact `bytes` objects."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.spilled: list[bytes] = []

    def persistent_id(self, obj: object) -> int | None:
        if type(obj) is not bytes or len(obj) < _SPILL_BYTES:
            return None
        self.spilled.append(obj)
        return len(self.spilled) - 1


class _SpillingUnpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, spilled: Sequence[bytes]) -> None:
        super().__init__(file)
        self._spilled = spilled

    def persistent_load(self, pid: int) -> bytes:
        return self._spilled[pid]


class Exchange:
    """The shared anonymous file of one worker."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def mark_started(self, sequence: int) -> None:
        """Say, from the worker, that the job has been read and now runs."""
        os.pwrite(self.descriptor, _SEQUENCE.pack(sequence), 0)

    def has_started(self, sequence: int) -> bool:
        """Whether the worker marked this job as started."""
        return os.pread(self.descriptor, _SEQUENCE.size, 0) == _SEQUENCE.pack(sequence)

    def write(self, segments: Sequence[bytes]) -> None:
        """Put the segments one after the other behind the first page."""
        offset = _DATA_OFFSET
        for segment in segments:
            view = memoryview(segment)
            while view:
                written = os.pwrite(self.descriptor, view, offset)
                offset += written
                view = view[written:]

    def read(self, sizes: Sequence[int]) -> list[bytes]:
        """The segments of a message; gives the file's memory back if they were unusually large."""
        offset = _DATA_OFFSET
        segments = []
        for size in sizes:
            segments.append(self._read_at(size, offset))
            offset += size
        if offset > _KEEP_BYTES:
            os.ftruncate(self.descriptor, _DATA_OFFSET)
        return segments

    def _read_at(self, size: int, offset: int) -> bytes:
        segment = os.pread(self.descriptor, size, offset)
        while len(segment) < size:  # the kernel moves at most 2 GiB in one call
            more = os.pread(self.descriptor, size - len(segment), offset + len(segment))
            if not more:
                raise EOFError("the exchange file is shorter than its message")
            segment += more
        return segment

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.descriptor)


def pack(exchange: Exchange, kind: Kind, sequence: int, value: object, rss: int = 0) -> bytes:
    """Pickle `value` and return the frame to send; its bulk is already in the exchange. Raises what pickling raises."""
    file = io.BytesIO()
    pickler = _SpillingPickler(file)
    pickler.dump(value)
    pickled = file.getvalue()
    inline = pickled if len(pickled) <= _INLINE_LIMIT else None
    segments = pickler.spilled if inline is not None else [pickled, *pickler.spilled]
    exchange.write(segments)
    frame = Frame(kind, sequence, rss, inline, tuple(map(len, segments)))
    body = pickle.dumps((int(kind), sequence, rss, inline, frame.segments), protocol=5)
    return _LENGTH.pack(len(body)) + body


def unpack(exchange: Exchange, frame: Frame) -> object:
    """The value of a frame. Must be called before the next message is written to the exchange."""
    segments = exchange.read(frame.segments)
    pickled = segments.pop(0) if frame.inline is None else frame.inline
    return _SpillingUnpickler(io.BytesIO(pickled), segments).load()


class FrameReader:
    """Cuts frames out of a byte stream."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take what the socket gave and return the frames that are complete."""
        self._pending += data
        frames = []
        while len(self._pending) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._pending)[0]
            if len(self._pending) < end:
                break
            kind, sequence, rss, inline, segments = pickle.loads(self._pending[_LENGTH.size : end])  # noqa: S301 - our own child
            frames.append(Frame(Kind(kind), sequence, rss, inline, segments))
            del self._pending[:end]
        return frames

"""The largest batch that fits, found by doubling."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.interface.errors import BenchError
from bench.profile.memory import device_peak, forget_device_peak, forget_host_peak, host_peak
from bench.profile.timing import Step

WINDOWS_AT_ONCE = 128
"""Windows of a fixed length that are read together, where many cover a sequence."""
TOO_FEW = "Expected more than 1 value per channel"
"""What torch says where a batch is normalised that holds one sequence."""


class TooFewSequencesError(BenchError):
    """A batch is normalised over its sequences, and there is but one."""

    def __init__(self) -> None:
        super().__init__("normalises over the sequences of a batch: one is too few")


class OutOfDeviceMemoryError(Exception):
    """The device has no memory for the batch."""


@dataclass(slots=True)
class Trials:
    """Batches that were tried.

    Attributes:
        seconds: of one step by sequences at once.
        ended_by: what a larger batch would not fit: `memory`, `time` or another limit.
        ran_out: whether a step failed for want of memory.
    """

    seconds: dict[int, float] = field(default_factory=dict)
    ended_by: str = ""
    ran_out: bool = False

    @property
    def largest(self) -> int:
        """The largest that fits; 0 where none does."""
        return max(self.seconds, default=0)


@dataclass(frozen=True, slots=True)
class Room:
    """What a batch has to fit in."""

    device: str
    host_bytes: int
    seconds: float
    """Longest step."""
    most: int = 1 << 16
    """Sequences beyond which more at once change nothing."""
    always_cold: bool = False
    """Whether the first step of every batch takes longer, and not of the first alone."""


def try_batches(
    step_of: Callable[[int], Step], clock: Callable[[Step], float], room: Room
) -> Trials:
    """Take a step with 1, 2, 4 ... sequences, until twice as many would not fit.

    On a GPU memory is full when torch says so. On a host, whose system would end the process, what
    twice as many take is told from the last two.

    Raises:
        OutOfDeviceMemoryError: not even one sequence fits.
    """
    trials = Trials()
    peaks: list[int] = []
    size = 1
    while True:
        forget_device_peak(room.device)
        forget_host_peak()
        try:
            if not trials.seconds or room.always_cold:
                clock(step_of(size))
            trials.seconds[size] = clock(step_of(size))
        except TooFewSequencesError:
            if size > 1:
                raise
            size = 2
            continue
        except (RuntimeError, MemoryError) as error:
            if not trials.seconds:
                if is_out_of_memory(error):
                    raise OutOfDeviceMemoryError(_first_line(error)) from error
                raise
            # Huge batches meet other limits of libraries, too, which are no fault of the model.
            trials.ran_out = is_out_of_memory(error)
            trials.ended_by = "memory" if trials.ran_out else f"an error: {error}"
            break
        peaks.append((device_peak(room.device) or host_peak()) or 0)
        if room.device == "cpu" and _next_peak(peaks) > room.host_bytes:
            trials.ended_by = "memory"
        elif 2 * trials.seconds[size] > room.seconds:
            trials.ended_by = "time"
        elif 2 * size > room.most:
            trials.ended_by = f"{room.most} sequences"
        if trials.ended_by:
            break
        size *= 2
    # What a failed step leaves in cycles of references would take the room of the others.
    gc.collect()
    forget_device_peak(room.device)
    return trials


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["out of memory"])[0]


def _next_peak(peaks: list[int]) -> int:
    """Return what twice as many sequences take: twice what the last doubling added."""
    return peaks[-1] + 2 * (peaks[-1] - peaks[-2]) if len(peaks) > 1 else 2 * peaks[-1]


NO_MEMORY = ("out of memory", "can't allocate memory", "ALLOC_FAILED")
"""What torch and the libraries below it say where there is no memory left."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch, a library below it or the system had no memory left."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)

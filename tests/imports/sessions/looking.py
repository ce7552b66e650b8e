"""Looks at everything that hangs on an object, to find what must be nowhere."""

from __future__ import annotations

import gc
from array import array
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType, ModuleType

CANARY = "ZZCANARY"

_NOT_OURS = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, CodeType, FrameType)


def holds_canary(*objects: object) -> bool:
    """Return whether a canary stands in any text or bytes that can be reached from objects."""
    waiting, met = list(objects), set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in met or isinstance(one, _NOT_OURS):
            continue
        met.add(id(one))
        if _is_one(one) or CANARY in repr(one):
            return True
        waiting.extend(gc.get_referents(one))
    return False


def _is_one(one: object) -> bool:
    if isinstance(one, array):
        return CANARY.encode() in one.tobytes()
    if isinstance(one, bytes | bytearray):
        return CANARY.encode() in one
    return isinstance(one, str) and CANARY in one

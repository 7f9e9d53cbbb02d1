"""The access matrix: persona x account type x capability -> allow, approve or deny, as data that an auditor reads."""

from foundation.access.matrix import FILE, Cell, Effect, Matrix, current, load

__all__ = ["FILE", "Cell", "Effect", "Matrix", "current", "load"]

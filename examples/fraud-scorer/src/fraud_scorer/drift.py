"""Population stability index of a feature against the sample the model was trained on."""
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping

FLOOR = 1e-4


def shares(values: Iterable, edges: list[float] | None) -> dict[str, float]:
    """Share of each category, or of each bin when `edges` is given."""
    names = [str(value) if edges is None else str(bisect_right(edges, value)) for value in values]
    total = len(names)
    return {name: count / total for name, count in sorted(Counter(names).items())}


def psi(reference: Mapping[str, float], current: Mapping[str, float]) -> float:
    total = 0.0
    for name in sorted({*reference, *current}):
        expected = max(reference.get(name, 0.0), FLOOR)
        actual = max(current.get(name, 0.0), FLOOR)
        total += (actual - expected) * math.log(actual / expected)
    return total

from dataclasses import *
@dataclass(order=True, frozen=True)
class P:
    x: int
    y: int = 0
    z: list = field(default_factory=list, compare=False)
print(sorted([P(2), P(1, 5)]), replace(P(1), y=3), asdict(P(1)))
P(1).x = 2

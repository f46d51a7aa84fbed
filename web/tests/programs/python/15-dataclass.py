from dataclasses import dataclass, field
from enum import Enum
from typing import List


class Colour(Enum):
    RED = 1


@dataclass(order=True)
class Item:
    weight: int
    name: str = "x"
    tags: List[str] = field(default_factory=list)


print(sorted([Item(2, "b"), Item(1, "a", ["t"])]), Colour.RED)
match Item(3):
    case Item(weight=w):
        print("weight", w)

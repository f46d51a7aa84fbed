from __future__ import annotations
import typing
x: int = 1
def f(a: list[int] | None = None) -> str: ...
print(__annotations__, f.__annotations__, typing.get_type_hints(f))

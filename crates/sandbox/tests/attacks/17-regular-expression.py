# attack: one call of the interpreter that does not end
# expect: cpu_time_exceeded
# stopped-by: supervisor
import re

re.match(r"(a*)*b", "a" * 50)

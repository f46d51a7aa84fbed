# finds: dynamic_code
import builtins
builtins.exec('x = 1')

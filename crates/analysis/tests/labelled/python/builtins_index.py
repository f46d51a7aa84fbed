# finds: dynamic_code
__builtins__['eval']('1')

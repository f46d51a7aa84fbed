# finds: dynamic_code
exec('x = 1')

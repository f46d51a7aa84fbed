-- Rates of requests: rate:NAME holds the microsecond at which a quota is whole again.

-- NAME COUNT PERIOD (microseconds) -> {remaining, microseconds until a refused request is allowed}
function functions.count_request(name, count, period)
  local now, interval = micros(), period / count
  local key = P .. 'rate:' .. name .. ':' .. count .. '/' .. period
  local whole_at = math.max(now, tonumber(call('GET', key) or 0))
  -- The clock was set back: nobody waits for it.
  if whole_at > now + period + interval then
    whole_at = now
  end
  local next_at = whole_at + interval
  if next_at - now > period + 0.5 then
    return {0, math.ceil(next_at - now - period)}
  end
  call('SET', key, text(next_at), 'PX', math.max(math.ceil((next_at - now) / 1000), 1))
  return {math.floor((now + period - next_at) / interval + 0.5), 0}
end

-- Leases: they end without the heartbeats of their workers.

-- Renews leases; returns those that are lost.
function functions.renew(...)
  local lost = {}
  for _, token in ipairs({...}) do
    if call('HEXISTS', P .. 'leased', token) == 1 then
      call('XCLAIM', P .. 'tokens', GROUP, 'worker', 0, token, 'JUSTID')
    else
      lost[#lost + 1] = token
    end
  end
  return lost
end

-- Milliseconds that a clock may lose while it is adjusted gradually.
local SLEWED = 500

-- Restarts all timeouts of AGE milliseconds after the clock was set back, or nothing would time out for
-- as long; and after nobody could look for most of a timeout: Redis was away, or its clock was set
-- forward. Workers that live have to have their turn for a heartbeat first.
local function restart_timeouts(age)
  local now, last = millis(), tonumber(call('GET', P .. 'clock') or 0)
  call('SET', P .. 'clock', text(now))
  if now + SLEWED >= last and (now - last) * 3 <= age * 2 then
    return
  end
  for _, pending in ipairs(call('XPENDING', P .. 'tokens', GROUP, '-', '+', 10000)) do
    call('XCLAIM', P .. 'tokens', GROUP, 'worker', 0, pending[1], 'JUSTID')
  end
  for _, worker in ipairs(call('ZRANGE', P .. 'seen', 0, -1)) do
    call('ZADD', P .. 'seen', now, worker)
  end
  local places = call('ZRANGE', P .. 'reserved', 0, -1, 'WITHSCORES')
  for at = 1, #places, 2 do
    call('ZADD', P .. 'reserved', places[at + 1] - last + now, places[at])
  end
  call('DEL', P .. 'pulse', P .. 'far_pulse', P .. 'recovered')
end

local function forget_silent_workers(timeout)
  local silent = call('ZRANGEBYSCORE', P .. 'seen', '-inf', millis() - timeout)
  for _, worker in ipairs(silent) do
    call('ZREM', P .. 'seen', worker)
    call('HDEL', P .. 'workers', worker)
    call('HDEL', P .. 'capacity', worker)
  end
  return #silent
end

-- Puts back the jobs of leases without a heartbeat for AGE milliseconds; returns how many.
function functions.reclaim(age)
  ensure_group()
  restart_timeouts(tonumber(age))
  local claimed = call('XAUTOCLAIM', P .. 'tokens', GROUP, 'nobody', age, '0', 'COUNT', 100, 'JUSTID')
  for _, token in ipairs(claimed[2]) do
    local id = call('HGET', P .. 'leased', token)
    if id then
      put_back(token, id)
    else
      -- Its reader died before it was bound: the job still waits, and needs a token.
      drop(token)
      new_token()
    end
  end
  repair_admitted()
  return #claimed[2] + forget_silent_workers(tonumber(age))
end

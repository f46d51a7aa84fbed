-- Reserved places: a submission has one before it is stored.

local function expire_reserved(now)
  for _, place in ipairs(call('ZRANGEBYSCORE', P .. 'reserved', '-inf', now, 'LIMIT', 0, 100)) do
    call('ZREM', P .. 'reserved', place)
    local address, user = string.match(string.sub(place, 38), '^([^|]*)|(.*)$')
    if user then
      count(user, address, -1)
    end
  end
end

-- PLACE USER ADDRESS MAX RESERVED_FROM MAX_OF_USER MAX_OF_ADDRESS MILLIS -> 0, or what is full:
-- 1 the queue, 2 the user's share, 3 the address's. From RESERVED_FROM on only addresses with nothing
-- waiting have a place.
function functions.reserve(place, user, address, max, reserved_from, max_of_user, max_of_address, ttl)
  local now = millis()
  expire_reserved(now)
  local places = tonumber(call('GET', P .. 'waiting') or 0) + call('ZCARD', P .. 'reserved')
  local of_address = tonumber(call('HGET', P .. 'of_address', address) or 0)
  if places >= tonumber(max) or (places >= tonumber(reserved_from) and of_address > 0) then
    return 1
  end
  if tonumber(call('HGET', P .. 'of_user', user) or 0) >= tonumber(max_of_user) then
    return 2
  end
  if address ~= '-' and of_address >= tonumber(max_of_address) then
    return 3
  end
  call('ZADD', P .. 'reserved', now + tonumber(ttl), place .. '|' .. address .. '|' .. user)
  count(user, address, 1)
  return 0
end

function functions.cancel(place, user, address)
  if call('ZREM', P .. 'reserved', place .. '|' .. address .. '|' .. user) == 1 then
    count(user, address, -1)
  end
end

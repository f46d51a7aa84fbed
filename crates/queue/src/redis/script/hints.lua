-- Hints: what somebody may ask for soon.

function functions.hint(user, hint, most, ttl)
  call('SET', P .. 'hint:' .. user, hint, 'PX', ttl)
  call('ZADD', P .. 'hints', micros(), user)
  while call('ZCARD', P .. 'hints') > tonumber(most) do
    call('DEL', P .. 'hint:' .. call('ZPOPMIN', P .. 'hints')[1])
  end
  call('LPUSH', P .. 'hint_bell', 1)
  call('LTRIM', P .. 'hint_bell', 0, 63)
end

-- Puts a hint before all others, unless its user has a newer one.
function functions.return_hint(user, hint, ttl)
  if call('ZADD', P .. 'hints', 'NX', 0, user) == 1 then
    call('SET', P .. 'hint:' .. user, hint, 'PX', ttl)
    call('LPUSH', P .. 'hint_bell', 1)
  end
end

-- Forgets the hint of a user.
function functions.forget_hint(user)
  call('ZREM', P .. 'hints', user)
  call('DEL', P .. 'hint:' .. user)
end

-- Returns a hint; false if there is none, '' while the workers are busy.
function functions.take_hint()
  while true do
    local user = call('ZRANGE', P .. 'hints', 0, 0)[1]
    if not user then
      return false
    end
    local now = load()
    if now[1] > 0 or now[2] >= now[3] then
      return ''
    end
    call('ZREM', P .. 'hints', user)
    local hint = call('GET', P .. 'hint:' .. user)
    call('DEL', P .. 'hint:' .. user)
    -- It may have expired.
    if hint then
      return hint
    end
  end
end

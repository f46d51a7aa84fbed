-- Rooms: values that are kept for a time, the oldest of which go first where there is no room left;
-- of the same owner if it is the owner's share that is full. `kept` has runs, `answer` has answers to
-- requests that may be sent again.

local function forget(room, id)
  local name = P .. room
  call('DEL', name .. ':' .. id)
  local info = call('HGET', name .. '_info', id)
  if not info then
    return
  end
  local size, owner = string.match(info, '^(%d+)|(.*)$')
  call('HDEL', name .. '_info', id)
  call('ZREM', name .. '_order', id)
  call('ZREM', name .. '_of:' .. owner, id)
  call('ZREM', name .. '_ends', id)
  add_to(room .. '_bytes', owner, 0 - size)
  call('DECRBY', name .. '_total', size)
end

local function forget_expired(room)
  local ends = P .. room .. '_ends'
  for _, id in ipairs(call('ZRANGEBYSCORE', ends, '-inf', millis(), 'LIMIT', 0, 1000)) do
    forget(room, id)
  end
end

-- Makes room for SIZE bytes of an owner. LIMITS: bytes of all, of one owner, and number of values.
local function make_room(room, owner, size, limits)
  local name = P .. room
  local function of_owner()
    return tonumber(call('HGET', name .. '_bytes', owner) or 0)
  end
  while of_owner() > 0 and of_owner() + size > limits.of_owner do
    forget(room, call('ZRANGE', name .. '_of:' .. owner, 0, 0)[1])
  end
  local function is_full()
    local count = call('ZCARD', name .. '_order')
    local total = tonumber(call('GET', name .. '_total') or 0)
    return count > 0 and (total + size > limits.bytes or count >= limits.count)
  end
  while is_full() do
    forget(room, call('ZRANGE', name .. '_order', 0, 0)[1])
  end
end

local function keep(room, owner, id, value, ttl, size, limits)
  local name = P .. room
  forget(room, id)
  forget_expired(room)
  make_room(room, owner, size, limits)
  local number = call('INCR', name .. '_last')
  call('SET', name .. ':' .. id, value, 'PX', ttl)
  call('HSET', name .. '_info', id, text(size) .. '|' .. owner)
  call('ZADD', name .. '_order', number, id)
  call('ZADD', name .. '_of:' .. owner, number, id)
  call('ZADD', name .. '_ends', millis() + tonumber(ttl), id)
  call('HINCRBY', name .. '_bytes', owner, size)
  call('INCRBY', name .. '_total', size)
end

-- OWNER AGE ID RUN TTL SIZE MAX_BYTES MAX_BYTES_OF_OWNER MAX_RUNS: nothing is kept of a run that began
-- AGE milliseconds ago, before its owner was forgotten.
function functions.keep_run(owner, age, id, run, ttl, size, max, max_of_owner, max_runs)
  local forgotten = call('GET', P .. 'forgotten:' .. owner)
  if forgotten and tonumber(forgotten) >= millis() - tonumber(age) then
    return
  end
  local limits = {bytes = tonumber(max), of_owner = tonumber(max_of_owner), count = tonumber(max_runs)}
  keep('kept', owner, id, run, ttl, tonumber(size), limits)
end

-- ID -> {its owner, the run}, or false if it is not kept
function functions.kept_run(id)
  local info, run = call('HGET', P .. 'kept_info', id), call('GET', P .. 'kept:' .. id)
  return info and run and {string.match(info, '^%d+|(.*)$'), run}
end

function functions.forget_run(id)
  forget('kept', id)
end

-- OWNER MILLIS: and none is kept for so long that began before.
function functions.forget_runs(owner, ttl)
  call('SET', P .. 'forgotten:' .. owner, text(millis()), 'PX', ttl)
  for _, id in ipairs(call('ZRANGE', P .. 'kept_of:' .. owner, 0, -1)) do
    forget('kept', id)
  end
end

-- KEY TOKEN MILLIS -> {1 if the caller is to answer, the answer}
function functions.claim_answer(key, token, hold)
  local answer = call('GET', P .. 'answer:' .. key)
  if answer then
    return {0, answer}
  end
  if call('SET', P .. 'answering:' .. key, token, 'NX', 'PX', hold) then
    return {1, false}
  end
  return {0, false}
end

function functions.renew_answer(key, token, hold)
  if call('GET', P .. 'answering:' .. key) == token then
    call('PEXPIRE', P .. 'answering:' .. key, hold)
  end
end

function functions.release_answer(key, token)
  if call('GET', P .. 'answering:' .. key) == token then
    call('DEL', P .. 'answering:' .. key)
  end
end

-- OWNER KEY ANSWER TTL SIZE MAX_BYTES MAX_BYTES_OF_OWNER MAX_ANSWERS
function functions.store_answer(owner, key, answer, ttl, size, max, max_of_owner, max_answers)
  call('DEL', P .. 'answering:' .. key)
  local limits = {bytes = tonumber(max), of_owner = tonumber(max_of_owner), count = tonumber(max_answers)}
  keep('answer', owner, key, answer, ttl, tonumber(size), limits)
end

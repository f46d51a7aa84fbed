-- Jobs: how they come in, are bound to a token, and leave.

-- True if the job is in the queue. A version before 0.2 had other lists: a job that waits in them is
-- counted out, and queued anew.
local function is_known(id)
  local job = P .. 'job:' .. id
  if call('EXISTS', job) == 0 then
    return false
  end
  if call('HEXISTS', job, 'address') == 1 then
    return true
  end
  for _, leased in ipairs(call('HVALS', P .. 'leased')) do
    if leased == id then
      return true
    end
  end
  call('DECR', P .. 'waiting')
  add_to('of_user', call('HGET', job, 'user'), -1)
  call('DEL', job)
  return false
end

-- Gives a job its turn.
local function admit(id, user, address, lane)
  local path = path_of(address, user, lane)
  call('RPUSH', P .. 'fifo:' .. path[3], id)
  join(path)
  new_token()
  return path
end

-- Takes jobs that are gone out of those that are admitted: a worker of an earlier version counts none out.
local function forget_gone(holder)
  local admitted = P .. 'admitted:' .. holder
  for _, id in ipairs(call('SMEMBERS', admitted)) do
    if call('EXISTS', P .. 'job:' .. id) == 0 then
      call('SREM', admitted, id)
    end
  end
end

-- Holds a job back if its holder has as many others as CAP, or some that are held back; returns true then.
-- The cap of the last one holds for all of them.
local function hold_back(id, holder, cap)
  if cap == 0 then
    return false
  end
  local admitted = P .. 'admitted:' .. holder
  if call('EXISTS', P .. 'held:' .. holder) == 0 then
    if call('SCARD', admitted) >= cap then
      forget_gone(holder)
    end
    if call('SCARD', admitted) < cap then
      call('SADD', admitted, id)
      return false
    end
  end
  call('HSET', P .. 'cap_of', holder, cap)
  call('RPUSH', P .. 'held:' .. holder, id)
  add_to('held_of', holder, 1)
  call('ZADD', P .. 'held_order', call('INCR', P .. 'held_last'), id)
  return true
end

-- Counts a job out that is held back.
local function leave_held(id, holder)
  add_to('held_of', holder, -1)
  call('ZREM', P .. 'held_order', id)
end

-- Admits as many jobs of a holder that are held back as its cap allows.
local function admit_held(holder)
  local admitted = P .. 'admitted:' .. holder
  -- A version before held jobs back without one.
  local cap = tonumber(call('HGET', P .. 'cap_of', holder) or 1)
  while call('SCARD', admitted) < cap do
    local next = call('LPOP', P .. 'held:' .. holder)
    if not next then
      call('HDEL', P .. 'cap_of', holder)
      return
    end
    leave_held(next, holder)
    local user, address, lane = unpack(call('HMGET', P .. 'job:' .. next, 'user', 'address', 'lane'))
    call('SADD', admitted, next)
    admit(next, user, address, lane)
    if number(address, 'running') <= 0 then
      ring_for_newcomers()
    end
  end
end

local function holder_of(id)
  local user, holder = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'holder'))
  return holder or user
end

-- Counts an admitted job out, which is about to be deleted, and admits the next ones of its holder.
local function admit_after(id)
  if tonumber(call('HGET', P .. 'job:' .. id, 'cap') or 0) == 0 then
    return
  end
  local holder = holder_of(id)
  call('SREM', P .. 'admitted:' .. holder, id)
  admit_held(holder)
end

-- Gives the places of jobs that are gone to those that are held back.
local function repair_admitted()
  for _, holder in ipairs(call('HKEYS', P .. 'held_of')) do
    forget_gone(holder)
    admit_held(holder)
  end
end

-- Queues a job; one that is known already stays in its place.
local function enqueue(id, job, user, address, lane, submission, cap, holder)
  if is_known(id) then
    return 0
  end
  call('HSET', P .. 'job:' .. id, 'job', job, 'user', user, 'address', address, 'lane', lane,
    'submission', submission, 'cap', cap, 'holder', holder, 'deliveries', 0)
  local waiting = call('INCR', P .. 'waiting')
  count(user, address, 1)
  local position = waiting - 1
  if not hold_back(id, holder, tonumber(cap)) then
    position = position_of(admit(id, user, address, lane))
    if number(address, 'running') <= 0 then
      ring_for_newcomers()
    end
  end
  if submission ~= '' then
    publish_position(id, user, submission, position)
  end
  return position
end

local function drop(token)
  call('XACK', P .. 'tokens', GROUP, token)
  call('XDEL', P .. 'tokens', token)
  call('HDEL', P .. 'leased', token)
  call('HDEL', P .. 'charged', token)
end

-- Ends a lease: its slot time is charged up to now.
local function end_lease(token, id)
  charge_lease(token, id, millis())
  local path = path_of_job(id)
  finish(path)
  drop(token)
  if number(path[1], 'running') <= 0 and number(path[1], 'waiting') > 0 then
    ring_for_newcomers()
  end
end

local function put_back(token, id)
  end_lease(token, id)
  local user, address = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'address'))
  call('LPUSH', P .. 'returned', id)
  call('INCR', P .. 'waiting')
  count(user, address or '-', 1)
  new_token()
  ring_for_newcomers()
end

-- PLACE or '' for work that was accepted before
function functions.push(place, id, job, user, address, lane, submission, cap, holder)
  if place ~= '' then
    functions.cancel(place, user, address)
  end
  return enqueue(id, job, user, address, lane, submission, cap or 0, holder or user)
end

local function bind(token, id, quantum)
  local job = P .. 'job:' .. id
  local path, cost = path_of_job(id)
  start(path, quantum * cost)
  call('DECR', P .. 'waiting')
  local user, address = unpack(call('HMGET', job, 'user', 'address'))
  count(user, address or '-', -1)
  call('HDEL', job, 'position')
  call('HSET', P .. 'leased', token, id)
  call('HSET', P .. 'charged', token, text(millis() + quantum))
  local is_only = number(path[1], 'waiting') <= 0 and number(path[1], 'running') <= 1
  return {id, call('HGET', job, 'job'), call('HINCRBY', job, 'deliveries', 1), is_only and 1 or 0}
end

-- TOKEN QUANTUM -> {id, job, deliveries, 1 if its address has no other}: binds the next job to a token that was read
function functions.bind(token, quantum)
  charge_running(tonumber(quantum))
  local id = pop(false)
  if not id then
    drop(token)
    return false
  end
  return bind(token, id, tonumber(quantum))
end

-- QUANTUM -> {token, as bind}: reads a token for a job of an address that has nothing
-- running, if one waits
function functions.bind_newcomer(quantum)
  local id
  if tonumber(call('GET', P .. 'waiting') or 0) > 0 then
    charge_running(tonumber(quantum))
    id = pop(true)
  end
  if not id then
    -- So nobody has to look until something changes.
    call('DEL', P .. 'newcomer_bell')
    return false
  end
  -- Another reader may have taken the last token, and will find no job then.
  local token = read_token()
  if not token then
    new_token()
    token = read_token()
  end
  return {token, bind(token, id, tonumber(quantum))}
end

-- For a waiter that was woken and is not there any more.
function functions.ring_for_newcomers()
  if tonumber(call('GET', P .. 'waiting') or 0) > 0 then
    ring_for_newcomers()
  end
end

function functions.ack(token)
  local id = call('HGET', P .. 'leased', token)
  if not id then
    return 0
  end
  -- Before the lease has ended, or the user's turns would begin anew.
  admit_after(id)
  end_lease(token, id)
  call('DEL', P .. 'job:' .. id)
  return 1
end

-- UNDO is 1 for an attempt that does not count
function functions.release(token, undo)
  local id = call('HGET', P .. 'leased', token)
  if not id then
    return 0
  end
  call('HINCRBY', P .. 'job:' .. id, 'deliveries', 0 - undo)
  put_back(token, id)
  return 1
end

-- As ack, and keeps the job and the reason for operators.
function functions.bury(token, reason, max)
  local id = call('HGET', P .. 'leased', token)
  if not id then
    return 0
  end
  local job = call('HGET', P .. 'job:' .. id, 'job')
  call('XADD', P .. 'dead', 'MAXLEN', max, '*', 'job', job, 'reason', reason)
  return functions.ack(token)
end

-- The queue's state and every change of it. Redis runs one call at a time, so a call is a
-- transaction. KEYS[1] is the prefix of all names, ARGV[1] the function to call.
--
-- tokens          stream, read by the consumer group `workers`: one entry for each job that waits or
--                 is leased, without a name in it. The reader of an entry may bind the next job to
--                 it. From then on the entry is the lease, and its idle time the lease's age.
-- leased          hash: entry -> job
-- charged         hash: entry -> time up to which its slot time was charged; charged_at: last round
-- job:ID          hash: job (JSON), user, address, lane, submission, deliveries, position
-- closed:ID       exists for some time after a job's verdict was published
-- returned        list of jobs that came back: before all others
-- node:PATH       hash of an address, a user of it (A|U) or a lane of that (A|U|L); the empty path is
--                 the root: time (slot milliseconds used), clock (time at which children join),
--                 waiting, running. Times are charged as in `in_process/turn_tree.rs`
-- order:PATH      sorted set of a node's children with waiting jobs, by their turns
-- fifo:PATH       list of the jobs of a lane
-- debt:A          time of an address that left while it owed slot time; expires as it is forgotten
-- turn            number of the last turn, which decides between equal times
-- waiting         number of jobs that wait; of_user, of_address: hashes of them by owner, reserved
--                 places included
-- reserved        sorted set of reserved places, by their expiry
-- seq:USER        number of a user's last event; events:USER: stream of them; of:USER: channel
-- clock           last time that was read
-- streams         sorted set of users with events, by their last one
-- hints           sorted set of users by the time of their hints; hint:USER: the hint
-- hint_bell       list with an entry for each new hint, which wakes the waiters
-- newcomer_bell   list with an entry for each time that an address with nothing running has a job: wakes
--                 reserve slots, which take no other jobs

local P = KEYS[1]
local GROUP = 'workers'
local call = redis.call

local function text(number)
  return string.format('%.0f', number)
end

local function micros()
  local now = call('TIME')
  return tonumber(now[1]) * 1000000 + tonumber(now[2])
end

local function millis()
  return math.floor(micros() / 1000)
end

local function add_to(hash, field, by)
  if call('HINCRBY', P .. hash, field, by) <= 0 then
    call('HDEL', P .. hash, field)
  end
end

local function count(user, address, by)
  add_to('of_user', user, by)
  add_to('of_address', address, by)
end

local function ring_for_newcomers()
  call('LPUSH', P .. 'newcomer_bell', 1)
  call('LTRIM', P .. 'newcomer_bell', 0, 15)
end

local function new_token()
  return call('XADD', P .. 'tokens', '*', 'j', '')
end

local function ensure_group()
  redis.pcall('XGROUP', 'CREATE', P .. 'tokens', GROUP, '0', 'MKSTREAM')
end

-- Reads a token, if there is one that no reader has.
local function read_token()
  ensure_group()
  local read = call('XREADGROUP', 'GROUP', GROUP, 'worker', 'COUNT', 1, 'STREAMS', P .. 'tokens', '>')
  return read and read[1] and read[1][2][1][1]
end

-- Events ---------------------------------------------------------------------------------------

local KEEP_EVENTS, KEEP_MILLIS = 1000, 3600000

-- The number of the last event; of a stream that is not there, where a new one begins.
local function newest(user, at_least)
  local last = tonumber(call('GET', P .. 'seq:' .. user) or 0)
  if last == 0 or last < at_least then
    -- The clock may have been set back since the last number.
    last = math.max(micros(), at_least + 1)
    call('SET', P .. 'seq:' .. user, text(last), 'PX', KEEP_MILLIS)
  end
  return last
end

local function forget_oldest_streams(max)
  while call('ZCARD', P .. 'streams') > max do
    local user = call('ZPOPMIN', P .. 'streams')[1]
    call('DEL', P .. 'seq:' .. user, P .. 'events:' .. user)
  end
end

local function publish(user, event)
  local seq = newest(user, 0) + 1
  call('SET', P .. 'seq:' .. user, text(seq), 'PX', KEEP_MILLIS)
  local events = P .. 'events:' .. user
  call('XADD', events, 'MAXLEN', '~', KEEP_EVENTS, text(seq) .. '-0', 'e', event)
  call('PEXPIRE', events, KEEP_MILLIS)
  call('ZADD', P .. 'streams', millis(), user)
  call('PUBLISH', P .. 'of:' .. user, text(seq) .. ' ' .. event)
  return text(seq)
end

-- Positions beyond this are not published: a longer walk would delay all other calls.
local FAR = 1000

local function publish_position(id, user, submission, position)
  call('HSET', P .. 'job:' .. id, 'position', position)
  publish(user, '{"type":"queue_position","data":{"submissionId":"' .. submission ..
    '","position":' .. position .. '}}')
end

-- Turns ----------------------------------------------------------------------------------------

-- Room for the number of a turn below a time in one score.
local TURNS = 4096
-- Most milliseconds that an address which comes back still owes.
local MAX_DEBT = 10000
-- Factors of slot time by lane: a lane that costs more has turns less often.
local COST = {['0'] = 1, ['1'] = 1, ['2'] = 8}

local function path_of(address, user, lane)
  return {address, address .. '|' .. user, address .. '|' .. user .. '|' .. lane}
end

local function path_of_job(id)
  local user, address, lane = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'address', 'lane'))
  return path_of(address or '-', user, lane), COST[lane] or 1
end

local function number(node, field)
  return tonumber(call('HGET', P .. 'node:' .. node, field) or 0)
end

local function next_turn()
  return call('INCR', P .. 'turn') % TURNS
end

-- Makes sure that a node has a time, at least that of its parent's clock if it only joins now.
local function init_time(path, level)
  local node, clock = path[level], number(path[level - 1] or '', 'clock')
  local time = tonumber(call('HGET', P .. 'node:' .. node, 'time') or 0)
  if level == 1 and time == 0 then
    time = math.min(tonumber(call('GET', P .. 'debt:' .. node) or 0), clock + MAX_DEBT)
  end
  time = math.max(time, clock)
  call('HSET', P .. 'node:' .. node, 'time', time)
  return time
end

local function forget_if_idle(path, level)
  local node = path[level]
  if number(node, 'waiting') > 0 or number(node, 'running') > 0 then
    return
  end
  if level == 1 then
    local clock = number('', 'clock')
    local owed = math.min(number(node, 'time') - clock, MAX_DEBT)
    if owed > 0 then
      call('SET', P .. 'debt:' .. node, clock + owed, 'PX', owed)
    end
  end
  call('DEL', P .. 'node:' .. node)
end

-- Counts a job in that waits.
local function join(path)
  local turn = next_turn()
  for level, node in ipairs(path) do
    if call('HINCRBY', P .. 'node:' .. node, 'waiting', 1) == 1 then
      local time = init_time(path, level)
      call('ZADD', P .. 'order:' .. (path[level - 1] or ''), time * TURNS + turn, node)
    end
  end
end

-- Counts a job out that waited.
local function leave(path)
  for level = 3, 1, -1 do
    if call('HINCRBY', P .. 'node:' .. path[level], 'waiting', -1) <= 0 then
      call('ZREM', P .. 'order:' .. (path[level - 1] or ''), path[level])
    end
  end
end

local function charge(path, millis)
  for level, node in ipairs(path) do
    call('HINCRBY', P .. 'node:' .. node, 'time', millis)
    local order = P .. 'order:' .. (path[level - 1] or '')
    if call('ZSCORE', order, node) then
      call('ZINCRBY', order, millis * TURNS, node)
    end
  end
end

-- Counts a job in that runs, and charges its first milliseconds.
local function start(path, millis)
  for level, node in ipairs(path) do
    if call('HINCRBY', P .. 'node:' .. node, 'running', 1) == 1 then
      init_time(path, level)
    end
  end
  charge(path, millis)
end

-- Counts a job out that ran.
local function finish(path)
  for level = 3, 1, -1 do
    call('HINCRBY', P .. 'node:' .. path[level], 'running', -1)
    forget_if_idle(path, level)
  end
end

-- Takes the first job of the lane whose turn it is. It is counted as running too before nodes that
-- are idle otherwise could be forgotten.
local function take_turn(address)
  local path, parent = {}, ''
  for level = 1, 3 do
    local node = level == 1 and address or call('ZRANGE', P .. 'order:' .. parent, 0, 0)[1]
    path[level] = node
    local time = number(node, 'time')
    -- A newcomer may be taken out of turn, and says nothing about the others' times.
    local is_first = call('ZRANK', P .. 'order:' .. parent, node) == 0
    if is_first and time > number(parent, 'clock') then
      call('HSET', P .. 'node:' .. parent, 'clock', time)
    end
    parent = node
  end
  local id = call('LPOP', P .. 'fifo:' .. path[3])
  leave(path)
  -- Behind those of the same time.
  local turn = next_turn()
  for level, node in ipairs(path) do
    local order = P .. 'order:' .. (path[level - 1] or '')
    if call('ZSCORE', order, node) then
      call('ZADD', order, number(node, 'time') * TURNS + turn, node)
    end
  end
  return id
end

-- The next job. For a newcomer: of an address that has nothing running.
local function pop(newcomers_only)
  local running = call('HLEN', P .. 'leased')
  for _, id in ipairs(call('LRANGE', P .. 'returned', 0, newcomers_only and running or 0)) do
    local address = call('HGET', P .. 'job:' .. id, 'address') or '-'
    if not newcomers_only or number(address, 'running') <= 0 then
      call('LREM', P .. 'returned', 1, id)
      return id
    end
  end
  for _, address in ipairs(call('ZRANGE', P .. 'order:', 0, newcomers_only and running or 0)) do
    if not newcomers_only or number(address, 'running') <= 0 then
      return take_turn(address)
    end
  end
end

local function charge_lease(token, id, now)
  local used = now - tonumber(call('HGET', P .. 'charged', token) or now)
  if used > 0 then
    local path, cost = path_of_job(id)
    charge(path, used * cost)
    call('HSET', P .. 'charged', token, text(now))
  end
end

-- Charges all leased jobs for the slot time that they have used so far, at most once per quantum.
local function charge_running(quantum)
  local now = millis()
  local last = tonumber(call('GET', P .. 'charged_at') or 0)
  if now >= last and now - last < math.min(quantum, 100) then
    return
  end
  call('SET', P .. 'charged_at', text(now))
  local leased = call('HGETALL', P .. 'leased')
  for at = 1, #leased, 2 do
    charge_lease(leased[at], leased[at + 1], now)
  end
end

-- Number of jobs before the last of a lane, if no others come and every turn costs the same.
local function position_of(path)
  local rank = call('LLEN', P .. 'fifo:' .. path[3]) - 1
  for level = 3, 1, -1 do
    local order = P .. 'order:' .. (path[level - 1] or '')
    if rank == 0 then
      rank = call('ZRANK', order, path[level])
    else
      local sum, is_earlier = rank, 1
      for _, node in ipairs(call('ZRANGE', order, 0, -1)) do
        if node == path[level] then
          is_earlier = 0
        else
          -- A sibling whose turn is earlier will have had one more by then.
          sum = sum + math.min(number(node, 'waiting'), rank + is_earlier)
        end
      end
      rank = sum
    end
  end
  return rank + call('LLEN', P .. 'returned')
end

-- The first jobs below a node, in the order of their turns if every turn costs the same.
local function in_order(node, level, limit)
  if level > 3 then
    return call('LRANGE', P .. 'fifo:' .. node, 0, limit - 1)
  end
  local queues, jobs, round = {}, {}, 1
  for _, child in ipairs(call('ZRANGE', P .. 'order:' .. node, 0, limit - 1)) do
    queues[#queues + 1] = in_order(child, level + 1, limit)
  end
  while #queues > 0 and #jobs < limit do
    local unfinished = {}
    for _, queue in ipairs(queues) do
      if queue[round] and #jobs < limit then
        jobs[#jobs + 1] = queue[round]
        unfinished[#unfinished + 1] = queue
      end
    end
    queues, round = unfinished, round + 1
  end
  return jobs
end

-- Jobs -----------------------------------------------------------------------------------------

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

-- Queues a job; one that is known already stays in its place.
local function enqueue(id, job, user, address, lane, submission)
  if is_known(id) then
    return 0
  end
  call('HSET', P .. 'job:' .. id, 'job', job, 'user', user, 'address', address, 'lane', lane,
    'submission', submission, 'deliveries', 0)
  local path = path_of(address, user, lane)
  call('RPUSH', P .. 'fifo:' .. path[3], id)
  join(path)
  call('INCR', P .. 'waiting')
  count(user, address, 1)
  new_token()
  local position = position_of(path)
  if number(address, 'running') <= 0 then
    ring_for_newcomers()
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

local function expire_reserved(now)
  for _, place in ipairs(call('ZRANGEBYSCORE', P .. 'reserved', '-inf', now, 'LIMIT', 0, 100)) do
    call('ZREM', P .. 'reserved', place)
    local address, user = string.match(string.sub(place, 38), '^([^|]*)|(.*)$')
    if user then
      count(user, address, -1)
    end
  end
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

local function load()
  local capacity = 0
  for _, slots in ipairs(call('HVALS', P .. 'capacity')) do
    capacity = capacity + tonumber(slots)
  end
  local waiting = tonumber(call('GET', P .. 'waiting') or 0)
  return {waiting, call('HLEN', P .. 'leased'), capacity}
end

-- Functions that the broker calls ---------------------------------------------------------------

local functions = {}

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

-- PLACE or '' for work that was accepted before
function functions.push(place, id, job, user, address, lane, submission)
  if place ~= '' then
    functions.cancel(place, user, address)
  end
  return enqueue(id, job, user, address, lane, submission)
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
  end_lease(token, id)
  call('DEL', P .. 'job:' .. id)
  return 1
end

-- UNDO is 1 for an attempt that functions not count
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

-- Milliseconds that a clock may lose while it is adjusted gradually.
local SLEWED = 500

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
  return #claimed[2] + forget_silent_workers(tonumber(age))
end

-- Removes a job that waits; returns 0 if it doesn't.
local function remove_waiting(id)
  local user, address = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'address'))
  if not user then
    return 0
  end
  local removed = call('LREM', P .. 'returned', 1, id)
  if removed == 0 then
    local path = path_of_job(id)
    removed = call('LREM', P .. 'fifo:' .. path[3], 1, id)
    if removed == 1 then
      leave(path)
      for level = 3, 1, -1 do
        forget_if_idle(path, level)
      end
    end
  end
  if removed == 1 then
    -- Its token finds another job or none.
    call('DECR', P .. 'waiting')
    count(user, address or '-', -1)
    call('DEL', P .. 'job:' .. id)
  end
  return removed
end

-- Ends the watch of a run. Unless its report has come, the job is removed too, or its worker told.
function functions.end_watch(id, watch, is_reported)
  call('DEL', P .. 'watch:' .. watch)
  if is_reported == '1' then
    return 0
  end
  call('PUBLISH', P .. 'ended', watch)
  return remove_waiting(id)
end

-- More than ever wait.
local ALL = 1000000

-- USER or '', ADDRESS or '', LIMIT -> {id, user, address, lane} of jobs that wait, by their turns
function functions.waiting(user, address, limit)
  local ids = call('LRANGE', P .. 'returned', 0, -1)
  for _, id in ipairs(in_order('', 1, ALL)) do
    ids[#ids + 1] = id
  end
  local jobs = {}
  for _, id in ipairs(ids) do
    if #jobs >= tonumber(limit) then
      break
    end
    local job = call('HMGET', P .. 'job:' .. id, 'user', 'address', 'lane')
    local of_user, of_address = job[1], job[2] or '-'
    if of_user and (user == '' or of_user == user) and (address == '' or of_address == address) then
      jobs[#jobs + 1] = {id, of_user, of_address, job[3]}
    end
  end
  return jobs
end

-- As waiting, and takes them out of the queue.
function functions.cancel_waiting(user, address, limit)
  local jobs = functions.waiting(user, address, limit)
  for _, job in ipairs(jobs) do
    remove_waiting(job[1])
  end
  return jobs
end

-- Milliseconds for which a published verdict is remembered: longer than any job takes.
local REMEMBER_CLOSED = 600000

-- CLOSES names the job whose last event this is, or ''; that is published once
function functions.publish(user, event, closes, max_streams)
  if closes ~= '' and not call('SET', P .. 'closed:' .. closes, 1, 'NX', 'PX', REMEMBER_CLOSED) then
    return text(newest(user, 0))
  end
  local seq = publish(user, event)
  forget_oldest_streams(tonumber(max_streams))
  return seq
end

-- As publish, while the lease is held and the verdict was not published.
function functions.publish_for_lease(token, event)
  local id = call('HGET', P .. 'leased', token)
  if not id or call('EXISTS', P .. 'closed:' .. id) == 1 then
    return false
  end
  local user = call('HGET', P .. 'job:' .. id, 'user')
  return user and publish(user, event)
end

-- The number of a user's last event, and the events after one.
function functions.read_events(user, after)
  local last = newest(user, tonumber(after))
  call('PEXPIRE', P .. 'seq:' .. user, KEEP_MILLIS)
  local from = '(' .. after .. '-0'
  return {text(last), call('XRANGE', P .. 'events:' .. user, from, '+')}
end

-- Publishes positions and the load, at most once in EVERY milliseconds over all processes; returns
-- how long to wait if the last time was less than that ago.
function functions.notify(every, first)
  local pulse = P .. 'pulse'
  if not call('SET', pulse, 1, 'NX', 'PX', every) then
    return math.min(math.max(call('PTTL', pulse), 1), tonumber(every))
  end
  local limit = tonumber(first)
  if call('SET', P .. 'far_pulse', 1, 'NX', 'PX', tonumber(every) * 8) then
    limit = FAR
  end
  local jobs = call('LRANGE', P .. 'returned', 0, limit - 1)
  for _, id in ipairs(in_order('', 1, limit)) do
    jobs[#jobs + 1] = id
  end
  for at = 1, math.min(#jobs, limit) do
    local id, position = jobs[at], at - 1
    local user, submission, last = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'submission', 'position'))
    last = tonumber(last or -1)
    local near = position < tonumber(first) and last ~= position
    local far = last < 0 or (position ~= last and position * 10 <= last * 9)
    if submission ~= '' and (near or far) then
      publish_position(id, user, submission, position)
    end
  end
  local now = load()
  local status = '{"queued":' .. now[1] .. ',"running":' .. now[2] .. ',"capacity":' .. now[3] .. '}'
  if call('GET', P .. 'published_status') ~= status then
    call('SET', P .. 'published_status', status)
    call('PUBLISH', P .. 'status', status)
  end
  return 0
end

function functions.status()
  return load()
end

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

-- WORKER INFO CAPACITY, then pairs of a language's id and its description
function functions.announce(worker, info, capacity, ...)
  call('HSET', P .. 'workers', worker, info)
  call('HSET', P .. 'capacity', worker, capacity)
  call('ZADD', P .. 'seen', millis(), worker)
  if select('#', ...) > 0 then
    call('HSET', P .. 'languages', ...)
  end
end

function functions.withdraw(worker)
  call('HDEL', P .. 'workers', worker)
  call('HDEL', P .. 'capacity', worker)
  call('ZREM', P .. 'seen', worker)
end

function functions.workers()
  return {call('HVALS', P .. 'workers'), call('HVALS', P .. 'languages')}
end

-- Sends a report to the process that watches.
function functions.report(id, report, ttl)
  local process = call('GET', P .. 'watch:' .. id)
  if process then
    call('SET', P .. 'report:' .. id, report, 'PX', ttl)
    call('PUBLISH', P .. 'reports:' .. process, id)
  end
end

return functions[ARGV[1]](unpack(ARGV, 2))

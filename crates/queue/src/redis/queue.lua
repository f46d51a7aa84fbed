-- The queue's state and every change of it. Redis runs one call at a time, so a call is a
-- transaction. KEYS[1] is the prefix of all names, ARGV[1] says what is to be done.
--
-- tokens          stream, read by the consumer group `workers`: one entry for each job that waits or
--                 is leased, without a name in it. Who reads one may bind a job to it: the one whose
--                 turn it is then. From there on the entry is the lease, and its idle time the
--                 lease's age.
-- leased          hash: entry -> job
-- job:ID          hash: job (JSON), user, lane, submission, deliveries, told
-- closed:ID       is there for some time after a job's verdict was told
-- returned:LANE   list of jobs that came back: before all others
-- turns:LANE      list of users who have a line, in the order of their next turns
-- line:LANE:USER  list of jobs, first in first out; in_turn:LANE is the set of who has one
-- waiting         how many jobs wait; of_user: hash of how many of each, promised places included
-- reserved        sorted set of promised places, by when the promise ends
-- seq:USER        number of a user's last event; events:USER: stream of them; of:USER: channel
-- clock           what the clock said last
-- streams         sorted set of users with events, by their last one
-- hints           sorted set of users by when they gave their hints; hint:USER: the hint
-- hint_bell       list that has an entry for each hint that came, for who waits

local P = KEYS[1]
local LANES = {'0', '1', '2'}
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

local function count(user, by)
  if call('HINCRBY', P .. 'of_user', user, by) <= 0 then
    call('HDEL', P .. 'of_user', user)
  end
end

local function new_token()
  return call('XADD', P .. 'tokens', '*', 'j', '')
end

local function ensure_group()
  redis.pcall('XGROUP', 'CREATE', P .. 'tokens', GROUP, '0', 'MKSTREAM')
end

-- Events ---------------------------------------------------------------------------------------

local KEEP_EVENTS, KEEP_MILLIS = 1000, 3600000

-- The number of the last event; of a stream that is not there, where a new one begins.
local function newest(user, at_least)
  local known = tonumber(call('GET', P .. 'seq:' .. user) or 0)
  if known == 0 or known < at_least then
    -- The clock may have been set back since somebody was given a number.
    known = math.max(micros(), at_least + 1)
    call('SET', P .. 'seq:' .. user, text(known), 'PX', KEEP_MILLIS)
  end
  return known
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

-- Who waits behind so many is told of no place on the way there: a longer walk would keep everybody
-- else waiting.
local FAR = 1000

local function tell_position(id, user, submission, position)
  call('HSET', P .. 'job:' .. id, 'told', position)
  publish(user, '{"type":"queue_position","data":{"submissionId":"' .. submission ..
    '","position":' .. position .. '}}')
end

-- Jobs -----------------------------------------------------------------------------------------

local function line(lane, user)
  return P .. 'line:' .. lane .. ':' .. user
end

-- How many are handed out before the job at `round` of a user's line, if nothing else comes.
local function before(lane, user, round)
  local turns = P .. 'turns:' .. lane
  local returned = call('LLEN', P .. 'returned:' .. lane)
  if round == 0 then
    -- The line is new, so its turn is the last.
    return returned + call('LLEN', turns) - 1
  end
  local sum, is_earlier = returned, 1
  for _, other in ipairs(call('LRANGE', turns, 0, -1)) do
    if other == user then
      is_earlier = 0
    end
    -- Whose turn comes earlier has had one more by then.
    sum = sum + math.min(call('LLEN', line(lane, other)), round + is_earlier)
  end
  return sum
end

-- A job that is known already stays where it is.
local function enqueue(id, job, user, lane, submission)
  if call('EXISTS', P .. 'job:' .. id) == 1 then
    return 0
  end
  call('HSET', P .. 'job:' .. id, 'job', job, 'user', user, 'lane', lane,
    'submission', submission, 'deliveries', 0)
  if call('SADD', P .. 'in_turn:' .. lane, user) == 1 then
    call('RPUSH', P .. 'turns:' .. lane, user)
  end
  local round = call('RPUSH', line(lane, user), id) - 1
  call('INCR', P .. 'waiting')
  count(user, 1)
  new_token()
  local position = before(lane, user, round)
  if submission ~= '' then
    tell_position(id, user, submission, position)
  end
  return position
end

local function end_line(lane, user)
  call('SREM', P .. 'in_turn:' .. lane, user)
  call('LREM', P .. 'turns:' .. lane, 1, user)
end

-- Whose turn it is: the most urgent lane first, and what came back before all others.
local function pop()
  for _, lane in ipairs(LANES) do
    local id = call('LPOP', P .. 'returned:' .. lane)
    if id then
      return id
    end
    local user = call('LPOP', P .. 'turns:' .. lane)
    if user then
      id = call('LPOP', line(lane, user))
      if call('LLEN', line(lane, user)) > 0 then
        call('RPUSH', P .. 'turns:' .. lane, user)
      else
        call('SREM', P .. 'in_turn:' .. lane, user)
      end
      return id
    end
  end
end

local function drop(token)
  call('XACK', P .. 'tokens', GROUP, token)
  call('XDEL', P .. 'tokens', token)
  call('HDEL', P .. 'leased', token)
end

local function put_back(token, id)
  drop(token)
  local user, lane = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'lane'))
  call('LPUSH', P .. 'returned:' .. lane, id)
  call('INCR', P .. 'waiting')
  count(user, 1)
  new_token()
end

local function expire_reserved(now)
  for _, place in ipairs(call('ZRANGEBYSCORE', P .. 'reserved', '-inf', now, 'LIMIT', 0, 100)) do
    call('ZREM', P .. 'reserved', place)
    count(string.sub(place, 38), -1)
  end
end

-- Visits the first jobs of a lane in the order in which they are to be handed out.
local function walk(lane, limit, visit)
  local position = 0
  for _, id in ipairs(call('LRANGE', P .. 'returned:' .. lane, 0, limit - 1)) do
    visit(id, position)
    position = position + 1
  end
  -- As many users as that fill the first round alone.
  local users, round = call('LRANGE', P .. 'turns:' .. lane, 0, limit - 1), 0
  while #users > 0 and position < limit do
    local rest = {}
    for _, user in ipairs(users) do
      local id = position < limit and call('LINDEX', line(lane, user), round)
      if id then
        visit(id, position)
        position = position + 1
        rest[#rest + 1] = user
      end
    end
    users, round = rest, round + 1
  end
end

local function forget_silent_workers(patience)
  local silent = call('ZRANGEBYSCORE', P .. 'seen', '-inf', millis() - patience)
  for _, worker in ipairs(silent) do
    call('ZREM', P .. 'seen', worker)
    call('HDEL', P .. 'workers', worker)
    call('HDEL', P .. 'capacity', worker)
  end
  return #silent
end

local function load()
  local capacity = 0
  for _, hands in ipairs(call('HVALS', P .. 'capacity')) do
    capacity = capacity + tonumber(hands)
  end
  local waiting = tonumber(call('GET', P .. 'waiting') or 0)
  return {waiting, call('HLEN', P .. 'leased'), capacity}
end

-- What can be asked for ------------------------------------------------------------------------

local does = {}

-- PLACE USER MAX MAX_OF_USER MILLIS -> 0, or what is full: 1 the queue, 2 the user's share
function does.reserve(place, user, max, max_of_user, promise)
  local now = millis()
  expire_reserved(now)
  local waiting = tonumber(call('GET', P .. 'waiting') or 0)
  if waiting + call('ZCARD', P .. 'reserved') >= tonumber(max) then
    return 1
  end
  if tonumber(call('HGET', P .. 'of_user', user) or 0) >= tonumber(max_of_user) then
    return 2
  end
  call('ZADD', P .. 'reserved', now + tonumber(promise), place .. '|' .. user)
  count(user, 1)
  return 0
end

function does.cancel(place, user)
  if call('ZREM', P .. 'reserved', place .. '|' .. user) == 1 then
    count(user, -1)
  end
end

-- PLACE or '' for work that was accepted before
function does.push(place, id, job, user, lane, submission)
  if place ~= '' then
    does.cancel(place, user)
  end
  return enqueue(id, job, user, lane, submission)
end

-- The job whose turn it is, for who has read a token: {id, job, deliveries}
function does.bind(token)
  local id = pop()
  if not id then
    drop(token)
    return false
  end
  local job = P .. 'job:' .. id
  call('DECR', P .. 'waiting')
  count(call('HGET', job, 'user'), -1)
  call('HDEL', job, 'told')
  call('HSET', P .. 'leased', token, id)
  return {id, call('HGET', job, 'job'), call('HINCRBY', job, 'deliveries', 1)}
end

function does.ack(token)
  local id = call('HGET', P .. 'leased', token)
  if not id then
    return 0
  end
  drop(token)
  call('DEL', P .. 'job:' .. id)
  return 1
end

-- UNDO is 1 for a job that nobody was given
function does.release(token, undo)
  local id = call('HGET', P .. 'leased', token)
  if not id then
    return 0
  end
  call('HINCRBY', P .. 'job:' .. id, 'deliveries', 0 - undo)
  put_back(token, id)
  return 1
end

-- As ack, and kept for whoever looks.
function does.bury(token, reason, max)
  local id = call('HGET', P .. 'leased', token)
  if not id then
    return 0
  end
  local job = call('HGET', P .. 'job:' .. id, 'job')
  call('XADD', P .. 'dead', 'MAXLEN', max, '*', 'job', job, 'reason', reason)
  return does.ack(token)
end

-- Milliseconds that a clock may lose while it is set right bit by bit.
local SLEWED = 500

-- Keeps leases; answers those that are lost.
function does.renew(...)
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

-- By a clock that is set back nothing would be old for as long as that: all that is measured by it
-- begins anew. One that is set forward ends leases early, which costs judging twice and no more.
local function heed_clock()
  local now, last = millis(), tonumber(call('GET', P .. 'clock') or 0)
  call('SET', P .. 'clock', text(now))
  if now + SLEWED >= last then
    return
  end
  for _, pending in ipairs(call('XPENDING', P .. 'tokens', GROUP, '-', '+', 10000)) do
    call('XCLAIM', P .. 'tokens', GROUP, 'worker', 0, pending[1], 'JUSTID')
  end
  for _, worker in ipairs(call('ZRANGE', P .. 'seen', 0, -1)) do
    call('ZADD', P .. 'seen', now, worker)
  end
  local promises = call('ZRANGE', P .. 'reserved', 0, -1, 'WITHSCORES')
  for at = 1, #promises, 2 do
    call('ZADD', P .. 'reserved', promises[at + 1] - last + now, promises[at])
  end
  call('DEL', P .. 'pulse', P .. 'far_pulse', P .. 'recovered')
end

-- Puts back what nobody kept for so long; answers how many.
function does.reclaim(age)
  ensure_group()
  heed_clock()
  local claimed = call('XAUTOCLAIM', P .. 'tokens', GROUP, 'nobody', age, '0', 'COUNT', 100, 'JUSTID')
  for _, token in ipairs(claimed[2]) do
    local id = call('HGET', P .. 'leased', token)
    if id then
      put_back(token, id)
    else
      -- Its reader died before it had a job: the job waits, and another reader is to come for it.
      drop(token)
      new_token()
    end
  end
  return #claimed[2] + forget_silent_workers(tonumber(age))
end

-- Whoever waited for a snippet has left: the job goes too, unless a worker has it.
function does.cancel_snippet(id, lane, watch)
  call('DEL', P .. 'watch:' .. watch)
  local user = call('HGET', P .. 'job:' .. id, 'user')
  if not user then
    return 0
  end
  local queued = call('LREM', P .. 'returned:' .. lane, 1, id)
  if queued == 0 then
    queued = call('LREM', line(lane, user), 1, id)
    if queued == 1 and call('LLEN', line(lane, user)) == 0 then
      end_line(lane, user)
    end
  end
  if queued == 1 then
    -- Its token finds another job or none.
    call('DECR', P .. 'waiting')
    count(user, -1)
    call('DEL', P .. 'job:' .. id)
  end
  return queued
end

-- Longer than anybody works on a job whose verdict was told.
local REMEMBER_CLOSED = 600000

-- CLOSES names the job whose last event this is, or ''; it is told once
function does.publish(user, event, closes, max_streams)
  if closes ~= '' and not call('SET', P .. 'closed:' .. closes, 1, 'NX', 'PX', REMEMBER_CLOSED) then
    return text(newest(user, 0))
  end
  local seq = publish(user, event)
  forget_oldest_streams(tonumber(max_streams))
  return seq
end

-- As publish, while the lease is held and nobody has told the verdict.
function does.publish_for_lease(token, event)
  local id = call('HGET', P .. 'leased', token)
  if not id or call('EXISTS', P .. 'closed:' .. id) == 1 then
    return false
  end
  local user = call('HGET', P .. 'job:' .. id, 'user')
  return user and publish(user, event)
end

-- The number of a user's last event, and the events after one.
function does.read_events(user, after)
  local last = newest(user, tonumber(after))
  call('PEXPIRE', P .. 'seq:' .. user, KEEP_MILLIS)
  local from = '(' .. after .. '-0'
  return {text(last), call('XRANGE', P .. 'events:' .. user, from, '+')}
end

-- Tells positions and the load, at most once in EVERY milliseconds by whoever asks; answers how long
-- to wait when that was less than that ago.
function does.notify(every, first)
  local beat = P .. 'pulse'
  if not call('SET', beat, 1, 'NX', 'PX', every) then
    return math.min(math.max(call('PTTL', beat), 1), tonumber(every))
  end
  local limit = tonumber(first)
  if call('SET', P .. 'far_pulse', 1, 'NX', 'PX', tonumber(every) * 8) then
    limit = FAR
  end
  for _, lane in ipairs(LANES) do
    walk(lane, limit, function(id, position)
      local user, submission, told = unpack(call('HMGET', P .. 'job:' .. id, 'user', 'submission', 'told'))
      told = tonumber(told or -1)
      local near = position < tonumber(first) and told ~= position
      local far = told < 0 or (position ~= told and position * 10 <= told * 9)
      if submission ~= '' and (near or far) then
        tell_position(id, user, submission, position)
      end
    end)
  end
  local now = load()
  local status = '{"queued":' .. now[1] .. ',"running":' .. now[2] .. ',"capacity":' .. now[3] .. '}'
  if call('GET', P .. 'told_status') ~= status then
    call('SET', P .. 'told_status', status)
    call('PUBLISH', P .. 'status', status)
  end
  return 0
end

function does.status()
  return load()
end

function does.hint(user, hint, most, millis_kept)
  call('SET', P .. 'hint:' .. user, hint, 'PX', millis_kept)
  call('ZADD', P .. 'hints', micros(), user)
  while call('ZCARD', P .. 'hints') > tonumber(most) do
    call('DEL', P .. 'hint:' .. call('ZPOPMIN', P .. 'hints')[1])
  end
  call('LPUSH', P .. 'hint_bell', 1)
  call('LTRIM', P .. 'hint_bell', 0, 63)
end

-- Before all others, unless its user has given another.
function does.return_hint(user, hint, millis_kept)
  if call('ZADD', P .. 'hints', 'NX', 0, user) == 1 then
    call('SET', P .. 'hint:' .. user, hint, 'PX', millis_kept)
    call('LPUSH', P .. 'hint_bell', 1)
  end
end

-- None, or nothing where it is not the time for one.
function does.take_hint()
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
    -- It may have been forgotten.
    if hint then
      return hint
    end
  end
end

-- Of a worker; then pairs of a language's id and what is known of it.
function does.announce(worker, info, capacity, ...)
  call('HSET', P .. 'workers', worker, info)
  call('HSET', P .. 'capacity', worker, capacity)
  call('ZADD', P .. 'seen', millis(), worker)
  if select('#', ...) > 0 then
    call('HSET', P .. 'languages', ...)
  end
end

function does.withdraw(worker)
  call('HDEL', P .. 'workers', worker)
  call('HDEL', P .. 'capacity', worker)
  call('ZREM', P .. 'seen', worker)
end

function does.workers()
  return {call('HVALS', P .. 'workers'), call('HVALS', P .. 'languages')}
end

-- Hands a report to the process that watches.
function does.report(id, report, millis_kept)
  local process = call('GET', P .. 'watch:' .. id)
  if process then
    call('SET', P .. 'report:' .. id, report, 'PX', millis_kept)
    call('PUBLISH', P .. 'reports:' .. process, id)
  end
end

return does[ARGV[1]](unpack(ARGV, 2))

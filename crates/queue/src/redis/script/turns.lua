-- Turns of addresses, of their users, and of lanes.

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

-- The first jobs that wait, by their turns; those that a cap holds back come last, in the order of
-- arrival.
local function first_waiting(limit)
  local jobs = call('LRANGE', P .. 'returned', 0, limit - 1)
  if #jobs < limit then
    for _, id in ipairs(in_order('', 1, limit - #jobs)) do
      jobs[#jobs + 1] = id
    end
  end
  for _, id in ipairs(call('ZRANGE', P .. 'held_order', 0, limit - 1)) do
    if #jobs < limit then
      jobs[#jobs + 1] = id
    end
  end
  return jobs
end

-- Workers and the load, and who is informed about both.

local function load()
  local capacity = 0
  for _, slots in ipairs(call('HVALS', P .. 'capacity')) do
    capacity = capacity + tonumber(slots)
  end
  local waiting = tonumber(call('GET', P .. 'waiting') or 0)
  return {waiting, call('HLEN', P .. 'leased'), capacity}
end

function functions.status()
  return load()
end

-- Publishes the position of one job of each user, that which is out of date for longest, unless one
-- was published within EVERY milliseconds. Returns true if some are left for later.
local function publish_due(due, every)
  local is_unfinished = false
  for user, jobs in pairs(due) do
    if call('EXISTS', P .. 'told:' .. user) == 1 then
      is_unfinished = true
    else
      local oldest = jobs[1]
      for _, job in ipairs(jobs) do
        if job.told < oldest.told then
          oldest = job
        end
      end
      is_unfinished = is_unfinished or #jobs > 1
      publish_position(oldest.id, user, oldest.submission, oldest.position)
      call('HSET', P .. 'job:' .. oldest.id, 'told', text(millis()))
      if every > 0 then
        call('SET', P .. 'told:' .. user, 1, 'PX', every)
      end
    end
  end
  return is_unfinished
end

-- EVERY FIRST EVERY_OF_USER: publishes positions and the load, at most once in EVERY milliseconds over
-- all processes; returns how long to wait if the last time was less than that ago, and -1 if some
-- positions are left for later.
function functions.notify(every, first, every_of_user)
  local pulse = P .. 'pulse'
  if not call('SET', pulse, 1, 'NX', 'PX', every) then
    return math.min(math.max(call('PTTL', pulse), 1), tonumber(every))
  end
  local limit = tonumber(first)
  if call('SET', P .. 'far_pulse', 1, 'NX', 'PX', tonumber(every) * 8) then
    limit = FAR
  end
  local jobs = first_waiting(limit)
  local due = {}
  for at = 1, #jobs do
    local id, position = jobs[at], at - 1
    local user, submission, last, told =
      unpack(call('HMGET', P .. 'job:' .. id, 'user', 'submission', 'position', 'told'))
    last = tonumber(last or -1)
    local near = position < tonumber(first) and last ~= position
    local far = last < 0 or (position ~= last and position * 10 <= last * 9)
    if submission ~= '' and (near or far) then
      if position == 0 then
        publish_position(id, user, submission, position)
      else
        due[user] = due[user] or {}
        table.insert(due[user], {id = id, submission = submission, position = position, told = tonumber(told or 0)})
      end
    end
  end
  local is_unfinished = publish_due(due, tonumber(every_of_user))
  local now = load()
  local status = '{"queued":' .. now[1] .. ',"running":' .. now[2] .. ',"capacity":' .. now[3] .. '}'
  if call('GET', P .. 'published_status') ~= status then
    call('SET', P .. 'published_status', status)
    call('PUBLISH', P .. 'status', status)
  end
  return is_unfinished and -1 or 0
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

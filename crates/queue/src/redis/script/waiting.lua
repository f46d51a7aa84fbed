-- Jobs that wait: listed, and taken out again.

-- More than ever wait.
local ALL = 1000000

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
    admit_after(id)
  else
    local holder = holder_of(id)
    removed = call('LREM', P .. 'held:' .. holder, 1, id)
    if removed == 1 then
      leave_held(id, holder)
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

-- Removes a judgement that waits, or tells its worker that it was cancelled.
function functions.cancel_judgement(id, submission)
  call('PUBLISH', P .. 'cancelled', submission)
  return remove_waiting(id)
end

-- Cancels a user's runs, wherever they are.
function functions.cancel_runs(user)
  local ids = call('HVALS', P .. 'leased')
  for _, id in ipairs(first_waiting(ALL)) do
    ids[#ids + 1] = id
  end
  for _, id in ipairs(ids) do
    if string.sub(id, 1, 2) == 'r:' and call('HGET', P .. 'job:' .. id, 'user') == user then
      functions.end_watch(id, string.sub(id, 3), '0')
    end
  end
end

-- USER or '', ADDRESS or '', LIMIT -> {id, user, address, lane} of jobs that wait, by their turns
function functions.waiting(user, address, limit)
  local ids = first_waiting(ALL)
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

-- Streams of events, one for each user.

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

function functions.forget_events(user)
  call('DEL', P .. 'seq:' .. user, P .. 'events:' .. user)
  call('ZREM', P .. 'streams', user)
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

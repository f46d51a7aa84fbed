-- The queue's state and every change of it. Redis runs one call at a time, so a call is a
-- transaction. KEYS[1] is the prefix of all names, ARGV[1] the function to call.
--
-- tokens          stream, read by the consumer group `workers`: one entry for each job that waits or
--                 is leased, without a name in it. The reader of an entry may bind the next job to
--                 it. From then on the entry is the lease, and its idle time the lease's age.
-- leased          hash: entry -> job
-- charged         hash: entry -> time up to which its slot time was charged; charged_at: last round
-- job:ID          hash: job (JSON), user, address (name of the holder of the share), lane, submission,
--                 cap (most that its holder may have running; 0 for any number), holder (whose jobs
--                 count against the cap; the user if absent), deliveries, position, told (when the position was published)
-- admitted:HOLDER set of the holder's jobs with a cap that wait for their turn or are leased
-- held:HOLDER     list of jobs that wait until one of those has ended; held_of: hash of their numbers;
--                 cap_of: hash of the caps that hold for them;
--                 held_order: sorted set of all of them, in the order of arrival; held_last: last number
-- told:USER       exists for some time after a position was published to a user
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
-- kept:ID         a run that is kept; kept_info: hash of its size and owner; kept_order, kept_of:OWNER,
--                 kept_ends: sorted sets of kept runs, by the order of keeping and by their ends;
--                 kept_bytes: hash of sizes by owner; kept_total: of all; kept_last: last number
-- forgotten:OWNER time at which all kept runs of an owner were forgotten
-- answer:KEY      an answer to a request that may be sent again, with the same beside it
-- rate:NAME       time at which a quota is whole again
-- answering:KEY   token of the process that answers a request
-- clock           last time that was read
-- streams         sorted set of users with events, by their last one
-- hints           sorted set of users by the time of their hints; hint:USER: the hint
-- hint_bell       list with an entry for each new hint, which wakes the waiters
-- place_wanted    exists while a process waits for a place; channel `places`: one is free
-- channel `cancelled`: submissions whose judgement was cancelled
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
  if by < 0 and call('EXISTS', P .. 'place_wanted') == 1 then
    call('PUBLISH', P .. 'places', '')
  end
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

-- Functions that the broker calls, by name.
local functions = {}

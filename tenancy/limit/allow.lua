-- One request of one key, judged and counted in one step.
-- KEYS[1]: list of the times of admission in the window, microseconds, oldest first.
-- ARGV: limit, window in microseconds, now in microseconds or '' for the server's clock.
-- Returns {allowed, requests counted, microseconds until one request more is admitted}.
local key, limit, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
-- Lua's own conversion keeps 14 digits; a time in microseconds has 16.
local function text(number) return string.format('%.0f', number) end

-- A server clock set back would make the counted requests stay until it catches up. They are moved
-- back with it, the newest to this moment: nobody is admitted too often, or waits more than a window.
local newest = tonumber(redis.call('LINDEX', key, -1))
if newest and newest > now then
  local stamps = redis.call('LRANGE', key, 0, -1)
  for i, stamp in ipairs(stamps) do
    redis.call('LSET', key, i - 1, text(stamp - newest + now))
  end
end

local oldest = tonumber(redis.call('LINDEX', key, 0))
while oldest and oldest <= now - window do
  redis.call('LPOP', key)
  oldest = tonumber(redis.call('LINDEX', key, 0))
end

local count, allowed = redis.call('LLEN', key), 0
if count < limit then
  redis.call('RPUSH', key, text(now))
  redis.call('PEXPIRE', key, math.ceil(window / 1000))
  count, allowed = count + 1, 1
end
local leaving = tonumber(redis.call('LINDEX', key, math.max(count - limit, 0)))
return {allowed, count, leaving + window - now}

-- ARGV: overhead, limit, time to live or 0, key, value, and what is expected, if anything. Answers 'full', '0' or '1'.
local limit, ttl, key, value, expected = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
if (redis.call('GET', prefix .. key) or nil) ~= expected then
    return '0'
end
local change = cost(key, #value) - counted(key)
if not fits(change, limit) then
    return 'full'
end
store(key, value, ttl)
count(change)
return '1'

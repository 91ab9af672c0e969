-- ARGV: overhead, limit, key, number to add. Answers the sum, 'full', 'range' or 'text'.
-- Lua's numbers are too short for 64 bits, so Redis does the sum, and its text is the answer.
local limit, key, delta = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local name = prefix .. key
local before, length = counted(key)
-- At most twenty digits and signs.
if not fits(cost(key, 20) - before, limit) then
    return 'full'
end
local sum = redis.pcall('INCRBY', name, delta)
if type(sum) == 'table' and sum.err then
    return string.find(sum.err, 'overflow', 1, true) and 'range' or 'text'
end
local text = redis.call('GET', name)
local after = cost(key, #text)
if not length then
    forget_expiry(name)
elseif redis.call('HEXISTS', sizes, name) == 1 then
    redis.call('HSET', sizes, name, after)
end
redis.call('ZADD', index, 0, key)
count(after - before)
return text

-- ARGV: overhead, limit in bytes, then keys. Answers the values, or nothing where there would be too much.
local limit, bytes, names = tonumber(ARGV[2]), 0, {}
for i = 3, #ARGV do
    local name = prefix .. ARGV[i]
    local length = redis.call('STRLEN', name)
    if length > 0 or redis.call('EXISTS', name) == 1 then
        bytes = bytes + #ARGV[i] + length
    end
    names[#names + 1] = name
end
if bytes > limit then
    return false
end
if #names == 0 then
    return {}
end
-- One by one: what a call may be given on Lua's stack is less than what a batch may have.
local values = {}
for i, name in ipairs(names) do
    values[i] = redis.call('GET', name)
end
return values

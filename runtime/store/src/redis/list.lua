-- ARGV: overhead, where to begin, keys and bytes of a page. Answers the cursor of the next page or nothing, and the keys.
local from, most, limit = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local found = redis.call('ZRANGEBYLEX', index, from, '+', 'LIMIT', 0, most + 1)
local keys, bytes, cursor = {}, 0, false
for i, key in ipairs(found) do
    bytes = bytes + #key
    if i > most or (i > 1 and bytes > limit) then
        cursor = found[i - 1]
        break
    end
    if redis.call('EXISTS', prefix .. key) == 1 then
        keys[#keys + 1] = key
    end
end
return { cursor, keys }

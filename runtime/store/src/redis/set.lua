-- ARGV: overhead, limit, time to live or 0, then keys and values. Answers 'full' or '0'.
local limit, ttl = tonumber(ARGV[2]), tonumber(ARGV[3])
local change = 0
for i = 4, #ARGV, 2 do
    change = change + cost(ARGV[i], #ARGV[i + 1]) - counted(ARGV[i])
end
if not fits(change, limit) then
    return 'full'
end
for i = 4, #ARGV, 2 do
    store(ARGV[i], ARGV[i + 1], ttl)
end
count(change)
return '0'

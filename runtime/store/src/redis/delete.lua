-- ARGV: overhead, then keys. Answers '0'.
for i = 2, #ARGV do
    local name = prefix .. ARGV[i]
    count(-counted(ARGV[i]))
    redis.call('DEL', name)
    redis.call('ZREM', index, ARGV[i])
    forget_expiry(name)
end
return '0'

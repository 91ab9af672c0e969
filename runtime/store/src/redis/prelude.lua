-- Before each script. KEYS are the bucket's index, the tenant's count of bytes, its entries that expire, and what those
-- count; ARGV[1] is what an entry counts beside its key and value. All keys of a tenant are on one node.
local index, used, expiries, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix = index .. ':'
local overhead = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function cost(key, length)
    return overhead + #key + length
end

-- What the entry counts at present, and the length of its value, if it has one.
local function counted(key)
    local name = prefix .. key
    local length = redis.call('EXISTS', name) == 1 and redis.call('STRLEN', name) or nil
    local size = redis.call('HGET', sizes, name)
    if size then
        return tonumber(size), length
    end
    return length and cost(key, length) or 0, length
end

local function forget_expiry(name)
    redis.call('ZREM', expiries, name)
    redis.call('HDEL', sizes, name)
end

local function note_expiry(name, at, size)
    redis.call('ZADD', expiries, string.format('%.0f', at), name)
    redis.call('HSET', sizes, name, size)
end

local function count(change)
    if change ~= 0 then
        redis.call('INCRBY', used, string.format('%.0f', change))
    end
end

-- Whether the tenant may have so much more.
local function fits(change, limit)
    local present = tonumber(redis.call('GET', used) or '0')
    return change <= 0 or present + change <= limit
end

local function store(key, value, ttl)
    local name = prefix .. key
    if ttl > 0 then
        redis.call('SET', name, value, 'PX', string.format('%.0f', ttl))
        note_expiry(name, now + ttl, cost(key, #value))
    else
        redis.call('SET', name, value)
        forget_expiry(name)
    end
    redis.call('ZADD', index, 0, key)
end

-- Takes some entries that have expired off the lists and the count.
local function sweep()
    local names = redis.call('ZRANGEBYSCORE', expiries, '-inf', string.format('%.0f', now), 'LIMIT', 0, 64)
    for _, name in ipairs(names) do
        local rest = #used + 2
        local colon = string.find(name, ':', rest, true)
        local size = redis.call('HGET', sizes, name)
        redis.call('DEL', name)
        redis.call('ZREM', string.sub(name, 1, colon - 1), string.sub(name, colon + 1))
        forget_expiry(name)
        count(-tonumber(size or '0'))
    end
end

sweep()

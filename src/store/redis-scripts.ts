/**
 * What the server does in one piece. The log is a stream whose ids are the numbers of the entries, `7-0`; `last` counts them, so that numbers of
 * entries that were erased are not given again; `id` is made once, so that a server that has lost its data is told from one that has not.
 */

const UNLESS_OURS = `if redis.call('GET', KEYS[3]) ~= ARGV[1] then return -1 end
local n = tonumber(redis.call('GET', KEYS[2]) or '0')
local function text(number) return string.format('%.0f', number) end
`;

/** Keys log, last, id; arguments id and entries. Gives the number of the last one; -1: this is another store. */
export const APPEND = `${UNLESS_OURS}
for i = 2, #ARGV do
  n = n + 1
  redis.call('XADD', KEYS[1], text(n) .. '-0', 'entry', ARGV[i])
end
redis.call('SET', KEYS[2], text(n))
return n`;

/**
 * Notes that a person was erased, by an entry that does not say who: that is in a key which is gone after a minute. Keys log, last, id, erased;
 * arguments id, who erases and the person.
 */
export const ERASED = `${UNLESS_OURS}
n = n + 1
redis.call('XADD', KEYS[1], text(n) .. '-0', 'erased', ARGV[2])
redis.call('SET', KEYS[2], text(n))
redis.call('SET', KEYS[4] .. ':' .. text(n), ARGV[3], 'EX', 60)
return n`;

/** Keys log, last, id; arguments an id for a store that has none, a number and how many. Gives id, last and the entries that follow the number. */
export const READ = `
redis.call('SETNX', KEYS[3], ARGV[1])
local entries = redis.call('XRANGE', KEYS[1], ARGV[2] .. '-1', '+', 'COUNT', ARGV[3])
return { redis.call('GET', KEYS[3]), redis.call('GET', KEYS[2]) or '0', entries }`;

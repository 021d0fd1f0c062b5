import { COMPARE, type Script, script } from '../scripts.ts';

/** Rows that could not be read of which an import keeps place and reason; more are only counted. */
export const PROBLEMS_KEPT = 10_000;

const COMPLETE = `
local function complete(key, now)
  local job = redis.call('HMGET', key, 'state', 'sent', 'extracted', 'deadLetters')
  if job[1] == 'extracting' and tonumber(job[3] or 0) + tonumber(job[4] or 0) >= tonumber(job[2] or 0) then
    redis.call('HSET', key, 'state', 'done', 'finishedAtMs', now)
  end
end`;

/**
 * Moves an import from one of some states to another. KEYS: the import. ARGV: new state, time, old
 * states. Answers {1 or 0, state that was found or ''}. A move to `importing` begins a new run.
 */
export const MOVE: Script = script(
  1,
  `
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return {0, ''} end
for i = 3, #ARGV do
  if state == ARGV[i] then
    redis.call('HSET', KEYS[1], 'state', ARGV[1])
    if ARGV[1] == 'importing' then
      redis.call('HINCRBY', KEYS[1], 'run', 1)
      redis.call('HDEL', KEYS[1], 'failure', 'finishedAtMs')
    elseif ARGV[1] == 'cancelled' or ARGV[1] == 'failed' then
      redis.call('HSET', KEYS[1], 'finishedAtMs', ARGV[2])
    end
    return {1, state}
  end
end
return {0, state}`,
);

/**
 * Claims a chunk. KEYS: the import. ARGV: run, chunk, owner. Answers the hash as it was before, or
 * {} where that chunk is not the next one of a running import.
 */
export const CLAIM: Script = script(
  1,
  `
local job = redis.call('HMGET', KEYS[1], 'state', 'run', 'nextChunk')
if job[1] ~= 'importing' or job[2] ~= ARGV[1] or job[3] ~= ARGV[2] then return {} end
local before = redis.call('HGETALL', KEYS[1])
redis.call('HSET', KEYS[1], 'owner', ARGV[3])
return before`,
);

/**
 * Stores what was read of a chunk. KEYS: the import. ARGV: chunk, owner, outcome. Answers 1, or 0
 * where another has claimed the chunk.
 */
export const INTEND: Script = script(
  1,
  `
local job = redis.call('HMGET', KEYS[1], 'nextChunk', 'owner')
if job[1] ~= ARGV[1] or job[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'intent', ARGV[3])
return 1`,
);

/**
 * Counts a chunk that was sent. KEYS: the import, its problems. ARGV: chunk, notes, position, 1
 * where it was the last, time, problems kept, number of problems, problems. Answers 1, or 0 where
 * it was counted before.
 */
export const ADVANCE_CHUNK: Script = script(
  2,
  `${COMPLETE}
local job = redis.call('HMGET', KEYS[1], 'nextChunk', 'state')
if job[1] ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'nextChunk', 1)
redis.call('HINCRBY', KEYS[1], 'sent', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'unreadable', ARGV[7])
redis.call('HSET', KEYS[1], 'position', ARGV[3])
redis.call('HDEL', KEYS[1], 'intent')
for i = 8, #ARGV do
  if redis.call('LLEN', KEYS[2]) < tonumber(ARGV[6]) then redis.call('RPUSH', KEYS[2], ARGV[i]) end
end
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], 'sentAtMs', ARGV[5])
  if job[2] ~= 'cancelled' then redis.call('HSET', KEYS[1], 'state', 'extracting') end
  complete(KEYS[1], ARGV[5])
end
return 1`,
);

/**
 * Says that a partition's log is counted now. KEYS: offsets. ARGV: topic partition, field of its
 * log, id of the log's topic. Answers 1 where another log was counted before, whose offset is
 * forgotten then.
 */
export const ENTER_LOG: Script = script(
  1,
  `
local id = redis.call('HGET', KEYS[1], ARGV[2])
if id == ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
if not id then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
return 1`,
);

/**
 * Counts the notes of results and dead letters. KEYS: offsets, then the imports. ARGV: topic
 * partition, last offset, time, field of the partition's log, id of the log's topic ('' not known),
 * then for each record: offset, position of its import in KEYS, code or '', code of the note's
 * former dead letter or '', rows, layers run, layers of full depth. A note that was sent back is
 * counted by what became of it last. Records at or before the stored offset were counted before;
 * imports that are no longer kept are skipped. Answers 1, or 0 where another log is counted now.
 */
export const COUNT: Script = script(
  0,
  `${COMPARE}${COMPLETE}
if ARGV[5] ~= '' and redis.call('HGET', KEYS[1], ARGV[4]) ~= ARGV[5] then return 0 end
local stored = redis.call('HGET', KEYS[1], ARGV[1])
for i = 6, #ARGV, 7 do
  local key = KEYS[tonumber(ARGV[i + 1])]
  if (not stored or compare(ARGV[i], stored) > 0) and redis.call('EXISTS', key) == 1 then
    if ARGV[i + 3] ~= '' then
      redis.call('HINCRBY', key, 'deadLetters', -1)
      redis.call('HINCRBY', key, 'code:' .. ARGV[i + 3], -1)
    end
    if ARGV[i + 2] == '' then
      redis.call('HINCRBY', key, 'extracted', 1)
      redis.call('HINCRBY', key, 'rows', ARGV[i + 4])
      redis.call('HINCRBY', key, 'layersRun', ARGV[i + 5])
      redis.call('HINCRBY', key, 'layersFull', ARGV[i + 6])
    else
      redis.call('HINCRBY', key, 'deadLetters', 1)
      redis.call('HINCRBY', key, 'code:' .. ARGV[i + 2], 1)
    end
  end
end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then complete(KEYS[i], ARGV[3]) end
end
if not stored or compare(ARGV[2], stored) > 0 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1`,
);

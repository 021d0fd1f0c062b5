import { createHash } from 'node:crypto';

/** A Lua script with the digest by which Redis knows it. */
export interface Script {
  readonly source: string;
  readonly sha1: string;
  /** Leading arguments that are keys. */
  readonly keys: number;
}

/** Makes a script. */
export const script = (keys: number, source: string): Script => ({ source, keys, sha1: createHash('sha1').update(source).digest('hex') });

/**
 * `compare(a, b)`: -1, 0 or 1 for two whole numbers as decimal text without leading zeros. Lua's
 * numbers are doubles, exact only to 2^53; offsets and versions have 64 bits.
 */
export const COMPARE = `
local function compare(a, b)
  local negative = a:sub(1, 1) == '-'
  if negative ~= (b:sub(1, 1) == '-') then return negative and -1 or 1 end
  local larger = 1
  if negative then a, b, larger = a:sub(2), b:sub(2), -1 end
  if a == b then return 0 end
  if #a ~= #b then return #a > #b and larger or -larger end
  return a > b and larger or -larger
end`;

/**
 * Projects one result. KEYS: the document's hash. ARGV: version, topic partition, offset, hashed
 * patient or '', result, time, life of the log. Answers what became of it and the hashed patient
 * that was stored before:
 * - `stale`: a newer version is there, or the same version from a later life of the same partition's
 *   log or a later offset of the same life; nothing is changed;
 * - `same`: this very record is there; nothing is changed;
 * - `written`.
 */
export const PROJECT = script(
  1,
  `${COMPARE}
local stored = redis.call('HMGET', KEYS[1], 'version', 'topicPartition', 'offset', 'patient', 'life')
local patient = stored[4] or ''
if stored[1] then
  local order = compare(ARGV[1], stored[1])
  if order == 0 and stored[2] == ARGV[2] then
    order = compare(ARGV[7], stored[5] or '0')
    if order == 0 then order = compare(ARGV[3], stored[3]) end
    if order == 0 then return {'same', patient} end
  end
  if order < 0 then return {'stale', patient} end
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'topicPartition', ARGV[2], 'offset', ARGV[3], 'patient', ARGV[4], 'result', ARGV[5], 'updatedAtMs', ARGV[6], 'life', ARGV[7])
return {'written', patient}`,
);

/**
 * Says that a partition's log is read now. KEYS: offsets hash. ARGV: topic partition, field of its
 * life, id of the log's topic, time, 1 where it is another log though the id is the same. Answers
 * {number of the life, 1 where it is a new one}. A new life has no offset yet. Numbers grow, also
 * where Redis has lost the last one: they are times.
 */
export const ENTER_LIFE = script(
  1,
  `${COMPARE}
local life = redis.call('HGET', KEYS[1], ARGV[2])
local number, id = ARGV[4], ARGV[3]
if life then
  local stored
  stored, id = life:match('^(%d+) (%x+)$')
  if id == ARGV[3] and ARGV[5] ~= '1' then return {stored, 0} end
  if compare(number, stored) <= 0 then number = string.format('%.0f', tonumber(stored) + 1) end
  redis.call('HDEL', KEYS[1], ARGV[1])
elseif ARGV[5] == '1' then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
redis.call('HSET', KEYS[1], ARGV[2], number .. ' ' .. ARGV[3])
return {number, (life or ARGV[5] == '1') and 1 or 0}`,
);

/**
 * Moves a partition's offset forward and adds to the stream. KEYS: offsets hash, stream. ARGV:
 * topic partition, offset that must be stored at least ('' none), offset to store, stream length,
 * field of the partition's life, number of the life ('' not known), then for each entry: offset,
 * document id, version. Answers {'lost', stored offset or ''} and changes nothing where less is
 * stored than must be: Redis has lost what it had acknowledged, or another life has begun. Else
 * {'moved', stored offset}. An entry whose offset was passed before is not added again.
 */
export const ADVANCE = script(
  2,
  `${COMPARE}
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[6] ~= '' and (redis.call('HGET', KEYS[1], ARGV[5]) or ''):match('^%d*') ~= ARGV[6] then return {'lost', ''} end
if ARGV[2] ~= '' and (not stored or compare(stored, ARGV[2]) < 0) then return {'lost', stored or ''} end
for i = 7, #ARGV, 3 do
  if not stored or compare(ARGV[i], stored) > 0 then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'documentId', ARGV[i + 1], 'version', ARGV[i + 2], 'topicPartition', ARGV[1], 'offset', ARGV[i])
  end
end
if stored and compare(stored, ARGV[3]) >= 0 then return {'moved', stored} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return {'moved', ARGV[3]}`,
);

import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { createLogger, LOG_FIELDS, type LogFields, type Logger } from '@epee/telemetry';
import fc from 'fast-check';

const PLANTED = 'Planted: Mrs Example has a rash after amoxicillin';

function recorder(level: 'debug' | 'info' | 'silent' = 'debug') {
  const lines: string[] = [];
  const logger = createLogger({ service: 'test', level, destination: { write: (line: string) => void lines.push(line) } });
  return { logger, lines, last: () => JSON.parse(lines.at(-1)!) };
}

describe('logger', () => {
  it('writes one JSON object per line: level, time, service, message and fields', () => {
    const { logger, lines, last } = recorder();
    logger.info('partition opened', { topic: 'epee.notes.v1', partition: 3, offset: 2n ** 60n, ready: true });
    assert.equal(lines.length, 1);
    const { time, ...rest } = last();
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      level: 'info',
      service: 'test',
      message: 'partition opened',
      topic: 'epee.notes.v1',
      partition: 3,
      offset: '1152921504606846976',
      ready: true,
    });
  });

  it('leaves out lines below its level', () => {
    const { logger, lines } = recorder('info');
    logger.debug('seen by nobody');
    assert.equal(lines.length, 0);
    recorder('silent').logger.fatal('seen by nobody');
  });

  it('drops fields that are not on the list and withholds values of the wrong kind', () => {
    const { logger, lines, last } = recorder();
    const fields = {
      text: PLANTED,
      documentId: 'd',
      topic: PLANTED,
      partition: PLANTED,
      offset: Number.NaN,
      ready: 1,
      code: { deep: PLANTED },
      constructor: PLANTED,
    };
    logger.warn('odd fields', fields as unknown as LogFields);
    assert.ok(!lines[0]!.includes('Planted'));
    const { topic, partition, offset, ready, code, text, documentId } = last();
    assert.deepEqual([topic, partition, offset, ready, code], new Array(5).fill('(withheld)'));
    assert.deepEqual([text, documentId], [undefined, undefined]);
  });

  it('keeps planted text out of every line, wherever it is put', () => {
    const anything = fc.oneof(
      fc.constant(PLANTED),
      fc.record({ a: fc.constant(PLANTED) }),
      fc.constant([PLANTED]),
      fc.constant(new Error(PLANTED)),
    );
    const names = fc.constantFrom(...Object.keys(LOG_FIELDS), 'err', 'error', 'msg', 'message', 'text', '__proto__', 'toJSON');
    fc.assert(
      fc.property(fc.dictionary(names, anything), anything, (fields, thrown) => {
        const { logger, lines } = recorder();
        logger.child(fields as LogFields).error('something failed', fields as LogFields, thrown);
        assert.ok(!lines.join('').includes('Planted'), lines.join(''));
      }),
    );
  });

  it('has no field for ids of documents and patients, keys and texts', () => {
    for (const name of ['documentId', 'patientRef', 'encounterRef', 'key', 'text', 'value', 'message'])
      assert.ok(!(name in LOG_FIELDS), name);
  });

  it('passes the fields of a child on to every line', () => {
    const { logger, last } = recorder();
    logger.child({ topic: 't' }).child({ partition: 1 }).info('moved', { partition: 2 });
    assert.deepEqual([last().topic, last().partition], ['t', 2]);
  });

  it('takes only constants as messages', () => {
    const { logger } = recorder();
    const call = (_log: Logger) => {
      const variable = PLANTED as string;
      // @ts-expect-error a variable may hold the text of a record
      logger.info(variable);
      // @ts-expect-error so may a template with a variable
      logger.info(`note ${variable}` as `note ${string}`);
      logger.info('a constant');
    };
    assert.equal(typeof call, 'function');
  });

  it('leaves percent signs as they are', () => {
    const { logger, last } = recorder();
    logger.info('at 50% of %s');
    assert.equal(last().message, 'at 50% of %s');
  });
});

describe('errors in log lines', () => {
  const errorOf = (error: unknown) => {
    const { logger, last } = recorder();
    logger.error('failed', {}, error);
    return last().error;
  };

  it('EpeeErrors have code, stage, message and hint', () => {
    const error = errorOf(
      new EpeeError('AVRO_INVALID', 'field text is broken', { stage: 'decode', hint: 'Look.', details: { field: 'text' } }),
    );
    assert.deepEqual(error, { name: 'EpeeError', code: 'AVRO_INVALID', stage: 'decode', message: 'field text is broken', hint: 'Look.' });
  });

  it('other errors have name, system code and frames, never the message', () => {
    const error = errorOf(Object.assign(new TypeError(`bad value ${PLANTED}\n    at bedtime 5 mg`), { code: 'ECONNREFUSED' }));
    assert.equal(error.name, 'TypeError');
    assert.equal(error.code, 'ECONNREFUSED');
    assert.equal(error.message, undefined);
    assert.match(error.frames[0], /logger\.test\.js:\d+:\d+/);
    assert.ok(!JSON.stringify(error).includes('Planted') && !JSON.stringify(error).includes('bedtime'));
  });

  it('whose message was changed after the stack was made', () => {
    const error = new Error('x');
    error.stack = `Error: first line\n    at ${PLANTED}\n    at run (/srv/app.ts:1:2)`;
    for (const message of ['', 'Error', 'other', 'first']) {
      error.message = message;
      assert.ok(!JSON.stringify(errorOf(error)).includes('Planted'), message);
    }
  });

  it('with planted names, codes and causes', () => {
    const error = new Error('x', { cause: new Error(PLANTED, { cause: PLANTED }) });
    error.name = PLANTED;
    Object.assign(error, { code: PLANTED });
    const logged = errorOf(error);
    assert.equal(logged.name, 'Error');
    assert.equal(logged.cause.cause.name, 'NotAnError');
    assert.ok(!JSON.stringify(logged).includes('Planted'));
  });

  it('that cause each other end somewhere', () => {
    const one = new Error('a');
    const two = new Error('b', { cause: one });
    one.cause = two;
    assert.ok(JSON.stringify(errorOf(one)).length < 20_000);
  });
});

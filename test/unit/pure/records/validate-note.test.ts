import assert from 'node:assert/strict';
import { EpeeError, type ErrorCode } from '@epee/errors';
import { bareNote, checkNote, MAX_VERSION, NOTE_FIELDS, validateNote } from '@epee/records';
import fc from 'fast-check';

const DEFAULTS = { defaultSource: 'http', receivedAtMs: 1000, maxTextBytes: 100 };
const validate = (value: unknown) => validateNote(value, DEFAULTS);
const PLANTED = 'planted clinical text';

function errorOf(work: () => unknown): EpeeError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof EpeeError, String(error));
    return error;
  }
  assert.fail('nothing was thrown');
}

describe('validateNote', () => {
  it('fills in optional fields', () => {
    assert.deepStrictEqual(
      validate({ documentId: 'd', text: 't' }),
      bareNote({ documentId: 'd', source: 'http', text: 't', receivedAtMs: 1000 }),
    );
  });

  it('keeps every field as it is', () => {
    const fields = {
      documentId: 'd/1',
      version: 0,
      source: 's',
      patientRef: 'p',
      encounterRef: 'e',
      noteType: 'n',
      documentStatus: 'preliminary',
      sourceIds: [{ system: 'urn:oid:1.2', value: 'A1' }],
      retraction: null,
      text: ' 🩺 fever \r\n',
    };
    assert.deepStrictEqual(validate({ ...fields, noteTime: -5 }), { ...fields, version: 0n, noteTimeMs: -5, receivedAtMs: 1000 });
  });

  it('takes times as milliseconds, as their 13 digits, and in ISO 8601', () => {
    for (const noteTime of [1_700_000_000_000, '1700000000000', '2023-11-14T22:13:20Z', '2023-11-14T23:13:20.000+01:00'])
      assert.equal(validate({ documentId: 'd', text: 't', noteTime }).noteTimeMs, 1_700_000_000_000);
  });

  it('takes a retraction without a text, or with an empty one', () => {
    for (const more of [{}, { text: '' }]) {
      const note = validate({ documentId: 'd', retraction: { reason: 'entered-in-error' }, ...more });
      assert.deepStrictEqual([note.text, note.retraction], ['', { reason: 'entered-in-error' }]);
      checkNote(note, { maxTextBytes: 100 });
    }
  });

  it('accepts versions beyond 2^53 as digits and refuses numbers that have lost digits', () => {
    assert.equal(validate({ documentId: 'd', text: 't', version: String(MAX_VERSION) }).version, MAX_VERSION);
    assert.equal(validate({ documentId: 'd', text: 't', version: Number.MAX_SAFE_INTEGER }).version, 2n ** 53n - 1n);
    for (const version of [2 ** 53, 1.5, '1.5', '-1', '', null, true, [], {}, '9'.repeat(30), '９']) {
      assert.equal(errorOf(() => validate({ documentId: 'd', text: 't', version })).details.path, '$.version', String(version));
    }
  });

  const wrong: [string, unknown, ErrorCode, string, RegExp][] = [
    ['not an object', [], 'REQUEST_FIELD_INVALID', '$', /must be an object, but is an array/],
    ['null', null, 'REQUEST_FIELD_INVALID', '$', /must be an object, but is null/],
    ['no documentId', { text: 't' }, 'REQUEST_FIELD_INVALID', '$.documentId', /is missing; it must be a string/],
    [
      'a documentId of another type',
      { documentId: 7, text: 't' },
      'REQUEST_FIELD_INVALID',
      '$.documentId',
      /must be a string, but is a number/,
    ],
    [
      'an empty documentId',
      { documentId: '', text: 't' },
      'REQUEST_FIELD_INVALID',
      '$.documentId',
      /must have 1 to 256 characters, but is empty/,
    ],
    [
      'a long documentId',
      { documentId: 'x'.repeat(257), text: 't' },
      'REQUEST_FIELD_INVALID',
      '$.documentId',
      /1 to 256 characters, but has 257/,
    ],
    [
      'a control character',
      { documentId: 'ab\u0000', text: 't' },
      'REQUEST_FIELD_INVALID',
      '$.documentId',
      /no control characters, but has one at character 2/,
    ],
    ['a line end in a name', { documentId: 'd', text: 't', source: 'a\nb' }, 'REQUEST_FIELD_INVALID', '$.source', /no control characters/],
    [
      'half a pair in a name',
      { documentId: '🩺\ud83d', text: 't' },
      'REQUEST_FIELD_INVALID',
      '$.documentId',
      /half a surrogate pair at character 1/,
    ],
    [
      'half a pair in the text',
      { documentId: 'd', text: 'ab\udc00' },
      'REQUEST_FIELD_INVALID',
      '$.text',
      /half a surrogate pair at character 2/,
    ],
    [
      'a negative version',
      { documentId: 'd', text: 't', version: -1 },
      'REQUEST_FIELD_INVALID',
      '$.version',
      /from 0 to 9223372036854775807, but is -1/,
    ],
    [
      'a version beyond a long',
      { documentId: 'd', text: 't', version: '9223372036854775808' },
      'REQUEST_FIELD_INVALID',
      '$.version',
      /but is 9223372036854775808/,
    ],
    [
      'a patientRef of another type',
      { documentId: 'd', text: 't', patientRef: {} },
      'REQUEST_FIELD_INVALID',
      '$.patientRef',
      /or null, but is an object/,
    ],
    ['an empty noteType', { documentId: 'd', text: 't', noteType: '' }, 'REQUEST_FIELD_INVALID', '$.noteType', /but is empty/],
    ...(
      [
        [
          'another status',
          { documentStatus: PLANTED },
          '$.documentStatus',
          /must be one of preliminary, final, corrected, cancelled or null, but is another string/,
        ],
        ['a status of another type', { documentStatus: 1 }, '$.documentStatus', /or null, but is a number/],
        [
          'a time without an offset',
          { noteTime: '2026-03-01T09:30:00' },
          '$.noteTime',
          /must be ISO 8601 with an offset .*, but is another string/,
        ],
        ['a time of HL7', { noteTime: '20260301093000' }, '$.noteTime', /milliseconds since 1970/],
        ['a time of another type', { noteTime: [] }, '$.noteTime', /or null, but is an array/],
        ['half a millisecond', { noteTime: 1.5 }, '$.noteTime', /must be whole milliseconds since 1970 .*, but is 1.5/],
        ['a time without a date', { noteTime: 9e15 }, '$.noteTime', /from -8640000000000000 to 8640000000000000, but is 9000000000000000/],
        ['source identifiers of another type', { sourceIds: { system: 's' } }, '$.sourceIds', /must be an array .*, but is an object/],
        [
          'a source identifier without a value',
          { sourceIds: [{ system: 's' }] },
          '$.sourceIds[0].value',
          /is missing; it must be a string/,
        ],
        [
          'a source identifier of another type',
          { sourceIds: ['s'] },
          '$.sourceIds[0]',
          /must be an object with system and value, but is a string/,
        ],
        ['an empty source identifier', { sourceIds: [{ system: 's', value: '' }] }, '$.sourceIds[0].value', /but is empty/],
        [
          'more of a source identifier',
          { sourceIds: [{ system: 's', value: 'v', use: 'x' }] },
          '$.sourceIds[0].use',
          /is not a field of a source identifier/,
        ],
        [
          'too many source identifiers',
          { sourceIds: Array(33).fill({ system: 's', value: 'v' }) },
          '$.sourceIds',
          /must have at most 32 entries, but has 33/,
        ],
        ['a retraction of another type', { retraction: true }, '$.retraction', /must be an object with reason, but is a boolean/],
        ['a retraction without a reason', { retraction: {} }, '$.retraction.reason', /is missing/],
        ['an empty reason', { text: '', retraction: { reason: '' } }, '$.retraction.reason', /but is empty/],
        [
          'a retraction with a text',
          { retraction: { reason: 'r' } },
          '$.text',
          /must be empty or left out where a note has a retraction, but has 1 characters/,
        ],
        ['a retraction with white space', { text: ' ', retraction: { reason: 'r' } }, '$.text', /must be empty or left out/],
      ] as const
    ).map(([what, more, path, message]): [string, unknown, ErrorCode, string, RegExp] => [
      what,
      { documentId: 'd', text: 't', ...more },
      'REQUEST_FIELD_INVALID',
      path,
      message,
    ]),
    [
      'a misspelt field',
      { documentId: 'd', text: 't', patientref: 'p' },
      'REQUEST_FIELD_INVALID',
      '$.patientref',
      /is not a field of a note; its fields are documentId, version/,
    ],
    [
      'a text as a field name',
      { documentId: 'd', text: 't', [`${PLANTED} in a name`]: 1 },
      'REQUEST_FIELD_INVALID',
      '$',
      /has a field that is not a field of a note/,
    ],
    ['no text', { documentId: 'd' }, 'REQUEST_FIELD_INVALID', '$.text', /is missing/],
    [
      'a text of another type',
      { documentId: 'd', text: [PLANTED] },
      'REQUEST_FIELD_INVALID',
      '$.text',
      /must be a string, but is an array/,
    ],
    ['an empty text', { documentId: 'd', text: '' }, 'TEXT_EMPTY', '$.text', /must have text/],
    ['white space alone', { documentId: 'd', text: ' \n\t\u00a0' }, 'TEXT_EMPTY', '$.text', /must have text/],
    [
      'a text over the limit',
      { documentId: 'd', text: 'é'.repeat(51) },
      'TEXT_TOO_LARGE',
      '$.text',
      /at most 100 UTF-8 bytes, but has 102/,
    ],
  ];
  for (const [what, value, code, path, message] of wrong) {
    it(`refuses ${what}: ${code} at ${path}`, () => {
      const error = errorOf(() => validate(value));
      assert.equal(error.code, code);
      assert.equal(error.details.path, path);
      assert.match(error.message, message);
    });
  }

  it('counts characters, not UTF-16 units', () => {
    assert.equal(validate({ documentId: '🩺'.repeat(256), text: 't' }).documentId.length, 512);
  });

  it('takes a text of exactly the limit', () => {
    assert.equal(validate({ documentId: 'd', text: 'é'.repeat(50) }).text.length, 50);
  });

  it('never throws anything but an EpeeError that names no value, whatever JSON it gets', () => {
    const plant = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('"x"', `"${PLANTED}"`));
    const fields = fc.dictionary(fc.constantFrom(...NOTE_FIELDS), fc.oneof(fc.jsonValue(), fc.constant('x')));
    fc.assert(
      fc.property(fc.oneof(fields, fc.jsonValue()), (value) => {
        try {
          validate(plant(value));
        } catch (error) {
          assert.ok(error instanceof EpeeError);
          assert.ok(!`${error.message} ${JSON.stringify(error.details)}`.includes(PLANTED));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('checkNote', () => {
  const note = validate({ documentId: 'd', text: 't' });
  it('accepts every note that validateNote makes', () => checkNote(note, { maxTextBytes: 100 }));

  it('refuses the same faults as records: RECORD_INVALID, TEXT_EMPTY, TEXT_TOO_LARGE', () => {
    const cases: [object, ErrorCode][] = [
      [{ documentId: '' }, 'RECORD_INVALID'],
      [{ version: -1n }, 'RECORD_INVALID'],
      [{ patientRef: '\u0007' }, 'RECORD_INVALID'],
      [{ sourceIds: [{ system: '', value: 'v' }] }, 'RECORD_INVALID'],
      [{ noteTimeMs: 2 ** 60 }, 'RECORD_INVALID'],
      [{ retraction: { reason: 'r' } }, 'RECORD_INVALID'],
      [{ retraction: { reason: '\u0000' }, text: '' }, 'RECORD_INVALID'],
      [{ text: ' ' }, 'TEXT_EMPTY'],
      [{ text: 'x'.repeat(101) }, 'TEXT_TOO_LARGE'],
    ];
    for (const [change, code] of cases) assert.equal(errorOf(() => checkNote({ ...note, ...change }, { maxTextBytes: 100 })).code, code);
  });
});

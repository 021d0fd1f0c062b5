import assert from 'node:assert/strict';
import { listsVnni } from '../../../../shared/adapters/engine/threads/processor.ts';

const flags = (listed: string) => `processor\t: 0\nmodel name\t: x\nflags\t\t: fpu sse4_2 ${listed} erms\nbugs\t\t: spectre\n`;

describe('what the processor lists', () => {
  for (const name of ['avx512_vnni', 'avx_vnni']) it(`sees ${name}`, () => assert.equal(listsVnni(flags(`avx2 ${name}`)), true));

  it('does not mistake wider registers or other lines for VNNI', () => {
    assert.equal(listsVnni(flags('avx2 avx512f avx512bw')), false);
    assert.equal(listsVnni(`${flags('avx2')}notes: avx512_vnni\n`), false);
    assert.equal(listsVnni(''), false);
  });
});

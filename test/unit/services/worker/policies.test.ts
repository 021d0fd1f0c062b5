import assert from 'node:assert/strict';
import { FULL_DEPTH } from '@epee/exits';
import { checkPolicies } from '../../../../services/worker/compose.ts';

const task = (name: string, ...policies: string[]) => ({ name, policies: Object.fromEntries(policies.map((own) => [own, FULL_DEPTH])) });

describe('policies that the configuration names', () => {
  const model = { name: 'notes', tasks: [task('events', 'full', 'fast', 'own'), task('sections', 'full', 'fast')] };

  it('pass where every task has them', () => {
    checkPolicies({ policy: 'fast', topicPolicies: { 'notes.v1': 'full' } }, model);
  });

  it('are refused at start with the option, the task and what it has', () => {
    assert.throws(() => checkPolicies({ policy: 'own', topicPolicies: {} }, model), {
      code: 'POLICY_UNKNOWN',
      message: 'EPEE_POLICY=own is unknown to task sections of model notes; it has full, fast',
    });
    assert.throws(() => checkPolicies({ policy: 'fast', topicPolicies: { 'notes.v1': 'own' } }, model), {
      message: 'EPEE_TOPIC_POLICIES: notes.v1=own is unknown to task sections of model notes; it has full, fast',
    });
  });
});

import assert from 'node:assert/strict';
import { FULL_DEPTH } from '@epee/exits';
import { policyMissing } from '../../../../services/worker/compose.ts';

const task = (name: string, ...policies: string[]) => ({ name, policies: Object.fromEntries(policies.map((own) => [own, FULL_DEPTH])) });

describe('policies that the configuration names', () => {
  const tasks = [task('events', 'full', 'fast', 'own'), task('sections', 'full', 'fast')];

  it('pass where every task has them', () => {
    assert.equal(policyMissing({ policy: 'fast', topicPolicies: { 'notes.v1': 'full' } }, tasks), null);
  });

  it('are refused at start with the option, the task and what it has', () => {
    const error = policyMissing({ policy: 'own', topicPolicies: {} }, tasks);
    assert.deepEqual(
      [error?.code, error?.message],
      ['POLICY_UNKNOWN', 'EPEE_POLICY=own is not a policy of task sections; it has full, fast'],
    );
    const topic = policyMissing({ policy: 'fast', topicPolicies: { 'notes.v1': 'own' } }, tasks);
    assert.equal(topic?.message, 'EPEE_TOPIC_POLICIES: notes.v1=own is not a policy of task sections; it has full, fast');
  });
});

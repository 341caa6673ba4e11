import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoSources } from './demo-sources.ts';
import { requireEnoughPeople } from './enough-people.ts';
import { demoPeople, type Person } from './people.ts';
import { readPolicyFile } from './policy-file.ts';

const policies = path.resolve(import.meta.dirname, '../../policies');
const configuredBy = demoSources().flatMap((source) => source.setBy);
const two = () => demoPeople().filter(({ account }) => account !== 'greta');
const without = (...accounts: string[]) =>
  demoPeople().filter(({ account }) => !accounts.includes(account));

describe.each(['demo.json', 'default.json'])('people for %s (rule E1)', (file) => {
  const policy = readPolicyFile(path.join(policies, file));
  const check = (people: readonly Person[]) => requireEnoughPeople(policy, people, configuredBy);

  it('are enough in the demonstration', () => {
    expect(() => check(demoPeople())).not.toThrow();
  });

  it.each([
    ['governor', ['gwen', 'greta']],
    ['auditor', ['ada']],
    ['reviewer', ['rita']],
  ])('are too few with one %s', (role, accounts) => {
    expect(() => check(without(...accounts))).toThrow(
      new RegExp(`too few distinct persons.*${role}`),
    );
  });

  it('are enough when one governor has published the law, and too few when two have', () => {
    const publishedBy = (...persons: string[]) => ({ ...policy, publishedBy: persons });
    const governed = (law: typeof policy) => () =>
      requireEnoughPeople(law, demoPeople(), configuredBy);
    expect(governed(publishedBy('mara', 'gwen'))).not.toThrow();
    expect(governed(publishedBy('gil', 'gwen'))).toThrow(/governor: approves severe steps/);
  });

  it('are too few without an operator', () => {
    expect(() => check(without('olga', 'otto'))).toThrow(/operator: confirms remediation/);
  });

  it('are counted by person, not by account', () => {
    const twice = two().map((one) => (one.account === 'gil' ? { ...one, person: 'gwen' } : one));
    expect(() => check(twice)).toThrow(/governor/);
  });

  it('may have several roles, but fill one seat each', () => {
    const governorToo = two().map((one): Person => {
      if (one.account === 'gil') return { ...one, roles: ['viewer'] };
      return one.account === 'olga' ? { ...one, roles: ['operator', 'governor'] } : one;
    });
    expect(() => check(governorToo)).not.toThrow();
    expect(() => check(governorToo.filter(({ account }) => account !== 'otto'))).toThrow(
      /governor|operator/,
    );
  });

  it('do not count where they set up sources or belong to a participant', () => {
    const conflicted = demoPeople().map((one): Person => {
      if (one.account === 'ada') return { ...one, roles: ['viewer'] };
      if (one.account === 'mara') return { ...one, roles: ['auditor'] };
      return one.account === 'of-op-0001' ? { ...one, roles: ['auditor'] } : one;
    });
    expect(() => check(conflicted)).toThrow(/auditor/);
  });

  it('approve from several organisations', () => {
    const alike = demoPeople().map((one) => ({ ...one, organisation: 'one-council' }));
    expect(() => check(alike)).toThrow(/2 approvals need as many organisations, there are 1/);
  });
});

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { CurlRequest } from '../../apps/local/first-curl.ts';

export const projectDir = path.resolve(import.meta.dirname, '../..');
export const demoPolicy = path.join(projectDir, 'policies/demo.json');

/** What the tests read of a case. */
export interface CaseView {
  caseId: string;
  participantId: string;
  stage: string;
  tier: string | null;
  rung: string | null;
}

/** The first page of cases; throws for anything but 200. */
export async function casesOf(api: string, token: string): Promise<CaseView[]> {
  const answer = await fetch(`${api}/v1/cases`, { headers: { authorization: `Bearer ${token}` } });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const { items } = (await answer.json()) as { items: CaseView[] };
  return items;
}

/** Sends a request as curl would. */
export function post({ url, headers, body }: CurlRequest): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body });
}

/** The first request about another participant's first node. */
export function requestFor(request: CurlRequest, participantId: string): CurlRequest {
  const body = request.body
    .replaceAll('op-0001', participantId)
    .replace('5f3a0c1d9b7e2468', `${participantId}-fingerprint`);
  return { ...request, body };
}

/** Command lines of all processes that name the folder, but for this one's own. */
export function processesOn(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['-ww', '-A', '-o', 'pid=,args='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder) && Number.parseInt(line, 10) !== process.pid);
}

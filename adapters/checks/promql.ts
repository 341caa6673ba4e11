import { codeOf, type Look } from './http-probe.ts';

/** Characters that mean themselves inside any PromQL string; every other one is written by its number. */
const PLAIN = /[A-Za-z0-9_:-]/;

/** The most that is read of an answer: a check asks for a handful of series. */
const MAX_ANSWER_BYTES = 1_000_000;

/**
 * The query with `$participant` and `$resource` put in as label values. Every character that could end a string is written as
 * an escape, so an id can never become part of the query. Null, with the reason, when a placeholder stands where that does not
 * hold: in a raw string, in a regular expression, or for a resource where none is looked at.
 */
export function fillQuery(
  query: string,
  labels: { participant: string; resource: string | null },
): { query: string } | { query: null; reason: string } {
  if (/`[^`]*\$(participant|resource)\b/.test(query)) {
    return { query: null, reason: 'a placeholder stands in a raw string' };
  }
  if (/[=!]~\s*(?:"[^"]*|'[^']*)\$(participant|resource)\b/.test(query)) {
    return { query: null, reason: 'a placeholder stands in a regular expression; use = or !=' };
  }
  const { resource } = labels;
  if (resource === null && /\$resource\b/.test(query)) {
    return { query: null, reason: 'the query is about one resource, and none is looked at' };
  }
  return {
    query: query.replace(/\$(participant|resource)\b/g, (_, name) =>
      escapeLabel(name === 'participant' ? labels.participant : (resource ?? '')),
    ),
  };
}

function escapeLabel(value: string): string {
  return [...value]
    .map((sign) => {
      if (PLAIN.test(sign)) return sign;
      return `\\U${(sign.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
    })
    .join('');
}

/**
 * One instant query to a Prometheus-compatible server. Healthy: a vector of at least one sample, none of them zero; unhealthy: some
 * sample is zero. No sample, a sample that is no number, a failed query or a server that cannot be asked show nothing: no data is
 * neither.
 */
export async function queryPrometheus(
  serverUrl: string,
  query: string,
  timeoutMs: number,
): Promise<Look> {
  try {
    const answer = await fetch(`${serverUrl.replace(/\/+$/, '')}/api/v1/query`, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ query, timeout: `${timeoutMs}ms` }),
    });
    const text = await readAtMost(answer, MAX_ANSWER_BYTES);
    if (answer.status !== 200) return unseen(`the server answered ${answer.status}`);
    return judge(JSON.parse(text));
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return unseen(isLate ? `no answer within ${timeoutMs} ms` : codeOf(error) || String(error));
  }
}

function judge(answer: unknown): Look {
  const values = samplesOf(answer);
  if (values === null) return unseen('the answer is no vector');
  if (values.length === 0) return unseen('the query found no data');
  if (values.some(Number.isNaN)) return unseen('a sample is not a number');
  const zeros = values.filter((value) => value === 0).length;
  return zeros === 0
    ? { healthy: true, detail: `all ${values.length} samples are non-zero` }
    : { healthy: false, detail: `${zeros} of ${values.length} samples are zero` };
}

/** Values of an instant vector or a scalar; null for any other answer. */
function samplesOf(answer: unknown): number[] | null {
  const data = field(answer, 'data');
  const result = field(data, 'result');
  if (field(answer, 'status') !== 'success' || !Array.isArray(result)) return null;
  switch (field(data, 'resultType')) {
    case 'scalar':
      return [numberOf(result)];
    case 'vector':
      return result.map((series) => numberOf(field(series, 'value')));
    default:
      return null;
  }
}

function numberOf(sample: unknown): number {
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  if (typeof text !== 'string' || text === '') return Number.NaN;
  return Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function unseen(detail: string): Look {
  return { healthy: null, detail };
}

async function readAtMost(answer: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

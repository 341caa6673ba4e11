import { codeOf, type Look } from './http-probe.ts';

/** Characters that mean themselves inside any PromQL string; every other one is written by its number. */
const PLAIN = /[A-Za-z0-9_:-]/;

/** The most that is read of an answer: a check asks for a handful of series. */
const MAX_ANSWER_BYTES = 1_000_000;

/** A watch asks for all resources of the network that are in violation at once. */
const MAX_SAMPLES_BYTES = 32_000_000;

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
  const answer = await ask(serverUrl, query, timeoutMs, MAX_ANSWER_BYTES);
  return 'unseen' in answer ? unseen(answer.unseen) : judge(answer.json);
}

/** The parsed answer of the server, or why there is none. */
async function ask(
  serverUrl: string,
  query: string,
  timeoutMs: number,
  maxBytes: number,
): Promise<{ json: unknown } | { unseen: string }> {
  try {
    const answer = await fetch(`${serverUrl.replace(/\/+$/, '')}/api/v1/query`, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ query, timeout: `${timeoutMs}ms` }),
    });
    const text = await readAtMost(answer, maxBytes);
    if (answer.status !== 200) return { unseen: `the server answered ${answer.status}` };
    return { json: JSON.parse(text) };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { unseen: isLate ? `no answer within ${timeoutMs} ms` : codeOf(error) || String(error) };
  }
}

/**
 * The labels of every sample of an instant query that is not zero; null when the server could not be asked, or answered no vector: that
 * shows nothing.
 */
export async function querySamples(
  serverUrl: string,
  query: string,
  timeoutMs: number,
): Promise<Readonly<Record<string, string>>[] | null> {
  const answer = await ask(serverUrl, query, timeoutMs, MAX_SAMPLES_BYTES);
  if ('unseen' in answer) return null;
  const data = field(answer.json, 'data');
  const result = field(data, 'result');
  if (field(answer.json, 'status') !== 'success') return null;
  if (field(data, 'resultType') !== 'vector' || !Array.isArray(result)) return null;
  return result.flatMap((series) => {
    const value = numberOf(field(series, 'value'));
    return Number.isNaN(value) || value === 0 ? [] : [labelsOf(field(series, 'metric'))];
  });
}

function labelsOf(metric: unknown): Record<string, string> {
  if (typeof metric !== 'object' || metric === null) return {};
  return Object.fromEntries(
    Object.entries(metric).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
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

/** What one look showed, before it is said in whose name. `null`: the look itself failed, for nobody and against nobody. */
export interface Look {
  healthy: boolean | null;
  detail: string;
}

/** Errors by which the target itself shows that it does not serve; what is not listed may be our own fault. */
const TARGET_FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  // What answers is no HTTP.
  'HTTPParserError',
  'CERT_HAS_EXPIRED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** A timer this much later than asked says that our own process was too busy to look. */
const BUSY_MS = 250;

/**
 * One HTTP GET, redirects not followed: an answer below 400 is healthy; any other answer, a refused or broken connection and
 * silence until the timeout are unhealthy. A name that does not resolve, a network that is not there or a process too busy to
 * look show nothing (rule B3: only a look that worked may agree with a violation).
 */
export async function probeHttp(url: string, timeoutMs: number): Promise<Look> {
  const startedAtMs = performance.now();
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'user-agent': 'swarm-slashing-probe', accept: '*/*', connection: 'close' },
    });
    await answer.body?.cancel();
    return { healthy: answer.status < 400, detail: `GET ${url} answered ${answer.status}` };
  } catch (error) {
    const lateMs = performance.now() - startedAtMs - timeoutMs;
    return failedLook(url, error, timeoutMs, lateMs);
  }
}

function failedLook(url: string, error: unknown, timeoutMs: number, lateMs: number): Look {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return lateMs > BUSY_MS
      ? { healthy: null, detail: `GET ${url}: our own look came ${Math.round(lateMs)} ms late` }
      : { healthy: false, detail: `GET ${url} did not answer within ${timeoutMs} ms` };
  }
  const code = codeOf(error);
  if (TARGET_FAULTS.has(code) || code.startsWith('HPE_')) {
    return { healthy: false, detail: `GET ${url} failed: ${code}` };
  }
  return { healthy: null, detail: `GET ${url} could not be tried: ${code || 'unknown reason'}` };
}

/** The system's code of a failed fetch, which lies somewhere among its causes. */
export function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    if (cause.name === 'HTTPParserError') return cause.name;
    // Several addresses were tried: they failed alike, or the first that has a word says it.
    if (cause instanceof AggregateError) {
      const code = cause.errors.map(codeOf).find((text) => text !== '');
      if (code !== undefined) return code;
    }
  }
  return '';
}

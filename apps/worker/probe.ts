// Exits with 0 when the worker beside it is alive, else with 1: the health check of a container, which has no curl.
const host = process.env['HEALTH_HOST'] || '127.0.0.1';
// A worker that listens everywhere is asked at home.
const asked = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
try {
  const answer = await fetch(`http://${asked}:${process.env['HEALTH_PORT']}/`, {
    signal: AbortSignal.timeout(3_000),
  });
  process.exitCode = answer.status === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}

export {};

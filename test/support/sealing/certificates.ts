import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A certificate with its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** An authority of its own that makes certificates in a folder, by the openssl of the machine. */
export function openAuthority(folder: string) {
  const at = (name: string) => path.join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  return {
    certificate: readFileSync(at('ca.pem'), 'utf8'),
    /** A certificate for a name on 127.0.0.1. */
    issue(name: string): KeyPair {
      const asked = at(`${name}.csr`);
      const extensions = at('extensions');
      writeFileSync(
        extensions,
        'basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:localhost',
      );
      openssl('req', ...key, '-keyout', at(`${name}.key`), '-out', asked, '-subj', `/CN=${name}`);
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
      openssl(
        'x509',
        '-req',
        '-in',
        asked,
        ...by,
        '-extfile',
        extensions,
        '-out',
        at(`${name}.pem`),
      );
      return {
        certificate: readFileSync(at(`${name}.pem`), 'utf8'),
        privateKey: readFileSync(at(`${name}.key`), 'utf8'),
      };
    },
  };
}

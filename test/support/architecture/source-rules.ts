import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { sourceFiles } from './import-graph.ts';
import { isTestFile } from './rules.ts';

const maxLines = 400;
const maxHandlerLines = 60;

/** Files that are too long, and names that are not kebab-case. */
export function sizeAndNameViolations(root: string): string[] {
  return sourceFiles(root).flatMap((file) => {
    const lines = readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n').length;
    const limit = path.posix.basename(file) === 'handler.ts' ? maxHandlerLines : maxLines;
    const long = lines > limit ? [`${file} has ${lines} lines; at most ${limit}`] : [];
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;
    const parts = file.replace(/((\.property)?\.test)?\.(tsx?|mjs)$/, '').split('/');
    return parts.every((part) => kebab.test(part)) ? long : [...long, `${file} is not kebab-case`];
  });
}

/** What would make the law depend on when, where or in which order it runs. */
const impure = [
  { pattern: /\bDate\b/, what: 'Date' },
  { pattern: /\bMath\.random\b/, what: 'Math.random' },
  { pattern: /\bcrypto\b/, what: 'crypto' },
  { pattern: /\bperformance\b/, what: 'performance' },
  { pattern: /\b(setTimeout|setInterval|queueMicrotask)\(/, what: 'a timer' },
  { pattern: /\bprocess\.|\bglobalThis\b/, what: 'the process' },
  { pattern: /\bawait\b|\basync\b/, what: 'await' },
] as const;

/** Uses of clock, random or waiting in the domain's code; comments and texts do not count. */
export async function purityViolations(root: string): Promise<string[]> {
  const files = sourceFiles(root).filter((file) => file.startsWith('domain/') && !isTestFile(file));
  const found = await Promise.all(
    files.map(async (file) => {
      const source = readFileSync(path.join(root, file), 'utf8');
      const { code } = await transform(source, { loader: 'ts', legalComments: 'none' });
      const bare = withoutTexts(code);
      return impure
        .filter(({ pattern }) => pattern.test(bare))
        .map(({ what }) => `${file} uses ${what}`);
    }),
  );
  return found.flat();
}

function withoutTexts(code: string): string {
  return code
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

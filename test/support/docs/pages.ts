import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A page of the documentation: its path from the project's folder, and its text. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** Every page that a reader may open: those at the root and all under docs/. */
export function pages(root: string): Page[] {
  return globSync(['*.md', 'docs/**/*.md'], { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** Links of a page that lead nowhere: no such file, or no such heading in it. Addresses outside are not followed. */
export function brokenLinks(root: string, page: Page): string[] {
  return [...withoutFences(page.text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [target = '', anchor] = link.split('#');
    const folder = path.posix.dirname(page.file);
    const file = target === '' ? page.file : path.posix.join(folder, target);
    if (!existsSync(path.join(root, file))) return [`${page.file} links to ${link}: no such file`];
    if (anchor === undefined || !file.endsWith('.md')) return [];
    const headings = headingsOf(readFileSync(path.join(root, file), 'utf8'));
    return headings.includes(anchor) ? [] : [`${page.file} links to ${link}: no such heading`];
  });
}

/** Headings as GitHub turns them into anchors. */
function headingsOf(text: string): string[] {
  return [...withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}

/** Commands of npm that a page tells its reader to run although `package.json` has no such script. */
export function unknownScripts(page: Page, scripts: readonly string[]): string[] {
  const told = page.text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g);
  return [...told]
    .map(([, run, short]) => run ?? short ?? '')
    .filter((name) => !scripts.includes(name))
    .map((name) => `${page.file} tells to run npm script ${name}, which does not exist`);
}

const roomPath =
  /^(?:domain|contracts|sources|functions|workflows|activities|adapters|infra|apps|policies|docs|scripts|test|\.ci)\/[\w./{},*-]+$/;

/** Files and folders that a page names in code type and that do not exist. */
export function missingPaths(root: string, page: Page): string[] {
  return [...withoutFences(page.text).matchAll(/`([^`\n]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => roomPath.test(name))
    .filter((name) => globSync(name.replace(/\/$/, ''), { cwd: root }).length === 0)
    .map((name) => `${page.file} names ${name}, which does not exist`);
}

/** Deployments that a page tells of without their stage, or without the builds of the worker that shall serve: `prod` refuses them. */
export function vagueDeployments(page: Page): string[] {
  const told = page.text.matchAll(/\bnpx cdk (?:bootstrap|deploy|destroy|diff)\b[^`\n]*/g);
  return [...told]
    .map(([command]) => command.replace(/ +#.*$/, '').trim())
    .filter((command) => !/ -c stage=/.test(command) || !/ -c ["']?builds=/.test(command))
    .map((command) => `${page.file} tells to run "${command}", without a stage or its builds`);
}

/** Addresses under /v1/ that a page tells of and that no path of the contract matches. */
export function unknownAddresses(page: Page, templates: readonly string[]): string[] {
  const known = templates.map(
    (template) => new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  );
  return [...page.text.matchAll(/(?<![\w-])\/v1\/[\w{}$<>./:%-]*/g)]
    .map(([address]) => address.replace(/[.,:/]+$/, ''))
    .filter((address) => !known.some((pattern) => pattern.test(address)))
    .map((address) => `${page.file} tells of ${address}, which the contract does not have`);
}

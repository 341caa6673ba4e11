import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A resource of a template, as far as tests change it. */
export interface TemplateResource {
  Type: string;
  DependsOn?: string[];
  Properties: Record<string, unknown>;
}

/** A template of an assembly. */
export interface Template {
  Resources: Record<string, TemplateResource>;
}

/** Changes one stack's template in an assembly, as a new version of the app would. */
export function changeTemplate(
  assembly: string,
  stack: string,
  change: (template: Template) => void,
): void {
  const file = path.join(assembly, `${stack}.template.json`);
  const template: Template = JSON.parse(readFileSync(file, 'utf8'));
  change(template);
  const text = JSON.stringify(template, null, 1);
  writeFileSync(file, text);
  rename(assembly, stack, createHash('sha256').update(text).digest('hex'));
}

/** A template is uploaded under the hash of its content, and not again under the same one. */
function rename(assembly: string, stack: string, hash: string): void {
  const assets = path.join(assembly, `${stack}.assets.json`);
  const { files }: Assets = JSON.parse(readFileSync(assets, 'utf8'));
  const known = Object.keys(files).find(
    (name) => files[name]?.source.path === `${stack}.template.json`,
  );
  if (known === undefined) throw new Error(`The template of ${stack} is no asset.`);
  for (const file of [assets, path.join(assembly, 'manifest.json')]) {
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(known, hash));
  }
}

interface Assets {
  files: Record<string, { source: { path: string } }>;
}

/** All resources of a type with their logical ids. Throws when there is none: a change that finds nothing proves nothing. */
export function resourcesOf(template: Template, type: string): [string, TemplateResource][] {
  const found = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  if (found.length === 0) throw new Error(`The template has no ${type}.`);
  return found;
}

interface Manifest {
  artifacts: Record<string, { properties?: { terminationProtection?: boolean } }>;
}

/** Takes the protection against deletion from a stack of an assembly; the next deployment does it. */
export function dropTerminationProtection(assembly: string, stack: string): void {
  const file = path.join(assembly, 'manifest.json');
  const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'));
  const properties = manifest.artifacts[stack]?.properties;
  if (properties?.terminationProtection !== true) throw new Error(`${stack} is not protected.`);
  properties.terminationProtection = false;
  writeFileSync(file, JSON.stringify(manifest, null, 1));
}

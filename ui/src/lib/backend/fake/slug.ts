/** The host's slug rules, as the fake knows them. */
import type { Failure } from '../types';

const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

export function slugFrom(name: string): string {
  const slug = name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return slug === '' || reserved.test(slug) ? `demo${slug && `-${slug}`}` : slug;
}

export function slugProblem(slug: string): Failure | undefined {
  const invalid = (message: string): Failure => ({ code: 'InvalidInput', message, field: 'slug' });
  if (slug === '') return invalid('Give the demo a folder name.');
  if (slug.length > 63) return invalid('A folder name has at most 63 characters.');
  if (!/^[a-z0-9]+(-+[a-z0-9]+)*$/.test(slug))
    return invalid('Use lower-case letters, digits and hyphens between them.');
  if (reserved.test(slug)) return invalid(`“${slug}” is a device name on Windows.`);
  return undefined;
}

export function freeSlug(wanted: string, isTaken: (slug: string) => boolean): string {
  const base = slugFrom(wanted);
  if (!isTaken(base)) return base;
  let number = 2;
  while (isTaken(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

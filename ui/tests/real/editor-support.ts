/** What a journey through the editor needs. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Json } from '../../src/lib/backend/types';
import { applyEdits } from '../../src/lib/content/json';
import type { Scenario, Session } from './host';
import { at, open, session } from './support';

export const first = '01930000-0000-7000-8000-000000000000';
export const second = '01930000-0000-7000-8000-000000000001';
const slugs: Record<string, string> = { [first]: 'nordlicht-backerei', [second]: 'ida-holm-ceramics' };

/** The Content tab of the first demo, a bakery; `prepare` may change the workspace before anything is shown. */
export async function openContent(
  scenario: Scenario = { demos: 3 },
  prepare?: (session: Session) => Promise<unknown>,
): Promise<Page> {
  const page = await open(scenario, prepare);
  await page.keyboard.press('Control+2');
  await at(page, 'widget-tree').waitFor();
  return page;
}

/** The field of a setting, by its path. */
export const field = (page: Page, path: string): Locator => page.locator(`[data-path="${path}"]`);
export const box = (page: Page, path: string): Locator => field(page, path).locator('input, textarea').first();

export async function state(page: Page, wanted: string): Promise<void> {
  await page.locator(`[data-testid="save-state"][data-state="${wanted}"]`).waitFor();
}

/** Where a document is in its site. */
const fileOf = (document: string): string => `${document.startsWith('global/') ? `pages/${document}` : document}.json`;

/** The text of a document as it is on the disk; nothing if it is not there. */
export async function textOnDisk(page: Page, document: string, demo = first): Promise<string | undefined> {
  return session(page).read(slugs[demo]!, fileOf(document));
}
/** A document as it is on the disk. */
export async function onDisk(page: Page, document: string, demo = first): Promise<Record<string, Json>> {
  return JSON.parse((await textOnDisk(page, document, demo)) ?? 'null') as Record<string, Json>;
}
export async function saved<T extends Json>(page: Page, document: string, path: string[], wanted: T): Promise<void> {
  const read = async () => {
    let here: Json | undefined = await onDisk(page, document);
    for (const key of path) here = (here as Record<string, Json> | undefined)?.[key];
    return here;
  };
  await expect.poll(read, soon).toEqual(wanted);
}
/** The host saves a second after the last edit; in a browser, calls may wait until pictures are loaded. */
export const soon = { timeout: 20_000 };

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Another program writes a value into a document of the first demo. */
export async function outside(page: Page, document: string, path: string[], value: Json): Promise<void> {
  await session(page).write(
    slugs[first]!,
    fileOf(document),
    json(applyEdits(await onDisk(page, document), [{ path, value }])),
  );
}
/** Another program writes the whole text of a document of the first demo. */
export const outsideText = (page: Page, document: string, text: string): Promise<void> =>
  session(page).write(slugs[first]!, fileOf(document), text);
/** Another program removes a document of the first demo. */
export const removeOutside = (page: Page, document: string): Promise<void> =>
  session(page).remove(slugs[first]!, fileOf(document));

/** Fills in a field, and waits until the host has the edit; it saves that a second later. */
export async function filled(page: Page, path: string, value: string): Promise<void> {
  const answer = page.waitForResponse(/\/call\/edit_document$/);
  await box(page, path).fill(value);
  await answer;
}

/** Where the saves of the first demo are put together. */
const aside = (page: Page): string => join(session(page).workspace, 'demos', slugs[first]!, '.tmp');
/** No save of the first demo succeeds until `mend`: a file is in the way. */
export async function breakSaves(page: Page): Promise<void> {
  await rm(aside(page), { recursive: true, force: true });
  await writeFile(aside(page), '');
}
export const mend = (page: Page): Promise<void> => rm(aside(page));
/** Asks for another try by a button, which only then succeeds; the host tries again by itself too. */
export async function retryMended(page: Page, button: string): Promise<void> {
  await session(page).hold('save_edits');
  const before = await session(page).calls('save_edits');
  await at(page, button).click();
  await expect.poll(() => session(page).calls('save_edits'), soon).toBeGreaterThan(before);
  await mend(page);
  await session(page).release('save_edits');
}

/** A process that ended left this text of a document: edits that it did not save, or what was no JSON yet. */
export async function leaveText(session: Session, document: string, mine: string, unfinished: boolean, demo = first) {
  const base = (await session.read(slugs[demo]!, fileOf(document)))!;
  const entry = { document, path: fileOf(document), edit: 1, at: new Date().toISOString(), base, text: mine };
  const line = JSON.stringify({ ...entry, ...(unfinished && { is_unfinished: true }) });
  await mkdir(drafts(session), { recursive: true });
  const checksum = crc32(line).toString(16).padStart(8, '0');
  await writeFile(join(drafts(session), `${demo}.${randomUUID()}.log`), `${checksum} ${line}\n`);
}
const drafts = (session: Session): string => join(session.workspace, 'state', 'drafts');
/** The text of a document of the first demo that is no JSON yet, as it would be there after a crash. */
export async function unfinishedOnDisk(page: Page, document: string): Promise<string | undefined> {
  const logs = (await readdir(drafts(session(page)))).filter((name) => name.startsWith(first));
  // A log goes once there is nothing left in it.
  const texts = await Promise.all(
    logs.map((name) => readFile(join(drafts(session(page)), name), 'utf8').catch(() => '')),
  );
  const entries = texts.flatMap((text) => text.match(/\{.*\}(?=\n)/g) ?? []).map((line) => JSON.parse(line));
  return entries.findLast((entry) => entry.is_unfinished && entry.document === document)?.text || undefined;
}
/** A process ended before it saved this value. */
export async function leaveEdit(session: Session, document: string, path: string[], value: Json, demo = first) {
  const base = JSON.parse((await session.read(slugs[demo]!, fileOf(document)))!) as Json;
  await leaveText(session, document, json(applyEdits(base, [{ path, value }])), false, demo);
}

const pageText = (name: string, slug: string, widgets: Record<string, unknown>): string =>
  json({ name, slug, id: slug, uuid: `uuid-${slug}`, seo: {}, widgets, widgetsOrder: Object.keys(widgets) });
const put = (session: Session, path: string, text: string) => session.write(slugs[first]!, path, text);

/** A page that is no JSON, and one with a widget that the theme does not know. */
export async function writeBroken(session: Session): Promise<void> {
  await put(session, 'pages/broken.json', '{\n  "name": "Broken",\n  "widgets": {,\n}\n');
  const strange = { type: 'carousel-3d', settings: { speed: 4, title: 'Spins' }, blocks: {}, blocksOrder: [] };
  await put(session, 'pages/strange.json', pageText('Strange', 'strange', { strange }));
}

const options = [
  { value: 'left', label: 'Left' },
  { value: 'middle', label: 'In the middle' },
  { value: 'right', label: 'Right' },
];
const settings = [
  { type: 'header', id: 'h1', label: 'Words' },
  { type: 'text', id: 'text', label: 'Text', default: 'A default', description: 'A line of text.' },
  { type: 'textarea', id: 'textarea', label: 'Text area', placeholder: 'Write here' },
  { type: 'richtext', id: 'richtext', label: 'Rich text', default: '<p>Rich</p>' },
  { type: 'richtext', id: 'odd', label: 'Odd HTML' },
  { type: 'code', id: 'code', label: 'Code', language: 'css' },
  { type: 'header', id: 'h2', label: 'Choices' },
  { type: 'number', id: 'number', label: 'Number', default: 40, min: 10, max: 120, unit: 's' },
  { type: 'range', id: 'range', label: 'Range', default: 50, min: 0, max: 100, step: 5, unit: '%' },
  { type: 'checkbox', id: 'checkbox', label: 'Checkbox', default: true },
  { type: 'select', id: 'select', label: 'Select', default: 'left', options },
  { type: 'radio', id: 'radio', label: 'Radio', default: 'left', options },
  { type: 'header', id: 'h3', label: 'Pickers' },
  { type: 'color', id: 'color', label: 'Colour', default: '#c9622d' },
  { type: 'image', id: 'image', label: 'Image' },
  { type: 'video', id: 'video', label: 'Video' },
  { type: 'audio', id: 'audio', label: 'Audio' },
  { type: 'file', id: 'file', label: 'File' },
  { type: 'link', id: 'link', label: 'Link', description: 'Where the button leads.' },
  { type: 'menu', id: 'menu', label: 'Menu' },
  { type: 'icon', id: 'icon', label: 'Icon', default: 'check' },
  { type: 'font_picker', id: 'font', label: 'Font', default: { stack: 'Georgia, serif', weight: 400 } },
  { type: 'hologram', id: 'hologram', label: 'Hologram' },
];
const given = {
  text: 'Hello',
  odd: '<p class="lead">Kept <mark data-x="1">as it is</mark></p><custom-card a="1"></custom-card>',
  richtext: '<p>One <strong>bold</strong> word.</p>',
  link: { href: 'https://example.com', text: 'Example', target: '_self', track: 'x1' },
  hologram: { depth: 3, layers: ['a', 'b'] },
  leftover: { of: 'an older schema' },
};

/** A page with a widget of every kind of setting. */
export async function writeFields(session: Session): Promise<void> {
  const everything = { type: 'everything', displayName: 'Everything', aliases: ['all'], settings };
  await put(session, 'widgets/everything/schema.json', json(everything));
  await put(
    session,
    'pages/fields.json',
    pageText('Fields', 'fields', { all: { type: 'everything', settings: given } }),
  );
}

/** A page with this many widgets. */
export async function writeWidgets(session: Session, count: number): Promise<void> {
  const types = ['rich-text', 'cta', 'faq', 'stats'];
  const widgets = Array.from({ length: count }, (_, index) => {
    const type = types[index % types.length]!;
    const question = { type: 'question', settings: { question: 'Is it open?', answer: '<p>It is.</p>' } };
    const settings = { title: `Widget ${index + 1}`, intro: 'A few words '.repeat(20).trim() };
    const blocks = { first: question, second: question, third: question };
    return [`w${index + 1}`, { type, settings, blocks, blocksOrder: Object.keys(blocks) }] as const;
  });
  await put(session, 'pages/many.json', pageText('Many', 'many', Object.fromEntries(widgets)));
}

/** A page with a long name and another that is empty, in a demo whose own names are long. */
export async function writeLong(session: Session): Promise<void> {
  const { slug } = await session.call<{ slug: string }>('show_demo', { demo: first });
  const name = 'Öffnungszeiten, Lieferbedingungen und handwerkliche Sauerteigkurse am Gendarmenmarkt und in Potsdam';
  const home = (await session.read(slug, 'pages/index.json'))!;
  await session.write(slug, 'pages/index.json', home.replace('"name": "Home"', `"name": "${name}"`));
  const empty = pageText(name, 'oeffnungszeiten-lieferbedingungen-und-handwerkliche-kurse', {});
  await session.write(slug, 'pages/empty.json', empty);
}

/** The rows of the list, as they are read. */
export const rows = (page: Page): Promise<string[]> =>
  page
    .locator('[data-testid="widget-tree"] [role="treeitem"]')
    .evaluateAll((all) => all.map((row) => row.querySelector('.label')?.textContent?.trim() ?? ''));

/** What the save indicator tells a person who does not see it. */
export const told = (page: Page, text: string): Promise<void> =>
  at(page, 'save-told').filter({ hasText: text }).waitFor({ state: 'attached' });
export const announced = (page: Page, text: string): Promise<void> =>
  at(page, 'announcer').filter({ hasText: text }).waitFor({ state: 'attached' });

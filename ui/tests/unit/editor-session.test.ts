import { beforeEach, describe, expect, test } from 'vitest';
import { DocumentSession, type DocumentHost } from '../../src/features/editor/session.svelte';
import type { Change, ContentEvent, Edited, Failure, Json, OpenDocument, SaveState } from '../../src/lib/backend/types';
import { applyEdits } from '../../src/lib/content/json';
import { settle } from './support';

/** A host whose answers are given by hand: it holds a document and answers when it is told to. */
class Host {
  content: Json = { title: 'Old', note: 'N', widgets: {} };
  version = 1;
  save: SaveState = { state: 'saved' };
  log: string[] = [];
  sent: Change[] = [];
  refusal: Failure | null = null;
  session!: DocumentSession;
  #waiting: (() => void)[] = [];

  shown = (): OpenDocument => ({
    demo: 'd',
    document: 'pages/index',
    version: this.version,
    content: structuredClone(this.content),
    text: JSON.stringify(this.content),
    save: this.save,
    canUndo: false,
    canRedo: false,
  });
  #later<T>(work: () => T): Promise<T> {
    return new Promise((done, refused) => {
      this.#waiting.push(() => {
        const { refusal } = this;
        this.refusal = null;
        if (refusal) refused(refusal);
        else done(work());
      });
    });
  }
  openDocument = async () => {
    this.log.push('open');
    return this.shown();
  };
  changeDocument = (_: string, __: string, change: Change) => {
    this.log.push(change.kind);
    this.sent.push(structuredClone(change));
    return this.#later((): Edited => {
      const added = change.kind === 'add_widget' ? 'new' : undefined;
      const edits =
        change.kind === 'set'
          ? change.edits
          : change.kind === 'add_widget'
            ? [{ path: ['widgets', 'new'], value: { type: change.type } }]
            : [];
      return this.#edited(edits, added);
    });
  };
  undoDocument = () => {
    this.log.push('undo');
    return this.#later(() => this.#edited([{ path: ['title'], value: 'Undone' }]));
  };
  redoDocument = () => this.#later(() => this.#edited([]));
  resolveConflict = () => this.#later(() => ((this.version += 1), this.shown()));
  conflict = async () => null;
  closeDocument = async () => void this.log.push('close');
  flush = async () => void this.log.push('flush');

  #edited(edits: Edited['edits'], added?: string): Edited {
    this.content = applyEdits(this.content, edits)!;
    this.version += 1;
    return {
      version: this.version,
      edits,
      ...(added && { added }),
      save: { state: 'unsaved' },
      canUndo: true,
      canRedo: false,
    };
  }
  /** Somebody else changes the document. */
  outside(path: string[], value: Json): void {
    this.content = applyEdits(this.content, [{ path, value }])!;
    this.version += 1;
  }
  tell(save: SaveState = this.save): void {
    const event: ContentEvent & { kind: 'document_changed' } = {
      kind: 'document_changed',
      demo: 'd',
      document: 'pages/index',
      version: this.version,
      save,
      can_undo: true,
      can_redo: false,
    };
    this.session.hear(event);
  }
  async answer(): Promise<void> {
    this.#waiting.shift()?.();
    await settle();
  }
  get pending(): number {
    return this.#waiting.length;
  }
}

let host: Host;
let session: DocumentSession;
let refused: Failure[];
const shown = () => session.content as Record<string, Json>;
const title = (value: string) => session.set([{ path: ['title'], value }], 'title');

beforeEach(async () => {
  host = new Host();
  refused = [];
  session = new DocumentSession(host as unknown as DocumentHost, 'd', 'pages/index', (failure) =>
    refused.push(failure),
  );
  host.session = session;
  await session.open();
});

describe('typing', () => {
  test('is shown before the host has answered, and is not saved until then', async () => {
    title('New');
    expect(shown().title).toBe('New');
    expect(session.save).toEqual({ state: 'unsaved' });
    await settle();
    await host.answer();
    expect(shown().title).toBe('New');
    expect(session.waiting).toBe(0);
    expect(session.save).toEqual({ state: 'unsaved' });
    host.tell({ state: 'saved', at: 'now' });
    expect(session.save).toEqual({ state: 'saved', at: 'now' });
  });
  test('has one call on its way, and what waits for it is joined', async () => {
    title('N');
    await settle();
    for (const text of ['Ne', 'New', 'New t']) title(text);
    expect(host.pending).toBe(1);
    await host.answer();
    await host.answer();
    expect(host.sent.map((change) => change.kind === 'set' && change.edits)).toEqual([
      [{ path: ['title'], value: 'N' }],
      [{ path: ['title'], value: 'New t' }],
    ]);
    expect(host.content).toMatchObject({ title: 'New t' });
  });
  test('in two places is two edits, in their order', async () => {
    title('A');
    await settle();
    session.set([{ path: ['note'], value: 'n1' }], 'note');
    title('B');
    session.set([{ path: ['note'], value: 'n2' }], 'note');
    for (let turn = 0; turn < 4; turn += 1) await host.answer();
    expect(host.sent).toHaveLength(4);
    expect(host.content).toMatchObject({ title: 'B', note: 'n2' });
  });
  test('a value set inside another one that waits is not put before it', async () => {
    title('first');
    await settle();
    session.set([{ path: ['box'], value: { a: 1 } }], 'box');
    session.set([{ path: ['box', 'a'], value: 2 }], 'box');
    session.set([{ path: ['box'], value: { a: 3 } }], 'box');
    for (let turn = 0; turn < 2; turn += 1) await host.answer();
    expect(host.content).toMatchObject({ box: { a: 3 } });
    expect(shown().box).toEqual({ a: 3 });
  });
});

test('another change waits for its answer, and what is typed meanwhile stays on top of it', async () => {
  const adding = session.change({ kind: 'add_widget', type: 'hero', index: 0 });
  await settle();
  title('Typed');
  expect(shown().widgets).toEqual({});
  await host.answer();
  expect(await adding).toBe('new');
  expect(shown().widgets).toEqual({ new: { type: 'hero' } });
  expect(shown().title).toBe('Typed');
  await host.answer();
  expect(host.content).toMatchObject({ title: 'Typed', widgets: { new: { type: 'hero' } } });
});

test('undo comes after what is typed, and shows what the host made of it', async () => {
  title('Typed');
  const undoing = session.undo();
  await settle();
  await host.answer();
  await host.answer();
  await undoing;
  expect(host.log.filter((call) => call !== 'open')).toEqual(['set', 'undo']);
  expect(shown().title).toBe('Undone');
});

describe('a version of somebody else', () => {
  test('is fetched when nothing waits', async () => {
    host.outside(['note'], 'theirs');
    host.tell();
    await settle();
    expect(shown().note).toBe('theirs');
    expect(host.log).toEqual(['open', 'open']);
  });
  test('is fetched after the own calls are answered, with what waits kept on top', async () => {
    title('Mine');
    await settle();
    host.outside(['note'], 'theirs');
    host.tell();
    await settle();
    expect(host.log).toEqual(['open', 'set']);
    await host.answer();
    expect(shown()).toMatchObject({ title: 'Mine', note: 'theirs' });
    expect(host.log).toEqual(['open', 'set', 'open']);
  });
  test('is noticed by its gap when its event never came', async () => {
    title('Mine');
    await settle();
    host.outside(['note'], 'theirs');
    await host.answer();
    expect(shown()).toMatchObject({ title: 'Mine', note: 'theirs' });
  });
  test('that is known already fetches nothing', async () => {
    title('Mine');
    await settle();
    await host.answer();
    host.tell({ state: 'saving' });
    host.tell({ state: 'saved' });
    await settle();
    expect(host.log).toEqual(['open', 'set']);
  });
  test('what is typed while it is fetched is not lost', async () => {
    host.outside(['note'], 'theirs');
    host.tell();
    title('Mine');
    await settle();
    await host.answer();
    expect(shown()).toMatchObject({ title: 'Mine', note: 'theirs' });
    expect(host.content).toMatchObject({ title: 'Mine', note: 'theirs' });
  });
});

test('an answer that comes after its event does not take back what the event said of saving', async () => {
  title('New');
  await settle();
  host.version = 1;
  // The host has applied it, and saved it, before its answer is here.
  session.hear({
    kind: 'document_changed',
    demo: 'd',
    document: 'pages/index',
    version: 2,
    save: { state: 'saved', at: 'then' },
    can_undo: true,
    can_redo: false,
  });
  await host.answer();
  expect(session.save).toEqual({ state: 'saved', at: 'then' });
  expect(host.log).toEqual(['open', 'set']);
});

describe('a call that fails', () => {
  test('for a while keeps the edit, says so, and is made again', async () => {
    title('Mine');
    await settle();
    host.refusal = { code: 'Locked', message: 'Another program has it.' };
    await host.answer();
    expect(session.save).toEqual({ state: 'failed', error: { code: 'Locked', message: 'Another program has it.' } });
    expect(shown().title).toBe('Mine');
    void session.retry();
    await settle();
    await host.answer();
    expect(host.content).toMatchObject({ title: 'Mine' });
    expect(session.save).toEqual({ state: 'unsaved' });
  });
  test('for a while is tried again with the next edit, as one', async () => {
    title('Mine');
    await settle();
    host.refusal = { code: 'Io', message: 'No.' };
    await host.answer();
    title('Mine too');
    await settle();
    await host.answer();
    expect(host.sent.at(-1)).toMatchObject({ edits: [{ path: ['title'], value: 'Mine too' }] });
    expect(host.content).toMatchObject({ title: 'Mine too' });
  });
  test('for good takes the edit back and says why', async () => {
    title('Mine');
    await settle();
    host.refusal = { code: 'NotFound', message: 'It is gone.' };
    await host.answer();
    expect(shown().title).toBe('Old');
    expect(refused.map(({ message }) => message)).toEqual(['It is gone.']);
    expect(host.log).toEqual(['open', 'set', 'open']);
  });
  test('of another kind is told to who asked, and nothing waits behind it', async () => {
    const adding = session.change({ kind: 'add_widget', type: 'nothing', index: 0 });
    title('After');
    await settle();
    host.refusal = { code: 'Io', message: 'No.' };
    const told = expect(adding).rejects.toMatchObject({ message: 'No.' });
    await host.answer();
    await told;
    await host.answer();
    expect(host.content).toMatchObject({ title: 'After' });
  });
});

test('flushing waits for what is typed, and asks the host only when something is not saved', async () => {
  await session.flush();
  expect(host.log).toEqual(['open']);
  title('New');
  const flushing = session.flush();
  await settle();
  expect(host.log).toEqual(['open', 'set']);
  await host.answer();
  await flushing;
  expect(host.log).toEqual(['open', 'set', 'flush']);
});

test('closing hands over what is typed first', async () => {
  title('New');
  const closing = session.close();
  await settle();
  await host.answer();
  await closing;
  expect(host.log).toEqual(['open', 'set', 'close']);
});

test('a conflict that is resolved shows what was kept', async () => {
  host.save = { state: 'conflict' };
  host.tell();
  expect(session.save).toEqual({ state: 'conflict' });
  host.content = { title: 'Theirs', widgets: {} };
  host.save = { state: 'saved' };
  const resolving = session.resolve('theirs');
  await settle();
  await host.answer();
  await resolving;
  expect(shown().title).toBe('Theirs');
  expect(session.save).toEqual({ state: 'saved' });
});

/** The one object that components get from their context: the door to the host, and all that stands on it. */
import { getContext, setContext } from 'svelte';
import type { Backend } from '$lib/backend';
import { toFailure } from '$lib/backend';
import { Commands } from '$lib/commands/registry.svelte';
import { Announcer } from '$lib/ui/announcer.svelte';
import { Toasts } from '$lib/ui/toasts.svelte';
import { Calls } from './calls';
import { Clock } from './clock.svelte';
import { Drafts } from './drafts.svelte';
import { Listing } from './listing.svelte';
import { Place } from './place.svelte';
import { Thumbnails } from './thumbnails.svelte';
import { Workspace } from './workspace.svelte';

export class App {
  readonly backend: Backend;
  readonly workspace: Workspace;
  readonly thumbnails: Thumbnails;
  readonly drafts: Drafts;
  readonly place = new Place();
  readonly listing: Listing;
  readonly commands = new Commands();
  readonly toasts = new Toasts();
  readonly announcer = new Announcer();
  readonly clock = new Clock();

  readonly calls: Calls;

  constructor(given: Backend) {
    this.calls = new Calls();
    const backend = this.calls.counted(given);
    this.backend = backend;
    this.workspace = new Workspace(backend);
    this.listing = new Listing(this.workspace, this.place);
    this.thumbnails = new Thumbnails(backend);
    this.drafts = new Drafts(backend);
  }

  /** Does something that has no field to show its failure at: a failure becomes a note. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.toasts.show({ text: toFailure(thrown).message, tone: 'bad' }, 9_000);
      return undefined;
    }
  }
}

const key = Symbol('app');
export const provideApp = (app: App): App => setContext(key, app);
export const useApp = (): App => getContext<App>(key);

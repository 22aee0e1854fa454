/** The window's entry: opens the door to the host, draws, and tells the host when there is something to show. */
import './app.css';
import { mount } from 'svelte';
import { openBackend } from '$lib/backend';
import { App } from '$lib/state/app';
import Window from './shell/Window.svelte';

const backend = await openBackend();
mount(Window, { target: document.getElementById('app')!, props: { app: new App(backend) } });

// A hidden window may not be given frames, so a clock stands by.
const painted = new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const atLatest = new Promise((resolve) => setTimeout(resolve, 120));
await Promise.race([painted, atLatest]);
await backend.ready().catch(() => undefined);

/**
 * What of the open document is selected. The list shows it, the form edits it, and a preview may do both: it reads
 * `widget` and `block`, and calls `select` when something in it is clicked.
 *
 * With no widget, a page's own settings are selected, or the whole of a global widget. Of the theme's settings a group
 * stands in the place of a widget.
 */
import type { Path } from './json';

export class Selection {
  widget = $state<string | null>(null);
  block = $state<string | null>(null);
  /** The setting that is to get focus; whoever gives it takes this away. */
  wanted = $state.raw<Path | 'first' | null>(null);
  /** Whether the text in that setting is selected, so that typing replaces it. */
  selectsText = true;

  select(widget: string | null, block: string | null = null): void {
    this.widget = widget;
    this.block = block;
  }
  /** Puts focus into the form: on the setting that stands at `path`, or on the first one. */
  focus(path: Path | 'first' = 'first', selectsText = true): void {
    this.selectsText = selectsText;
    this.wanted = path;
  }
  has(widget: string | null, block: string | null = null): boolean {
    return this.widget === widget && this.block === block;
  }
}

import type { Component } from 'svelte';

/** One thing that a menu offers. */
export interface MenuItem {
  label: string;
  icon?: Component<{ size?: number | string }>;
  shortcut?: string;
  disabled?: boolean;
  testid?: string;
  /** A line stands above it. */
  parted?: boolean;
  run: () => void;
}

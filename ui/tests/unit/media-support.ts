import type { MediaItem, MediaListing } from '../../src/lib/backend/types';

export function item(filename: string, more: Partial<MediaItem> = {}): MediaItem {
  const type = filename.endsWith('.pdf') ? 'application/pdf' : filename.endsWith('.mp4') ? 'video/mp4' : 'image/jpeg';
  return {
    id: filename,
    filename,
    originalName: filename,
    type,
    size: 1000,
    uploaded: '2026-01-01T00:00:00Z',
    path: `/uploads/images/${filename}`,
    metadata: {},
    usedIn: [],
    ...more,
  };
}

/** Lists media when told to, one listing at a time. */
export class HandLibrarian {
  asked = 0;
  #waiting: { resolve: (listing: MediaListing) => void; reject: (failure: unknown) => void }[] = [];

  media = () => {
    this.asked += 1;
    return new Promise<MediaListing>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  };
  answer(...files: MediaItem[]): void {
    this.#waiting.shift()!.resolve({ rev: String(this.asked), files });
  }
  imports = () => Promise.resolve([]);
  fail(failure: unknown): void {
    this.#waiting.shift()!.reject(failure);
  }
}

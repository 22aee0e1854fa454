/** What a fake workspace holds at the start. The same question always gives the same demos. */
import type { DemoView, Template } from '../types';
import { slugFrom } from './slug';
import { documentHead, statusOf } from './status';

export const workspaceFolder = '/home/mira/Backlot';

const commits = ['9f2c4e1ab03d', '41d7b09ce5f2', 'c07a8e3312bd', '7be15f90d4a6'].map((head) =>
  head.repeat(4).slice(0, 40),
);

export const starters: Template[] = [
  {
    key: 'bakery',
    name: 'Bakery',
    description: 'A neighbourhood shop: today’s loaves, opening hours, a map.',
    kind: 'starter',
    url: 'starter:bakery',
    branch: '',
    commit: '',
  },
  {
    key: 'portfolio',
    name: 'Portfolio',
    description: 'Work first: case studies, a short biography, contact.',
    kind: 'starter',
    url: 'starter:portfolio',
    branch: '',
    commit: '',
  },
  {
    key: 'saas',
    name: 'SaaS landing page',
    description: 'Hero, features, pricing and questions for a product.',
    kind: 'starter',
    url: 'starter:saas',
    branch: '',
    commit: '',
  },
];

export function addedTemplates(now: number): Template[] {
  return [
    {
      key: 'harbour',
      name: 'harbour-agency-theme',
      description: '',
      kind: 'url',
      url: 'https://git.example.com/agency/harbour-agency-theme.git',
      branch: 'main',
      commit: commits[1] ?? '',
      added_at: new Date(now - 40 * day).toISOString(),
      refreshed_at: new Date(now - 3 * day).toISOString(),
    },
  ];
}

const day = 86_400_000;

const businesses = [
  ['Nordlicht Bäckerei', 'bakery', ['client', 'berlin']],
  ['Ida Holm, Ceramics', 'portfolio', ['client', 'pitch']],
  ['Ledgerline', 'saas', ['product']],
  ['Café Mélange', 'bakery', ['pitch']],
  ['Studio Okonkwo', 'portfolio', ['client']],
  ['Harbour & Sons', 'harbour', ['client', 'redesign']],
  ['Quillstack', 'saas', ['product', 'pitch']],
  ['The Rye House', 'bakery', ['client']],
  ['Marta Lindqvist Photography', 'portfolio', ['archive']],
  ['Tidewater Analytics', 'saas', ['redesign']],
] as const;

const longName =
  'Internationale Gesellschaft für handwerkliche Sauerteigbrote und Konditoreiwaren am Gendarmenmarkt, Zweigniederlassung Süd';

export interface Seeding {
  count: number;
  long: boolean;
  now: number;
}

export function seedDemos({ count, long, now }: Seeding): DemoView[] {
  return Array.from({ length: count }, (_, index) => demoAt(index, long, now));
}

function demoAt(index: number, long: boolean, now: number): DemoView {
  const [business, key, tags] = businesses[index % businesses.length]!;
  const round = Math.floor(index / businesses.length);
  const name = long ? `${longName} ${index + 1}` : round === 0 ? business : `${business} ${round + 1}`;
  const slug = slugFrom(long ? `${business}-mit-einem-sehr-langen-ordnernamen-${index + 1}` : name);
  const created = new Date(now - (index + 1) * 5.3 * 3_600_000 - index * index * 60_000).toISOString();
  const demo: DemoView = {
    ...documentHead,
    id: `01930000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    slug,
    name,
    tags: [...tags],
    brief: {
      business,
      tagline: 'Made by hand, close to home',
      email: `hello@${slugFrom(business)}.example`,
      primary_color: '#7a3e1d',
      accent_color: '#e0a458',
    },
    template: {
      key,
      url: key === 'harbour' ? 'https://git.example.com/agency/harbour-agency-theme.git' : `starter:${key}`,
      branch: 'main',
      commit: commits[index % commits.length] ?? '',
    },
    version_id: commits[index % commits.length] ?? '',
    request_id: `seed-${index}`,
    created_at: created,
    folder: `${workspaceFolder}/demos/${slug}`,
    status: statusOf({ state: 'ready' }, 'Ready.', created),
  };
  return withAgedState(demo, index, created);
}

/** Among many demos, a few that were left in another state. */
function withAgedState(demo: DemoView, index: number, at: string): DemoView {
  const nowhere = { ...demo, folder: undefined, version_id: '' };
  if (index % 40 === 11) {
    const error = {
      code: 'NoNetwork' as const,
      message: 'The host git.example.com could not be reached. Nothing was created. Check the connection and retry.',
    };
    return { ...nowhere, status: statusOf({ state: 'failed', error }, error.message, at) };
  }
  if (index % 40 === 23) {
    const message = 'Backlot ended while this demo was being created. Nothing of it is left behind.';
    return { ...nowhere, status: statusOf({ state: 'interrupted' }, message, at) };
  }
  return demo;
}

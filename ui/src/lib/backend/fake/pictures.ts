/** Small drawings that stand for screenshots while there is no host to take any. */

const themes: Record<string, [ground: string, ink: string, accent: string, soft: string]> = {
  bakery: ['#fbf3e6', '#4a2f21', '#c8762d', '#ecd6b6'],
  portfolio: ['#17181c', '#f2f2f0', '#d8ff5f', '#2c2e35'],
  saas: ['#f6f7fd', '#1b2150', '#5a5cf0', '#dfe2fb'],
  harbour: ['#eef4f4', '#12343b', '#2d7f86', '#c9dedf'],
};

function bakery([ground, ink, accent, soft]: [string, string, string, string]): string {
  return `<rect width="640" height="400" fill="${ground}"/>
    <rect width="640" height="44" fill="${ink}"/><circle cx="44" cy="22" r="9" fill="${accent}"/>
    <rect x="62" y="17" width="92" height="10" rx="5" fill="${ground}"/>
    <g fill="${ground}" opacity=".7"><rect x="420" y="18" width="44" height="8" rx="4"/><rect x="484" y="18" width="44" height="8" rx="4"/><rect x="548" y="18" width="52" height="8" rx="4"/></g>
    <rect x="44" y="92" width="236" height="26" rx="5" fill="${ink}"/><rect x="44" y="128" width="180" height="26" rx="5" fill="${ink}"/>
    <rect x="44" y="176" width="210" height="8" rx="4" fill="${ink}" opacity=".45"/><rect x="44" y="194" width="184" height="8" rx="4" fill="${ink}" opacity=".45"/>
    <rect x="44" y="226" width="108" height="34" rx="17" fill="${accent}"/>
    <rect x="330" y="76" width="310" height="216" fill="${soft}"/><ellipse cx="490" cy="206" rx="112" ry="52" fill="${accent}"/><ellipse cx="490" cy="196" rx="112" ry="50" fill="#dd9a52"/>
    <path d="M420 178q70-34 140 0M410 200q80-30 160 0" stroke="${ground}" stroke-width="7" fill="none" stroke-linecap="round"/>
    <g fill="${soft}"><rect x="44" y="320" width="172" height="80"/><rect x="234" y="320" width="172" height="80"/><rect x="424" y="320" width="172" height="80"/></g>`;
}

function portfolio([ground, ink, accent, soft]: [string, string, string, string]): string {
  return `<rect width="640" height="400" fill="${ground}"/><rect x="40" y="28" width="70" height="9" rx="4" fill="${ink}"/>
    <circle cx="592" cy="32" r="8" fill="${accent}"/><rect x="40" y="84" width="380" height="40" rx="4" fill="${ink}"/>
    <rect x="40" y="136" width="250" height="40" rx="4" fill="${ink}"/><rect x="302" y="136" width="92" height="40" rx="4" fill="${accent}"/>
    <g fill="${soft}"><rect x="40" y="224" width="268" height="176"/><rect x="324" y="224" width="132" height="176"/><rect x="472" y="224" width="128" height="176"/></g>
    <circle cx="174" cy="312" r="52" fill="${accent}" opacity=".85"/><path d="M324 400 390 268l66 132z" fill="#7d83ff"/><rect x="500" y="262" width="72" height="138" fill="#ff8f6b"/>`;
}

function saas([ground, ink, accent, soft]: [string, string, string, string]): string {
  return `<rect width="640" height="400" fill="${ground}"/><rect x="40" y="24" width="18" height="18" rx="5" fill="${accent}"/><rect x="66" y="28" width="64" height="10" rx="5" fill="${ink}"/>
    <rect x="520" y="20" width="80" height="26" rx="13" fill="${ink}"/><rect x="150" y="82" width="340" height="24" rx="5" fill="${ink}"/><rect x="206" y="114" width="228" height="24" rx="5" fill="${ink}"/>
    <rect x="200" y="156" width="240" height="8" rx="4" fill="${ink}" opacity=".4"/><rect x="238" y="182" width="78" height="28" rx="14" fill="${accent}"/><rect x="326" y="182" width="78" height="28" rx="14" fill="${soft}"/>
    <rect x="92" y="240" width="456" height="160" rx="10" fill="#fff" stroke="${soft}" stroke-width="3"/><rect x="92" y="240" width="110" height="160" fill="${soft}" opacity=".6"/>
    <path d="M226 366l52-44 46 22 58-62 54 30 86-54" stroke="${accent}" stroke-width="5" fill="none" stroke-linecap="round" stroke-linejoin="round"/><g fill="${ink}" opacity=".3"><rect x="110" y="262" width="72" height="8" rx="4"/><rect x="110" y="284" width="56" height="8" rx="4"/><rect x="110" y="306" width="64" height="8" rx="4"/></g>`;
}

const drawings: Record<string, (theme: [string, string, string, string]) => string> = {
  bakery,
  portfolio,
  saas,
  harbour: saas,
};

/** A data URL for a template's screenshot, or null where there is none. */
export function pictureOf(templateKey: string): string | null {
  const theme = themes[templateKey];
  const draw = drawings[templateKey];
  if (!theme || !draw) return null;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400">${draw(theme)}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

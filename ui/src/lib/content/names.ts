/** Why a page or a menu cannot be called so; empty when it can. A host says the same. */
export function nameProblem(name: string, kind: 'page' | 'menu'): string {
  const trimmed = name.trim();
  if (trimmed === '') return `Give the ${kind} a name.`;
  if ([...trimmed].length > 200 || /\p{Cc}/u.test(trimmed))
    return `A ${kind}'s name has at most 200 characters, on one line.`;
  return '';
}

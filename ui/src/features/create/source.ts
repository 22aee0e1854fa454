/** What may be typed as the source of a demo. The host decides; this only catches what can never work. */

const remote = /^(https|ssh|file):\/\/[^\s/]*[^\s]*$/i;
const secureShell = /^[\w.-]+@[\w.-]+:[^\s]+$/;
const local = /^(\/|~\/|[A-Za-z]:[\\/])/;

export function sourceProblem(text: string): string | undefined {
  const source = text.trim();
  if (source === '') return 'Enter the address of a git repository.';
  if (/^(http|git|ftp):\/\//i.test(source)) return 'Only https, ssh and file addresses work.';
  if (local.test(source) || secureShell.test(source)) return undefined;
  if (!remote.test(source) || /^(https|ssh):\/\/\/?$/i.test(source))
    return 'This is neither an address nor an absolute path.';
  return undefined;
}

/** A name for a person, made of the source's last part. */
export function nameFromSource(source: string): string {
  const last =
    source
      .trim()
      .replace(/[/\\]+$/, '')
      .replace(/\.git$/i, '')
      .split(/[/\\:]/)
      .pop() ?? '';
  const words = last.replace(/[-_.]+/g, ' ').trim();
  return words && words[0]!.toUpperCase() + words.slice(1);
}

export function branchProblem(text: string): string | undefined {
  const branch = text.trim();
  if (branch === '' || /^(?![-/.])(?!.*(\.\.|\/\/|@\{|\.lock$))[^\s~^:?*[\\\x7f]+(?<![/.])$/.test(branch))
    return undefined;
  return 'This cannot be a branch’s name.';
}

/** What a screen reader is told of changes that happen by themselves. */
export class Announcer {
  text = $state('');

  say(text: string): void {
    this.text = text;
  }
}

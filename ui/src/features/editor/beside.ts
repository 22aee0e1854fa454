/** What can stand beside the form, as the columns know it: the preview is another feature's. */
export interface Beside {
  readonly isOpen: boolean;
  /** There is no room for both: it stands in the place of the form. */
  readonly isNarrow: boolean;
  /** The room that all columns have. */
  room: number;
  width: number;
  /** The form is wanted: where only one of them has room, it is the form. */
  giveWay(): void;
}

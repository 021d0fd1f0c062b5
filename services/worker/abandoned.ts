/** Thrown where work was given up because the worker stops or lost the partition. Nothing of it was committed. */
export class Abandoned extends Error {
  constructor() {
    super('abandoned');
    this.name = 'Abandoned';
  }
}

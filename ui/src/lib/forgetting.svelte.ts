/** Rises whenever the page has to forget the secrets that were typed into it: the keys were locked. */
class Forgetting {
  turn = $state(0);

  now(): void {
    this.turn += 1;
  }
}

export const forgetting = new Forgetting();

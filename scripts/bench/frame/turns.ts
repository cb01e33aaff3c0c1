/** The same in another order each round: who comes after whom must not decide. */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const at = all.length === 0 ? 0 : round % all.length;
  const turned = [...all.slice(at), ...all.slice(0, at)];
  return round % 2 === 0 ? turned : turned.reverse();
}

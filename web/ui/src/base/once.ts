// Keeps what comes again and again once: an answer repeats the same few names and values many thousand times, each time as a new object.

/** What makes two items the same; values are told apart as a Map does. */
type Says<Item> = (item: Item) => unknown;

/** Gives the first of all items that say the same. What it has seen it holds for as long as it is held itself. */
export function once<Item>([says, ...others]: readonly [Says<Item>, ...Says<Item>[]]): (item: Item) => Item {
  const [next, ...rest] = others;
  if (next === undefined) {
    const kept = new Map<unknown, Item>();
    return (item) => kept.get(says(item)) ?? (kept.set(says(item), item), item);
  }
  const below = new Map<unknown, (item: Item) => Item>();
  return (item) => {
    let choose = below.get(says(item));
    if (choose === undefined) below.set(says(item), (choose = once([next, ...rest])));
    return choose(item);
  };
}

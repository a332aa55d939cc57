// The name of a series where there may be no room for all of it: its end, which tells API paths apart, stays in view.

const TAIL_CHARACTERS = 26;

export function SeriesLabel({ name }: { readonly name: string }) {
  const cut = Math.max(name.length - TAIL_CHARACTERS, 0);
  return (
    <bdi class="series-label" title={name}>
      {cut > 0 && <span class="series-label-head">{name.slice(0, cut)}</span>}
      <span class="series-label-tail">{name.slice(cut)}</span>
    </bdi>
  );
}

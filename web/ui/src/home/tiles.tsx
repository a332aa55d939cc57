// The first answer of the page: p99 of every component over the last minutes, and who has fallen silent.
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { recall, remember } from "../base/storage";
import { formatCount, formatDuration, formatQuantity } from "../base/format";
import { COMPONENT_NAMES } from "../trace/component_legend";
import { nowNanos } from "../base/time";
import { AnswerStates } from "../explore/answer_states";
import { useAnswer } from "../explore/use_answer";
import { drawLines } from "../notebook/lines";
import { PageLink } from "../widgets/page_link";
import { type Tile, fetchTiles, tileLink } from "./components";

interface TilesProps {
  /** Asked for again with each. */
  readonly round: ReadonlySignal<number>;
  /** Whether they are awaited. */
  readonly isBusy: Signal<boolean>;
  /** Ids of the notebooks that there are. */
  readonly notebooks: ReadonlySet<string>;
}

/** As home.css has them. */
const TILE = { widthPx: 220, heightPx: 124, narrowHeightPx: 146, gapPx: 12 };
const SIDES_PX = 40;
const NARROW_PX = 600;
/** kube-apiserver, etcd, the kubelets, a runtime. */
const USUAL_COMPONENTS = 4;
const COMPONENTS_KEY = "tailplane.components";

/** The height of as many tiles as there were last time: what is below them shall not move when they come. */
function expectedHeight(pageWidth: number): number {
  const columns = Math.max(Math.floor((pageWidth - SIDES_PX + TILE.gapPx) / (TILE.widthPx + TILE.gapPx)), 2);
  const heightPx = pageWidth <= NARROW_PX ? TILE.narrowHeightPx : TILE.heightPx;
  const components = Number(recall(COMPONENTS_KEY)) || USUAL_COMPONENTS;
  return Math.ceil(components / columns) * (heightPx + TILE.gapPx) - TILE.gapPx;
}

/** Asks by itself, so that what else is on the page stays as it is each second that something new is heard of. */
export function Tiles({ round, isBusy, notebooks }: TilesProps) {
  const answer = useAnswer("tiles", round.value, fetchTiles);
  useEffect(() => void (isBusy.value = answer.loading), [answer.loading]);
  const components = answer.value?.length ?? 0;
  useEffect(() => void (components > 0 && remember(COMPONENTS_KEY, String(components))), [components]);
  return (
    <section class="tiles-section" aria-labelledby="tiles-title">
      <h2 id="tiles-title">p99 by component, last 15 minutes</h2>
      <AnswerStates answer={answer} height={expectedHeight(window.innerWidth)}>
        {(tiles) => (tiles.length === 0 ? <Nothing /> : <TileList tiles={tiles} notebooks={notebooks} />)}
      </AnswerStates>
    </section>
  );
}

function Nothing() {
  return (
    <p class="state">
      No requests ended in the last 15 minutes. <PageLink to="?">Explore other times</PageLink>
    </p>
  );
}

function TileList({ tiles, notebooks }: { readonly tiles: readonly Tile[]; readonly notebooks: ReadonlySet<string> }) {
  return (
    <ul class="tiles">
      {tiles.map((tile) => (
        <li key={tile.component} class={`tile ${tile.isSilent ? "silent" : ""}`}>
          <PageLink to={tileLink(tile.component, notebooks)} class="tile-link">
            <span class="tile-name">{nameOf(tile.component)}</span>
            <strong class="tile-value">
              <span class="visually-hidden">p99 </span>
              {formatDuration(tile.p99Ns)}
            </strong>
            <Sparkline points={tile.points} />
            <span class="tile-note">{noteOf(tile)}</span>
          </PageLink>
        </li>
      ))}
    </ul>
  );
}

const NAMES: Readonly<Record<string, string>> = COMPONENT_NAMES;

function nameOf(component: string): string {
  return NAMES[component] ?? component;
}

function noteOf({ isSilent, lastSeen, count, errors }: Tile): string {
  if (isSilent) return `silent: last span ${formatDuration(Number(nowNanos() - lastSeen))} ago`;
  return `${formatQuantity(count, "span")}${errors > 0 ? `, ${formatCount(errors)} with an error` : ""}`;
}

const WIDTH = 200;
const HEIGHT = 34;

/** Only the line: the figures are beside it. Drawn once for each answer, though it is looked at again as the next one is asked for. */
function Sparkline({ points }: Pick<Tile, "points">) {
  const { paths, plot } = useMemo(() => drawLines([{ name: "p99", points }], { width: WIDTH, height: HEIGHT }), [points]);
  return (
    <svg class="sparkline" viewBox={`${plot.left} ${plot.top - 2} ${plot.right - plot.left} ${plot.bottom - plot.top + 4}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={paths[0] ?? ""} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

// On which node and in which zone a span was made, and how that is known.
import type { Attribute, Known, Span } from "../api/trace";
import { visibleName } from "../base/foreign_text";
import { attributeName, comparison, literal } from "../base/traceql";
import { IconButton } from "../widgets/button";
import { CopyButton } from "../widgets/copy_button";
import { EqualIcon } from "../widgets/icons";
import type { AttributeActions } from "./attribute_row";

/** The server's names for how a place is known; any other text is shown as it comes. */
const HOW: Readonly<Record<string, string>> = {
  attribute: "from a resource attribute",
  host_name: "from host.name",
  apiserver_id: "from service.instance.id, a hash of the host’s name",
  parent_kubelet: "from the kubelet that calls it",
  peer_in_node_file: "from its address in the nodes file",
  lease_heartbeat: "from the address that the node’s lease is renewed from",
  peer_host_name: "from the only host at its address",
  node_file: "from the nodes file",
  same_node: "from another process on the node",
};

export function placeSource(how: string): string {
  return HOW[how] ?? `from ${how}`;
}

interface PlaceProps {
  readonly span: Span;
  /** Of the span's resource: what can be asked for. */
  readonly resource: readonly Attribute[];
  readonly actions: AttributeActions;
}

const NODE_KEYS = ["k8s.node.name", "host.name"];
const ZONE_KEYS = ["topology.kubernetes.io/zone", "cloud.availability_zone"];

export function Place({ span, resource, actions }: PlaceProps) {
  return (
    <dl>
      <PlaceRow label="node" known={span.node} clause={placeClause(resource, NODE_KEYS)} actions={actions} />
      <PlaceRow label="zone" known={span.zone} clause={placeClause(resource, ZONE_KEYS)} actions={actions} />
    </dl>
  );
}

/** What filters by a place: the first attribute of the resource that names it; null where none does. */
export function placeClause(resource: readonly Attribute[], keys: readonly string[]): string | null {
  for (const wanted of keys) {
    const attribute = resource.find(({ key }) => key === wanted);
    const value = attribute === undefined ? null : literal(attribute.value, attribute.type);
    if (value !== null) return comparison(attributeName("resource", wanted), "=", value);
  }
  return null;
}

interface PlaceRowProps {
  readonly label: string;
  readonly known: Known | null;
  readonly clause: string | null;
  readonly actions: AttributeActions;
}

function PlaceRow({ label, known, clause, actions }: PlaceRowProps) {
  return (
    <div class="attribute">
      <dt>{label}</dt>
      <dd>
        {known === null ? (
          <span class="attribute-value muted">unknown</span>
        ) : (
          <>
            <span>
              <bdi class="attribute-value">{visibleName(known.value)}</bdi> <bdi class="muted">{visibleName(placeSource(known.how))}</bdi>
            </span>
            <span class="attribute-actions">
              {clause !== null && (
                <IconButton label={`only this ${label}`} onClick={() => actions.onFilter(clause)}>
                  <EqualIcon />
                </IconButton>
              )}
              <CopyButton label={`copy ${label}`} text={known.value} />
            </span>
          </>
        )}
      </dd>
    </div>
  );
}

// On which node and in which zone a span was made, and how that is known.
import type { Known, Span } from "../api/trace";
import { CopyButton } from "../widgets/copy_button";

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

export function Place({ span }: { readonly span: Span }) {
  return (
    <dl>
      <PlaceRow label="node" known={span.node} />
      <PlaceRow label="zone" known={span.zone} />
    </dl>
  );
}

function PlaceRow({ label, known }: { readonly label: string; readonly known: Known | null }) {
  return (
    <div class="attribute">
      <dt>{label}</dt>
      <dd>
        {known === null ? (
          <span class="attribute-value muted">unknown</span>
        ) : (
          <>
            <span>
              <span class="attribute-value">{known.value}</span> <span class="muted">{placeSource(known.how)}</span>
            </span>
            <span class="attribute-actions">
              <CopyButton label={`copy ${label}`} text={known.value} />
            </span>
          </>
        )}
      </dd>
    </div>
  );
}

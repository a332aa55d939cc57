// The command that finds a request in the audit log of its API server.
import { shellCommand } from "../base/shell";

/** As kubeadm sets --audit-log-path in its documentation. */
const LOG = "/var/log/kubernetes/audit/audit.log";

/** Null for any other attribute than the id under which a request is in the audit log. */
export function auditGrep(key: string, text: string): string | null {
  if (key !== "audit-id" || text === "") return null;
  return shellCommand(["grep", "-F", `"auditID":${JSON.stringify(text)}`, LOG]);
}

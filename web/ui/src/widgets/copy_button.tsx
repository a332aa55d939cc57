// Copies a text to the clipboard and says that it did.
import { useEffect, useState } from "preact/hooks";
import { IconButton } from "./button";
import { CheckIcon, CopyIcon } from "./icons";

const CONFIRMED_MS = 1500;

/** Whether the clipboard took it: browsers have none where the page came over plain HTTP from another machine. */
export function copyText(text: string): Promise<boolean> {
  const copied = navigator.clipboard?.writeText(text);
  return copied === undefined ? Promise.resolve(false) : copied.then(() => true, () => false);
}

export function CopyButton({ label, text }: { readonly label: string; readonly text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void copyText(text).then(setCopied);
  return (
    <IconButton label={copied ? "copied" : label} onClick={copy}>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </IconButton>
  );
}

// Copies a text to the clipboard and says that it did.
import { useEffect, useState } from "preact/hooks";
import { IconButton } from "./button";
import { CheckIcon, CopyIcon } from "./icons";

const CONFIRMED_MS = 1500;

export function CopyButton({ label, text }: { readonly label: string; readonly text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true), () => setCopied(false));
  };
  return (
    <IconButton label={copied ? "copied" : label} onClick={copy}>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </IconButton>
  );
}

// Small line icons on a 16 by 16 grid, drawn for this page; always beside a text or an accessible name.
import type { ComponentChildren } from "preact";

function icon(children: ComponentChildren) {
  return () => (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const CloseIcon = icon(<path d="M4 4l8 8M12 4l-8 8" />);
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />);
export const PreviousIcon = icon(<path d="M10 3L5 8l5 5" />);
export const NextIcon = icon(<path d="M6 3l5 5-5 5" />);
export const ChevronIcon = icon(<path d="M4 6l4 4 4-4" />);
export const ExpandIcon = icon(<path d="M9.5 3H13v3.5M13 3L9 7M6.5 13H3V9.5M3 13l4-4" />);
export const ShrinkIcon = icon(<path d="M13 6.5H9.5V3M9.5 6.5l4-4M3 9.5h3.5V13M6.5 9.5l-4 4" />);
export const EqualIcon = icon(<path d="M3 6h10M3 10h10" />);
export const NotEqualIcon = icon(<path d="M3 6h10M3 10h10M10 3L6 13" />);
export const GroupIcon = icon(<path d="M3 4h3v3H3zM3 10h3v3H3zM9 5.5h4M9 11.5h4" />);
export const CompareIcon = icon(<path d="M2.5 4.5h11v2.5h-11zM2.5 9.5h5v2.5h-5z" />);
export const CopyIcon = icon(<path d="M6 6h7v7H6zM10 6V3H3v7h3" />);
export const CheckIcon = icon(<path d="M3 8.5l3.5 3.5L13 4.5" />);
export const GripIcon = icon(<path d="M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01" stroke-width="2" />);
export const RefreshIcon = icon(<path d="M13 8a5 5 0 1 1-1.5-3.5M13 2.5v3h-3" />);
export const TableIcon = icon(<path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6" />);
export const ChartIcon = icon(<path d="M2.5 2.5v11h11M5 10l2.5-3.5L10 8.5l3-4.5" />);
export const ThemeIcon = icon(
  <>
    <circle cx="8" cy="8" r="5" />
    <path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor" />
  </>,
);
export const NotebookIcon = icon(<path d="M4 2.5h9v11H4zM2.5 5h3M2.5 8h3M2.5 11h3M7.5 6h3.5" />);
export const HomeIcon = icon(<path d="M2.5 8L8 3l5.5 5M4.5 7v6h7V7" />);
export const UndoIcon = icon(<path d="M3 6.5h6.5a3 3 0 0 1 0 6H6M5.5 4L3 6.5 5.5 9" />);
export const HelpIcon = icon(<path d="M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.4-1.1.9-1.1 1.7M8 12.2v.3" />);
export const LinkIcon = icon(<path d="M3 8h9M8.5 4.5L12 8l-3.5 3.5" />);
export const LinkedFromIcon = icon(<path d="M13 8H4M7.5 4.5L4 8l3.5 3.5" />);
export const ErrorIcon = icon(<path d="M8 2.5l6 10.5H2zM8 6.5v3M8 11.3v.2" />);
export const ZoomOutIcon = icon(
  <>
    <circle cx="7" cy="7" r="4" />
    <path d="M10 10l3.5 3.5M5.2 7h3.6" />
  </>,
);
export const ZoomInIcon = icon(
  <>
    <circle cx="7" cy="7" r="4" />
    <path d="M10 10l3.5 3.5M5.2 7h3.6M7 5.2v3.6" />
  </>,
);
export const MoreIcon = icon(<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.4" />);
export const DownloadIcon = icon(<path d="M8 2.5v7M5 7l3 3 3-3M3 13h10" />);
/** The mark of the project: a curve whose tail rises. */
export const TailMark = icon(<path d="M2 13h3c4 0 5-9 9-10" />);

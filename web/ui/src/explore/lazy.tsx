// Parts of the page that are fetched when they are first wanted.
export { lazy } from "../widgets/lazy";

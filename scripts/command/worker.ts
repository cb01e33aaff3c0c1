/** What runs filters for `filter try`, in a file of its own name in the bundle. */
export { type Modules, serveFilters } from "../filter/worker.ts";

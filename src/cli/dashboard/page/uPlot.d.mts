// The chart library under the name that the server gives it.
export { default } from "uplot";

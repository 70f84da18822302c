// One way to break the Terraform configuration, and what must then be said about it.
export interface Break {
  readonly what: string;
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** Part of the one complaint that must be there. */
  readonly complaint: string;
}

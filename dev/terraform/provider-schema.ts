// What the providers' documentation says about the blocks that infra/ uses. The list itself: test/infra/provider-schema.json.

export interface BlockSchema {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly blocks?: Readonly<Record<string, NestedSchema>>;
  /** Attributes that others may refer to besides the arguments. */
  readonly exported?: readonly string[];
}

export interface NestedSchema extends BlockSchema {
  readonly requiredBlock?: boolean;
  /** May be given several times. */
  readonly many?: boolean;
}

/** Property names of a request body: `true` ends a branch, a list of one describes the elements of a list. */
export type BodySchema = true | readonly [BodySchema] | { readonly [property: string]: BodySchema };

export interface ProviderSchema {
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly data: Readonly<Record<string, BlockSchema>>;
  readonly providers: Readonly<Record<string, BlockSchema>>;
  /** By `type@apiVersion`. */
  readonly bodies: Readonly<Record<string, BodySchema>>;
}

/** A schema as a registry has it. */
export interface RegisteredSchema {
  /** Avro's JSON text. */
  readonly schema: string;
  /** Schemas of other subjects whose named types it uses, each after those that it uses itself. */
  readonly references: readonly string[];
}

/** A store of schemas: files (`fileRegistry`) or Confluent's REST API (`restRegistry`). */
export interface SchemaRegistry {
  /**
   * The schema with this id, or `null` where the registry has none.
   * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE
   */
  schemaOf(id: number): Promise<RegisteredSchema | null>;
  /**
   * The id of the schema for a subject (`<topic>-value`). Registers the schema where the registry
   * accepts new ones.
   * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE
   */
  idOf(subject: string, schema: string): Promise<number>;
}

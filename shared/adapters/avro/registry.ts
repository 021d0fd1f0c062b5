/** A store of schemas: files (`fileRegistry`) or Confluent's REST API (`restRegistry`). */
export interface SchemaRegistry {
  /**
   * The schema (Avro's JSON text) with this id, or `null` where the registry has none.
   * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE
   */
  schemaOf(id: number): Promise<string | null>;
  /**
   * The id of the schema for a subject (`<topic>-value`). Registers the schema where the registry
   * accepts new ones.
   * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE
   */
  idOf(subject: string, schema: string): Promise<number>;
}

/** Where schemas are kept. Adapters: files ({@link fileRegistry}) and Confluent's REST API ({@link restRegistry}). */
export interface SchemaRegistry {
  /**
   * The schema (Avro's JSON text) with an id, or `null` where the registry knows none.
   * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE
   */
  schemaOf(id: number): Promise<string | null>;
  /**
   * The id of a schema that is written under a subject (`<topic>-value`); registers it where the registry takes new ones.
   * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE
   */
  idOf(subject: string, schema: string): Promise<number>;
}

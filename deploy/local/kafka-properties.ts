/** One node of a local KRaft cluster; it is broker and controller. */
export interface KafkaNodePorts {
  readonly nodeId: number;
  readonly port: number;
  readonly controllerPort: number;
}

/**
 * The `server.properties` of one local node. It listens on loopback only; internal topics have one
 * replica per node, at most 3. It is small: few partitions for internal topics, few threads, and no
 * wait for more members before the first rebalance.
 */
export function kafkaProperties(node: KafkaNodePorts, nodes: readonly KafkaNodePorts[], dataDir: string): string {
  const replicas = Math.min(3, nodes.length);
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': node.nodeId,
    'controller.quorum.voters': nodes.map(({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir,
    'auto.create.topics.enable': false,
    // A note may have 1 MiB of text, and its result more; both must fit with their framing.
    'message.max.bytes': 8_388_608,
    'replica.fetch.max.bytes': 8_388_608,
    'default.replication.factor': replicas,
    'min.insync.replicas': Math.max(1, replicas - 1),
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.max(1, replicas - 1),
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': Math.max(1, replicas - 1),
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 8_388_608,
  };
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

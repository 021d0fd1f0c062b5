/** One node of a local KRaft cluster; it is broker and controller. */
export interface KafkaNodePorts {
  readonly nodeId: number;
  readonly port: number;
  readonly controllerPort: number;
  /** Port on which accounts log in; left out: there is none. */
  readonly loginPort?: number;
}

/** Names of accounts and their passwords. */
export type KafkaAccounts = Readonly<Record<string, string>>;

/**
 * The `server.properties` of one local node. It listens on loopback only; internal topics have one
 * replica per node, at most 3. It is small: few partitions for internal topics, few threads, and no
 * wait for more members before the first rebalance.
 */
export function kafkaProperties(
  node: KafkaNodePorts,
  nodes: readonly KafkaNodePorts[],
  dataDir: string,
  accounts: KafkaAccounts = {},
): string {
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
    ...(node.loginPort === undefined ? {} : loginProperties(node, node.loginPort, accounts)),
  };
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

/** A second listener on which accounts log in (SASL PLAIN). They may do what access control lists allow; who comes by the first listener may do everything. */
function loginProperties({ port, controllerPort }: KafkaNodePorts, loginPort: number, accounts: KafkaAccounts) {
  const users = Object.entries(accounts).map(([name, password]) => `user_${name}="${password}"`);
  const open = `PLAINTEXT://127.0.0.1:${port},LOGIN://127.0.0.1:${loginPort}`;
  return {
    listeners: `${open},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': open,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.name.login.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.login.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  };
}

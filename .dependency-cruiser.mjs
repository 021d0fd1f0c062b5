// Who may import whom: the seven rules of docs/ARCHITECTURE.md. `npm run rules` checks them, types included.

const TOOLS_FOR_TOOLS = '^tools/(labelled-data|timing|input)/index\\.ts$';
const ONE_LIBRARY = {
  avro: 'avsc',
  engine: '(onnxruntime-node|tokenizers)',
  imaging: 'sharp',
  kafka: '(kafkajs|@bokuweb/zstd-wasm)',
  queue: 'bullmq',
  redis: 'ioredis',
};
/** Tools that build on another tool, beside the three small ones. */
const BUILDS_ON = {
  bench: ['demo', 'extract', 'publish'],
  calibration: ['evaluation'],
};
const inNodeModules = (names) => `(^|/)node_modules/${names}/`;
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    rule(
      '1-pure',
      'shared/pure imports shared/pure alone: no clock, no file, no client.',
      { path: '^shared/pure/' },
      { pathNot: '^shared/pure/' },
    ),
    rule(
      '2-adapter',
      'An adapter imports shared/pure, the clocks and retries of shared/runtime/work, and its own library; of adapters, imaging may import engine, and queue redis.',
      { path: '^shared/adapters/([^/]+)/' },
      {
        path: '^(shared|services|tools|deploy|scripts)/',
        pathNot: ['^shared/pure/', '^shared/adapters/$1/', '^shared/(runtime/work|adapters/(engine|redis))/index\\.ts$'],
      },
    ),
    ...[
      ['imaging', 'engine'],
      ['queue', 'redis'],
    ].map(([above, below]) =>
      rule(
        '2-adapter',
        `Of adapters, only ${above} imports ${below}.`,
        { path: '^shared/adapters/', pathNot: `^shared/adapters/(${above}|${below})/` },
        { path: `^shared/adapters/${below}/` },
      ),
    ),
    ...Object.entries(ONE_LIBRARY).map(([adapter, library]) =>
      rule(
        '2-one-library',
        `Only shared/adapters/${adapter} talks to ${library}: import @epee/${adapter}.`,
        { pathNot: `^shared/adapters/(${adapter}${library === 'ioredis' ? '|queue' : ''})/` },
        { path: inNodeModules(library) },
      ),
    ),
    rule(
      '3-runtime-present',
      'shared/runtime and shared/present import shared/pure and their own kind; present imports no adapter.',
      { path: '^shared/(runtime|present)/' },
      { path: '^(shared|services|tools|deploy|scripts)/', pathNot: ['^shared/pure/', '^shared/$1/'] },
    ),
    rule(
      '4-services',
      'A service imports shared/* alone: what passes between services is a topic, a key in Redis or a queue.',
      { path: '^services/(ingest|worker|projector|jobs)/' },
      { path: '^(services|tools|deploy|scripts)/', pathNot: '^services/$1/' },
    ),
    rule(
      '5-tools',
      'A tool imports shared/*, the stack and the three small tools (labelled-data, timing, input); what else it builds on stands in .dependency-cruiser.mjs.',
      { path: '^tools/([^/]+)/', pathNot: `^tools/(${Object.keys(BUILDS_ON).join('|')})/` },
      { path: '^(services|tools|deploy|scripts)/', pathNot: ['^tools/$1/', TOOLS_FOR_TOOLS, '^deploy/local/index\\.ts$'] },
    ),
    ...Object.entries(BUILDS_ON).map(([tool, below]) =>
      rule(
        '5-tools',
        `tools/${tool} imports shared/*, the stack, the three small tools and the doors of ${below.join(', ')}.`,
        { path: `^tools/${tool}/` },
        {
          path: '^(services|tools|deploy|scripts)/',
          pathNot: [`^tools/${tool}/`, TOOLS_FOR_TOOLS, '^deploy/local/index\\.ts$', `^tools/(${below.join('|')})/index\\.ts$`],
        },
      ),
    ),
    rule(
      '6-cli',
      'The command line imports shared/*, the stack and tools through their index, and of a service its main alone.',
      { path: '^services/cli/' },
      {
        path: '^(services|tools|deploy|scripts)/',
        pathNot: [
          '^services/cli/',
          '^tools/[^/]+/index\\.ts$',
          '^deploy/local/index\\.ts$',
          '^services/(ingest|worker|projector|jobs)/main\\.ts$',
        ],
      },
    ),
    rule('7-no-cycles', 'No module imports itself by way of others, types included.', {}, { circular: true }),
    rule(
      '7-doors',
      'A workspace imports another by its name and door (@epee/NAME), never by a path.',
      { path: '^(shared/[^/]+/[^/]+|tools/[^/]+|services/[^/]+|deploy/local)/' },
      { path: '^(shared|services|tools|deploy)/', pathNot: ['^$1/', '/index\\.ts$', '^services/[^/]+/main\\.ts$'] },
    ),
    rule('not-resolved', 'The import leads nowhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?!.*node_modules/).*[.]js$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};

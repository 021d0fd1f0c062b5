import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TOP_FOLDERS = ['shared', 'services', 'tools', 'deploy', 'schemas', 'scripts', 'test', 'docs'];
const NOT_OURS = new Set(['node_modules', '.venv', '.git', '.epee', 'runs', 'base']);

/** Every page for readers: the README files of all folders, docs/ and the pages of the root. */
function pages(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pages(path);
    const isPage = entry.name === 'README.md' || (entry.name.endsWith('.md') && ['', 'docs'].includes(folder));
    return isPage ? [path] : [];
  });
}

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Targets of the relative links and images of a page. */
const linksOf = (text: string) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!).filter((target) => !/^[a-z]+:/.test(target));

/** What stands in backticks and looks like a path of the repository. A part in capitals without a dot stands for any name, as in `tools/NAME`. */
const pathsOf = (text: string) =>
  [...text.matchAll(/`([A-Za-z0-9@._-]+(?:\/[A-Za-z0-9@._-]*)+)`/g)]
    .map(([, path]) => path!)
    .filter((path) => TOP_FOLDERS.includes(path.split('/')[0]!) && !/(^|\/)[A-Z][A-Z-]*(\/|$)/.test(path));

/** What stands in backticks in a folder's README and looks like a file or a folder in it, at any depth. */
const ownPathsOf = (text: string) =>
  [...text.matchAll(/`([a-z0-9_-]+\/|(?:[a-z0-9_-]+\/)*[a-z0-9_-]+\.(?:ts|mjs|py|avsc|xml))`/g)]
    .map(([, path]) => path!.replace(/\/$/, ''))
    .filter((path) => !TOP_FOLDERS.includes(path.split('/')[0]!));

/** All files and folders below a folder, each with a slash in front. */
const below = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => `/${path.replaceAll('\\', '/')}`);

/** The names that a page's headings get as targets of links. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );

/** What is wrong with a link of a page, or null. */
function problemOf(page: string, link: string): string | null {
  const [path, anchor] = link.split('#') as [string, string | undefined];
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return `${page}: nothing is at ${link}`;
  if (anchor === undefined || statSync(join(ROOT, target)).isDirectory()) return null;
  return anchorsOf(read(target)).includes(anchor) ? null : `${page}: ${target} has no heading for #${anchor}`;
}

describe('the pages of the repository', () => {
  const all = pages();

  it('are found', () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/ARCHITECTURE.md', 'schemas/README.md'])
      assert.ok(all.includes(page), page);
  });

  it('link to what is there', () => {
    const problems = all.flatMap((page) => linksOf(read(page)).flatMap((link) => problemOf(page, link) ?? []));
    assert.deepEqual(problems, []);
  });

  it('name paths that are there', () => {
    const problems = all.flatMap((page) =>
      pathsOf(read(page))
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    );
    assert.deepEqual(problems, []);
  });

  it('of a folder name what is in it', () => {
    const problems = all
      .filter((page) => page.endsWith('/README.md'))
      .flatMap((page) => {
        const paths = below(dirname(page));
        return ownPathsOf(read(page))
          .filter((path) => !paths.some((there) => there.endsWith(`/${path}`)))
          .map((path) => `${page}: ${path}`);
      });
    assert.deepEqual(problems, []);
  });

  it('are checked for what does not exist', () => {
    assert.deepEqual(pathsOf('see `shared/gone/x.ts`, `tools/NAME`, `a/b` and `docs/`'), ['shared/gone/x.ts', 'docs/']);
    assert.deepEqual(ownPathsOf('`cut/`, `a/b.ts`, `shared/x.ts`, `retry`'), ['cut', 'a/b.ts']);
    assert.deepEqual(linksOf('[a](b.md#c) ![d](e.svg) [f](https://g)'), ['b.md#c', 'e.svg']);
    assert.match(problemOf('README.md', 'docs/GONE.md')!, /nothing is at/);
    assert.match(problemOf('README.md', 'docs/ARCHITECTURE.md#gone')!, /no heading/);
    assert.equal(problemOf('README.md', 'docs/ARCHITECTURE.md#the-tree'), null);
  });
});

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  strict: true,
  skipLibCheck: true,
  declaration: true,
  emitDeclarationOnly: true,
};
const SPELLED =
  'type Spelled<T> = T extends (...args: never) => unknown ? T : T extends object ? { [K in keyof T]: Spelled<T[K]> } : T;';
/**
 * The types that the module `entry` exports, and those they are made of, as one text that imports nothing. Declarations of the
 * entry's own directory stay as they are; what these import from elsewhere, such as the types of schemas, is spelled out.
 * @throws Error where a type is found nowhere.
 */
export function declarations(entry: string): string {
  const directory = dirname(entry);
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name));
  const program = programWith(files, join(directory, 'spelled.ts'), spelling(files));
  const known = new Map([...declared(program, files), ...spelled(program, join(directory, 'spelled.ts'))]);
  const wanted = new Set(exportsOf(program, entry));
  // A set is walked to its end also while it grows.
  for (const name of wanted) {
    const text = known.get(name);
    if (text === undefined) throw new Error(`${entry} exports ${name}, whose declaration was not found.`);
    for (const [word] of text.matchAll(/\b[A-Z]\w*\b/g)) if (known.has(word)) wanted.add(word);
  }
  return [...wanted].map((name) => known.get(name)).join('\n');
}

/** A module of the types that the files import from other directories. */
function spelling(files: readonly string[]): string {
  const types = new Map<string, string>();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2024);
    for (const statement of source.statements) {
      const [from, names] = namesFrom(statement);
      if (!from.startsWith('../')) continue;
      for (const name of names) {
        types.set(name, `export type ${name} = Spelled<import('${resolve(dirname(file), from)}').${name}>;`);
      }
    }
  }
  return [SPELLED, ...types.values()].join('\n');
}

/** What an import, or an export from elsewhere, names; nothing for any other statement. */
function namesFrom(statement: ts.Statement): [string, string[]] {
  const isImport = ts.isImportDeclaration(statement);
  if (!isImport && !ts.isExportDeclaration(statement)) return ['', []];
  const bindings = isImport ? statement.importClause?.namedBindings : statement.exportClause;
  const from = statement.moduleSpecifier;
  if (from === undefined || !ts.isStringLiteral(from)) return ['', []];
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings)))
    return ['', []];
  return [from.text, bindings.elements.map(({ name }) => name.text)];
}

/** The files, and one more that is on no disk. */
function programWith(files: readonly string[], path: string, text: string): ts.Program {
  const disk = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === path || disk.fileExists(name),
    getSourceFile: (name, version, ...rest) =>
      name === path ? ts.createSourceFile(name, text, version) : disk.getSourceFile(name, version, ...rest),
  };
  return ts.createProgram([...files, path], OPTIONS, host);
}

/** The declarations of the files by name, with their comments. */
function declared(program: ts.Program, files: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const read = (name: string, text: string) => {
    for (const statement of ts.createSourceFile(name, text, ts.ScriptTarget.ES2024, true).statements) {
      const isType =
        ts.isClassDeclaration(statement) ||
        ts.isInterfaceDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement);
      if (isType && statement.name !== undefined)
        found.set(statement.name.text, statement.getFullText().trim());
    }
  };
  for (const file of files) program.emit(program.getSourceFile(file), read, undefined, true);
  return found;
}

/** The types of a module by name, in full. */
function spelled(program: ts.Program, path: string): Map<string, string> {
  const checker = program.getTypeChecker();
  return new Map(
    symbolsOf(program, path).map((symbol) => {
      const { NoTruncation, InTypeAlias } = ts.TypeFormatFlags;
      const type = checker.typeToString(
        checker.getDeclaredTypeOfSymbol(symbol),
        undefined,
        NoTruncation | InTypeAlias,
      );
      return [symbol.name, `export type ${symbol.name} = ${type};`];
    }),
  );
}

function exportsOf(program: ts.Program, path: string): string[] {
  return symbolsOf(program, path).map(({ name }) => name);
}

function symbolsOf(program: ts.Program, path: string): ts.Symbol[] {
  const file = program.getSourceFile(path);
  const symbol = file === undefined ? undefined : program.getTypeChecker().getSymbolAtLocation(file);
  if (symbol === undefined) throw new Error(`${path} is no module.`);
  return program.getTypeChecker().getExportsOfModule(symbol);
}

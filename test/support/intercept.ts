/** Puts `around` in the place of a method; undone by calling what it gives. */
export function intercept(
  prototype: unknown,
  name: string,
  around: (proceed: () => unknown, parameters: unknown[]) => unknown,
): () => void {
  if (typeof prototype !== 'object' || prototype === null) throw new Error(`there is no owner of ${name}`);
  const method: unknown = Reflect.get(prototype, name);
  if (typeof method !== 'function') throw new Error(`there is no method ${name}`);
  Reflect.set(prototype, name, function (this: unknown, ...parameters: unknown[]): unknown {
    return around((): unknown => Reflect.apply(method, this, parameters), parameters);
  });
  return () => {
    Reflect.set(prototype, name, method);
  };
}

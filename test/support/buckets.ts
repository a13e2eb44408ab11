/** Methods of a bucket by name. What they take and give is the test's to get right. */
type Methods = { readonly [Name in keyof R2Bucket]?: (...parameters: never[]) => unknown };

/** A real bucket, but for these of its methods: what of R2 fails, or is late. */
export function bucketWith(real: R2Bucket, methods: Methods): R2Bucket {
  return new Proxy(real, {
    get(bucket, name): unknown {
      if (name in methods) return Reflect.get(methods, name);
      const member: unknown = Reflect.get(bucket, name);
      return typeof member === 'function'
        ? (...args: unknown[]): unknown => Reflect.apply(member, bucket, args)
        : member;
    },
  });
}

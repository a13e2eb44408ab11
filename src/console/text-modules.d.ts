// What the `Text` rule of wrangler.toml makes of the page's files: their text.
declare module '*/page/index.html' {
  const text: string;
  export default text;
}
declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.js' {
  const text: string;
  export default text;
}

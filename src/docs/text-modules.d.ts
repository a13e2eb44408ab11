// Wrangler makes text of `.txt` files without being told.
declare module '*.txt' {
  const text: string;
  export default text;
}

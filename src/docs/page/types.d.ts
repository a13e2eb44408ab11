/** What the reader typed; empty where nothing. */
export interface Credentials {
  apiKey: string;
  secret: string;
  adminToken: string;
}

/** A request of the viewer's, on its way out. */
export interface UiRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string | object;
}

declare global {
  /** What `swagger-ui-bundle.js` leaves in the page; as much of it as is used here. */
  const SwaggerUIBundle: {
    (options: Readonly<Record<string, unknown>>): unknown;
    presets: { apis: unknown };
  };
}
